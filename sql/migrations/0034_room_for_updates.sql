-- Room on each page for the rows that a day updates, so that they stay on it and no index is touched.
alter table silver.user_states_1 set (fillfactor = 80);
alter table silver.user_journey_spans_1 set (fillfactor = 90);
