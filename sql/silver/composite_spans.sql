/*
description: Ends the composite segments that the changes end, and adds those that they begin.
table: silver.user_segment_spans
*/
update user_segment_spans as s
set to_on = c.first_on - 1
from (select user_id, min(from_on) as first_on from run.composite_changes group by user_id) as c
where c.user_id = s.user_id and s.dimension = 'composite_segment' and s.to_on = 'infinity';

insert into user_segment_spans (from_on, to_on, user_id, dimension, value)
select from_on, lasts_until, user_id, dimension, value
from run.composite_changes
where value is not null;
