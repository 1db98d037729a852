/*
description: >
  Takes back what is computed again, ends the spans that the changes end, and adds those that they
  begin.
*/
delete from user_value_spans as s
using run.segment_restarts as r
where r.user_id = s.user_id and r.is_late and s.from_on >= r.from_on;

update user_value_spans as s
set to_on = 'infinity'
from run.segment_restarts as r
where r.user_id = s.user_id and r.is_late and s.to_on >= r.from_on - 1 and s.to_on < 'infinity';

update user_value_spans as s
set to_on = c.first_on - 1
from (select user_id, min(from_on) as first_on from run.value_changes group by user_id) as c
where c.user_id = s.user_id and s.to_on = 'infinity';

insert into user_value_spans (from_on, to_on, recent_events, lifetime_events, user_id)
select from_on, lasts_until, recent_events, lifetime_events, user_id
from run.value_changes
where recent_events is not null;
