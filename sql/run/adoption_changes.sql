/*
description: >
  Users whose adoptions may differ from those known: computed anew, with a product that is new to them, in a
  life that ended, or with an adoption that is 90 days old now.
*/
select user_id from run.touched where is_replay
union
select l.user_id
from run.scope_lives as l
left join run.openings as o on o.user_id = l.user_id and o.scope = l.scope and o.life_number = l.life_number
where l.is_over or l.scope <> 'platform' and o.user_id is null
union
select user_id from user_adoptions where adopted_on > :previous_as_of - 90 and adopted_on <= :as_of - 90
