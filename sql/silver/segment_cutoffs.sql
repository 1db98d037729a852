/*
description: Puts the days computed in the place of those that were known from the first of them on.
*/
delete from silver.segment_cutoffs
where date >= (select min(date) from run.segment_cutoffs) or not isfinite(:previous_as_of::date);

insert into silver.segment_cutoffs (date, high_value_events, low_value_events)
select date, high_value_events, low_value_events
from run.segment_cutoffs;
