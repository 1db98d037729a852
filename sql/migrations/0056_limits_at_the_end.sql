-- What ends an incident is judged by the limit of then, which moves with what it is compared with.
alter table ops.alert_incidents add column resolved_threshold numeric;
comment on column ops.alert_incidents.resolved_threshold is 'Limit, in the value''s unit, within which the value that resolved it was; null: open, or there is none.';
