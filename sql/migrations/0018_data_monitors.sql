-- Monitors: what looks unusual in the data is written down, whether or not it is wrong.
alter table ops.check_results drop constraint check_results_severity_check;
alter table ops.check_results add constraint check_results_severity_check
    check (severity in ('error', 'warn', 'notice'));
comment on column ops.check_results.severity is 'error stops the publish; warn does not; notice is a monitor''s: unusual, perhaps right.';

create table ops.event_profile (
    date date not null,
    events bigint not null,
    dimension text not null check (dimension in ('all', 'entity_type', 'location', 'product', 'country', 'missing')),
    value text not null,
    primary key (date, dimension, value)
);
comment on table ops.event_profile is 'What the events of a day looked like when it was published: the baseline of the monitors.';
comment on column ops.event_profile.date is 'Business day.';
comment on column ops.event_profile.events is 'Events; users with an event where the dimension is country.';
comment on column ops.event_profile.dimension is 'all; entity_type, location, product, country; missing: events without an optional field.';
comment on column ops.event_profile.value is 'Value of the dimension; the name of the field that is missing.';

create table ops.control_totals (
    dt date not null,
    checked_at timestamptz not null default now(),
    feed text not null,
    measure text not null,
    expected numeric,
    found numeric,
    source_version text not null,
    primary key (feed, dt, measure)
);
comment on table ops.control_totals is 'What a source says it delivered (_control.json beside its files), and what was loaded.';
comment on column ops.control_totals.dt is 'Delivery day.';
comment on column ops.control_totals.checked_at is 'When they were compared last.';
comment on column ops.control_totals.feed is 'Feed.';
comment on column ops.control_totals.measure is 'rows, or the column that is summed; (unreadable): the file itself.';
comment on column ops.control_totals.expected is 'What the source says.';
comment on column ops.control_totals.found is 'Rows read, or the sum of the column; null: not comparable, since rows were refused or repeated.';
comment on column ops.control_totals.source_version is 'What the storage says about the file: the same means unchanged.';

grant select, insert, update, delete on ops.event_profile to monstera_transformer;
grant select, insert, update, delete on ops.control_totals to monstera_loader;
grant select on ops.control_totals to monstera_transformer;
grant select on ops.event_profile, ops.control_totals to monstera_analyst, monstera_alerter;
-- why rows were refused, and nothing of what they said
grant select (load_id, feed, reasons) on bronze.event_quarantine to monstera_transformer;
