/*
description: >
  By how much the number of active seats changes from which day on. A qualifying day counts until the earlier
  of the window's end and the next such day, while the user is a member and not deleted.
*/
with covered as (
    select
        a.account_id,
        a.user_id,
        a.active_on as from_on,
        least(
            a.active_on + s.window_days - 1,
            lead(a.active_on) over (partition by a.account_id, a.user_id order by a.active_on) - 1,
            a.ended_on - 1
        ) as to_on
    from run.account_activity as a
    cross join ref.account_settings as s
),

seats as (
    select
        c.account_id,
        r.from_on as first_on,
        r.is_recount,
        greatest(c.from_on, m.from_on) as from_on,
        least(c.to_on, m.to_on) as to_on
    from covered as c
    inner join run.account_ranges as r on r.account_id = c.account_id
    inner join account_members as m
        on m.user_id = c.user_id and m.account_id = c.account_id and m.from_on <= c.to_on and m.to_on >= c.from_on
),

steps as (
    select account_id, greatest(from_on, first_on) as date, 1 as seats
    from seats
    where to_on >= first_on and (is_recount or from_on >= first_on)
    union all
    select account_id, to_on + 1, -1
    from seats
    where to_on >= first_on - 1 and (to_on >= first_on or not is_recount)
)

select account_id, date, sum(seats)::integer as seats
from steps
where date <= :as_of
group by account_id, date
having sum(seats) <> 0
