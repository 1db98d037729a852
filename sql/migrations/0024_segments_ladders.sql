-- Which value of a dimension is more than another, for metrics of those who climb.
alter table ref.segments add column rung integer;
comment on column ref.segments.rung is 'How high the value stands in its dimension, from 0; null where values have no order.';
