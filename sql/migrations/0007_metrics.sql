-- The values of all metrics, one long table.
create table gold.metric_values (
    metric_id text not null,
    date date not null,
    grain text not null check (grain in ('day', 'week', 'month')),
    segment_key text not null default 'all',
    segment_value text not null default 'all',
    value numeric,
    numerator numeric,
    denominator numeric,
    is_partial boolean not null default false,
    definition_version integer not null references ref.definition_versions,
    computed_at timestamptz not null default now(),
    primary key (metric_id, grain, segment_key, segment_value, date)
);
comment on table gold.metric_values is 'One row per metric, period and segment.';
comment on column gold.metric_values.metric_id is 'Metric: the name of its file below sql/metrics.';
comment on column gold.metric_values.date is 'First day of the period: the day, the Monday of the week, the first of the month.';
comment on column gold.metric_values.grain is 'Length of the period: day, week or month.';
comment on column gold.metric_values.segment_key is 'What the value is broken down by; all: the total.';
comment on column gold.metric_values.segment_value is 'The segment; all: the total.';
comment on column gold.metric_values.value is 'The value, rates as fractions; null where a rate has no denominator.';
comment on column gold.metric_values.numerator is 'Upper part of a ratio; null for other metrics.';
comment on column gold.metric_values.denominator is 'Lower part of a ratio; null for other metrics.';
comment on column gold.metric_values.is_partial is 'Whether the period is not over yet.';
comment on column gold.metric_values.definition_version is 'Definitions it was computed with.';
comment on column gold.metric_values.computed_at is 'When the row last changed.';
create index metric_values_date on gold.metric_values (date);

grant select, insert, update, delete on gold.metric_values to monstera_transformer;
grant select on gold.metric_values to monstera_analyst, monstera_alerter;
