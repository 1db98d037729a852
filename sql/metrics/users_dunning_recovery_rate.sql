/*
description: >
  Of the payment problems of users that closed in a period, the share that a recovery closed. A
  problem is an unbroken stretch of days at whose end one is open; it closes on the day after, be it
  by recovery, the end of the subscription or of the user's life, or by leaving the account.
*/
with closed as (
    select d.user_id, d.to_on + 1 as closed_on, d.closing_event_id
    from user_dunning_spans as d
    where d.to_on between date_trunc(:grain, :first::timestamp)::date - 1 and :last::date - 1
        and not exists (
            select from user_dunning_spans as further
            where further.user_id = d.user_id and further.from_on = d.to_on + 1
        )
),

judged as (
    select
        date_trunc(:grain, c.closed_on::timestamp)::date as date,
        coalesce(
            c.closing_event_id in (select event_id from bronze.entity_facts where event_type = 'payment_recovered'),
            false
        ) as is_recovered,
        a.profile
    from closed as c
    inner join user_attributes as a
        on a.user_id = c.user_id and a.from_on <= c.closed_on - 1 and a.to_on >= c.closed_on - 1
)

select
    j.date,
    s.segment_key,
    s.segment_value,
    count(*) filter (where j.is_recovered)::numeric / count(*) as value,
    count(*) filter (where j.is_recovered) as numerator,
    count(*) as denominator
from judged as j
cross join lateral gold.segments_of(j.profile) as s
where s.segment_key <> 'signup_month'
group by j.date, s.segment_key, s.segment_value
