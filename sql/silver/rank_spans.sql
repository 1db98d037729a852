/*
description: >
  Takes back the segments by rank that are computed again, ends those that the changes end, and adds
  those that they begin.
table: silver.user_segment_spans
*/
delete from user_segment_spans as s
using run.rank_restarts as r
where r.user_id = s.user_id and s.from_on >= r.from_on
    and s.dimension in ('high_value_active', 'high_value_dormant', 'low_value_churned');

update user_segment_spans as s
set to_on = 'infinity'
from run.rank_restarts as r
where r.user_id = s.user_id and s.to_on >= r.from_on - 1 and s.to_on < 'infinity'
    and s.dimension in ('high_value_active', 'high_value_dormant', 'low_value_churned');

update user_segment_spans as s
set to_on = c.first_on - 1
from (
    select user_id, dimension, min(from_on) as first_on
    from run.rank_changes
    group by user_id, dimension
) as c
where c.user_id = s.user_id and c.dimension = s.dimension and s.to_on = 'infinity';

insert into user_segment_spans (from_on, to_on, user_id, dimension, value)
select from_on, lasts_until, user_id, dimension, value
from run.rank_changes
where value is not null;
