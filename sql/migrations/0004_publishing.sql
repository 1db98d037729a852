-- What readers see, since when, and what was corrected.
create table ops.publications (
    publication_id bigint generated always as identity primary key,
    as_of date not null,
    definition_version integer not null references ref.definition_versions,
    gear text not null check (gear in ('day', 'rebuild')),
    reason text not null,
    started_at timestamptz not null,
    published_at timestamptz not null default clock_timestamp(),
    users_touched bigint not null,
    transitions_written bigint not null,
    values_restated bigint not null
);
comment on table ops.publications is 'One row per publish: the last one is what readers see.';
comment on column ops.publications.publication_id is 'Number of the publish.';
comment on column ops.publications.as_of is 'Snapshot date that it published.';
comment on column ops.publications.definition_version is 'Definitions it was computed with.';
comment on column ops.publications.gear is 'day (only what was touched) or rebuild (everything).';
comment on column ops.publications.reason is 'Why it ran.';
comment on column ops.publications.started_at is 'When it began.';
comment on column ops.publications.published_at is 'When readers saw it.';
comment on column ops.publications.users_touched is 'Users whose states were computed.';
comment on column ops.publications.transitions_written is 'Rows written to the transition log.';
comment on column ops.publications.values_restated is 'Published values that it corrected.';

create table ops.current_publication (
    one_row boolean primary key default true check (one_row),
    as_of date not null,
    definition_version integer not null references ref.definition_versions,
    publication_id bigint not null references ops.publications
);
comment on table ops.current_publication is 'The publication that readers see; one row, or none before the first.';
comment on column ops.current_publication.one_row is 'Keeps the table at one row.';
comment on column ops.current_publication.as_of is 'Snapshot date.';
comment on column ops.current_publication.definition_version is 'Definitions it was computed with.';
comment on column ops.current_publication.publication_id is 'The publication.';

create table ops.metric_restatements (
    restatement_id bigint generated always as identity primary key,
    metric_id text not null,
    date date not null,
    grain text not null default 'day',
    segment_key text not null,
    segment_value text not null,
    old_value numeric,
    new_value numeric,
    cause text not null check (cause in ('late_data', 'definition_version', 'erasure', 'rebuild')),
    definition_version integer not null references ref.definition_versions,
    publication_id bigint not null references ops.publications,
    restated_at timestamptz not null default now()
);
comment on table ops.metric_restatements is 'Every published metric value that was corrected later: old, new and why.';
comment on column ops.metric_restatements.restatement_id is 'Number of the correction.';
comment on column ops.metric_restatements.metric_id is 'Metric.';
comment on column ops.metric_restatements.date is 'Date of the value.';
comment on column ops.metric_restatements.grain is 'day, week or month.';
comment on column ops.metric_restatements.segment_key is 'What the value is broken down by.';
comment on column ops.metric_restatements.segment_value is 'The segment.';
comment on column ops.metric_restatements.old_value is 'Value as published before; null: none.';
comment on column ops.metric_restatements.new_value is 'Value now; null: none.';
comment on column ops.metric_restatements.cause is 'late_data, definition_version, erasure or rebuild.';
comment on column ops.metric_restatements.definition_version is 'Definitions of the new value.';
comment on column ops.metric_restatements.publication_id is 'Publish that corrected it.';
comment on column ops.metric_restatements.restated_at is 'When.';
create index metric_restatements_value on ops.metric_restatements (metric_id, date);

create table ops.check_results (
    check_result_id bigint generated always as identity primary key,
    check_name text not null,
    dataset text not null,
    severity text not null check (severity in ('error', 'warn')),
    as_of date not null,
    passed boolean not null,
    rows_failed bigint not null,
    checked_at timestamptz not null default now()
);
comment on table ops.check_results is 'Every run of every data check.';
comment on column ops.check_results.check_result_id is 'Number of the result.';
comment on column ops.check_results.check_name is 'Check.';
comment on column ops.check_results.dataset is 'Table it checks, schema.table.';
comment on column ops.check_results.severity is 'error stops the publish, warn does not.';
comment on column ops.check_results.as_of is 'Snapshot date it checked.';
comment on column ops.check_results.passed is 'Whether it held.';
comment on column ops.check_results.rows_failed is 'Rows that broke it.';
comment on column ops.check_results.checked_at is 'When.';
create index check_results_as_of on ops.check_results (as_of, check_name);

create table ops.check_failures (
    check_result_id bigint not null references ops.check_results,
    failed_row jsonb not null
);
comment on table ops.check_failures is 'Rows that broke a check, up to 100 per run, for inspection.';
comment on column ops.check_failures.check_result_id is 'Result they belong to.';
comment on column ops.check_failures.failed_row is 'The row.';

grant select, insert, update, delete on ops.publications, ops.current_publication, ops.metric_restatements,
    ops.check_results, ops.check_failures to monstera_transformer;
grant select on ops.publications, ops.current_publication, ops.metric_restatements, ops.check_results
    to monstera_alerter, monstera_analyst;
grant select on ops.check_failures to monstera_alerter;
