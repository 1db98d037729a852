/*
description: >
  The products that these users have adopted in the life at hand, in their order, and whether they were
  active on the platform 90 days after each.
*/
with adoptions as materialized (
    select a.user_id, a.scope, a.started_on, a.started_at, a.started_on + 90 as mature_on
    from run.adoption_changes as c
    inner join user_states as a on a.user_id = c.user_id
    where a.scope <> 'platform'
),

presence as materialized (
    select s.user_id, s.from_on, s.to_on
    from run.adoption_changes as c
    inner join user_state_spans as s on s.user_id = c.user_id
    where s.scope = 'platform' and s.activity_state in ('active', 'returning', 'reactivated')
)

select
    a.started_on as adopted_on,
    row_number() over (partition by a.user_id order by a.started_at, a.scope)::integer as position,
    a.user_id,
    case when a.mature_on <= :as_of then p.user_id is not null end as is_retained,
    a.scope as product_id
from adoptions as a
left join presence as p on p.user_id = a.user_id and a.mature_on between p.from_on and p.to_on
