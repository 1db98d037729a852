/*
description: >
  Takes back what is computed again, ends the spans that the changes end, and adds those that they
  begin.
*/
delete from user_segment_spans as s
using run.segment_restarts as r
where r.user_id = s.user_id and r.is_late and s.from_on >= r.from_on;

update user_segment_spans as s
set to_on = 'infinity'
from run.segment_restarts as r
where r.user_id = s.user_id and r.is_late and s.to_on >= r.from_on - 1 and s.to_on < 'infinity';

update user_segment_spans as s
set to_on = c.first_on - 1
from (
    select user_id, dimension, min(from_on) as first_on
    from run.segment_changes
    group by user_id, dimension
) as c
where c.user_id = s.user_id and c.dimension = s.dimension and s.to_on = 'infinity';

insert into user_segment_spans (from_on, to_on, user_id, dimension, value)
select from_on, lasts_until, user_id, dimension, value
from run.segment_changes
where value is not null;
