/*
description: >
  What an active day counts for at each age in days: all windows that it is in then, and, as changes, those
  that it enters or leaves. Ages at which something else ends or begins, that such a day began, are changes too.
*/
with windows as (
    select
        age,
        (age < 30)::integer as days_30,
        (age between 30 and 59)::integer as days_60,
        (age between 60 and 89)::integer as days_90,
        (age < s.silent_from_days)::integer as days_until_silent,
        (age <= s.silent_to_days)::integer as days_while_silent,
        (age < s.lost_days)::integer as days_until_lost,
        -- an octal digit for each of twelve blocks of 7 days, which has at most 7 active days
        case when age < 84 then 1::bigint << (3 * (age / 7)) else 0 end as weeks,
        age in (s.reactivation_days + 1, s.stable_days - 1, s.high_days) as is_boundary
    from ref.segment_settings as s
    cross join lateral generate_series(0, greatest(90, s.high_days)) as age
),

changes as (
    select
        age,
        days_30 - lag(days_30, 1, 0) over by_age as days_30,
        days_60 - lag(days_60, 1, 0) over by_age as days_60,
        days_90 - lag(days_90, 1, 0) over by_age as days_90,
        days_until_silent - lag(days_until_silent, 1, 0) over by_age as days_until_silent,
        days_while_silent - lag(days_while_silent, 1, 0) over by_age as days_while_silent,
        days_until_lost - lag(days_until_lost, 1, 0) over by_age as days_until_lost,
        weeks - lag(weeks, 1, 0::bigint) over by_age as weeks,
        is_boundary
    from windows
    window by_age as (order by age)
)

select
    age, false as is_change, days_30, days_60, days_90, days_until_silent, days_while_silent, days_until_lost, weeks
from windows
union all
select age, true, days_30, days_60, days_90, days_until_silent, days_while_silent, days_until_lost, weeks
from changes
where is_boundary
    or (days_30, days_60, days_90, days_until_silent, days_while_silent, days_until_lost, weeks) <> (0, 0, 0, 0, 0, 0, 0)
