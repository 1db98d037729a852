/*
description: >
  Ends the stages that the changes end and adds those that they begin; users computed anew lose all
  they had before.
*/
delete from user_journey_spans as s
using run.touched as t
where t.user_id = s.user_id and t.is_replay;

update user_journey_spans as s
set to_on = c.first_on - 1
from (select user_id, min(from_on) as first_on from run.journey_changes group by user_id) as c
where c.user_id = s.user_id and s.to_on = 'infinity';

insert into user_journey_spans (from_on, to_on, user_id, stage)
select from_on, to_on, user_id, stage
from run.journey_changes
where stage is not null;
