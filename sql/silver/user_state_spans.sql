/*
description: >
  Ends the spans that the changes end and adds those that they begin; users computed anew lose all
  they had before.
*/
delete from user_state_spans as s
using run.touched as t
where t.user_id = s.user_id and t.is_replay;

update user_state_spans as s
set to_on = c.first_on - 1
from (
    select user_id, scope, min(from_on) as first_on
    from run.changes
    group by user_id, scope
) as c
where c.user_id = s.user_id and c.scope = s.scope and s.to_on = 'infinity';

insert into user_state_spans (
    from_on, to_on, last_qualifying_on, life_number, user_id, is_dunning, scope, state, activity_state, dunning_type
)
select
    from_on, lasts_until, last_qualifying_on, life_number, user_id, is_dunning, scope, state, activity_state,
    dunning_type
from run.changes
where state is not null;
