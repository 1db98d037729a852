/*
description: >
  Where the touched users stand who are computed on from there: on the platform, and in the products that
  the days to compute may move, by activity, a deadline, the end of a life or a path of activation.
*/
select s.*
from user_states as s
inner join run.touched as t on t.user_id = s.user_id
where not t.is_replay
    and (
        s.scope = 'platform'
        or s.next_change_on <= :as_of
        or (s.user_id, s.scope) in (select a.user_id, a.scope from run.touched_activity as a)
        or (s.user_id, s.life_number) in (
            select life.user_id, life.life_number from user_lives as life where life.ended_on <= :as_of
        )
        -- events outside a product can complete a path of its activation
        or s.activation_date is null and (s.user_id, s.scope) in (
            select d.user_id, p.product_id
            from run.activation_delta as d
            inner join ref.activation_paths as p on d.event_type = any(p.event_types)
        )
    )
