/*
description: >
  Users by state from the first day that changed on: what was counted before plus the sum of the
  changes up to each day. A later day than the last one counted starts from that one.
*/
with series as (
    -- counts that change at all are rewritten from their first change on, the others go on
    select scope, state, least(min(date), nullif(:previous_as_of, '-infinity') + 1) as first_on
    from run.count_deltas
    group by scope, state
    union all
    select c.scope, c.state, :previous_as_of + 1
    from gold.user_state_counts as c
    where c.date = :previous_as_of
        and not exists (select from run.count_deltas as x where x.scope = c.scope and x.state = c.state)
),

changes as (
    select
        d.date,
        s.scope,
        s.state,
        coalesce(c.users, 0) as users_before,
        coalesce(sum(x.users) over (partition by s.scope, s.state order by d.date), 0) as change
    from series as s
    inner join ref.calendar as d on d.date >= s.first_on and d.date <= :as_of
    left join run.count_deltas as x on x.scope = s.scope and x.state = s.state and x.date = d.date
    left join gold.user_state_counts as c
        on c.scope = s.scope and c.state = s.state and c.date = least(d.date, :previous_as_of)
)

select date, users_before + change as users, scope, state
from changes
where change <> 0 or date > :previous_as_of
