-- A day replaces the values of its periods, whichever segments these have.
alter table gold.metric_values drop constraint metric_values_pkey;
alter table gold.metric_values add primary key (metric_id, grain, date, segment_key, segment_value);
