-- The metric layer: the catalog as compiled, what the kinds of metrics read, and all values.
create table ref.metrics (
    metric_id text primary key,
    name text not null,
    entity text not null,
    description text not null,
    purpose text not null,
    category text not null check (category in ('activity', 'engagement', 'outcome')),
    domain text not null,
    kind text not null,
    formula jsonb not null,
    unit text not null,
    grain text not null check (grain in ('day', 'week', 'month')),
    segments text[] not null,
    sources text[] not null,
    update_frequency text not null,
    latency text not null,
    importance_tier text not null check (importance_tier in ('tier_1', 'tier_2', 'tier_3')),
    owners jsonb not null,
    created_on date not null,
    modified_on date not null,
    limitations text,
    target jsonb,
    direction text not null check (direction in ('up', 'down', 'neutral')),
    status text not null,
    approval_log jsonb not null,
    definition_version integer not null references ref.definition_versions
);
comment on table ref.metrics is 'The metrics in force, one declaration each.';
comment on column ref.metrics.metric_id is 'Id: the name in snake_case.';
comment on column ref.metrics.name is 'Name: what is counted, its state or action, the period, a qualifier.';
comment on column ref.metrics.entity is 'What is counted: users, accounts, events ...';
comment on column ref.metrics.description is 'What the number says.';
comment on column ref.metrics.purpose is 'Which decision it is for.';
comment on column ref.metrics.category is 'activity, engagement or outcome.';
comment on column ref.metrics.domain is 'Area that reads it, e.g. product.';
comment on column ref.metrics.kind is 'How it is computed: the file sql/metrics/<kind>.sql.';
comment on column ref.metrics.formula is 'Parameters of the kind.';
comment on column ref.metrics.unit is 'share (fraction from 0 to 1) or what is counted.';
comment on column ref.metrics.grain is 'Period that a value stands for: day, week or month.';
comment on column ref.metrics.segments is 'What it is broken down by beside the total.';
comment on column ref.metrics.sources is 'Tables that it is computed from.';
comment on column ref.metrics.update_frequency is 'How often it is computed.';
comment on column ref.metrics.latency is 'When a value is there.';
comment on column ref.metrics.importance_tier is 'tier_1 (watched by alert rules) to tier_3.';
comment on column ref.metrics.owners is 'Teams: {business, technical, dashboard, backup}.';
comment on column ref.metrics.created_on is 'Day of the first entry of the approval log.';
comment on column ref.metrics.modified_on is 'Day of the last change.';
comment on column ref.metrics.limitations is 'What to know before using it; null: nothing known.';
comment on column ref.metrics.target is 'What it should reach: {op, value, note}; null: no target.';
comment on column ref.metrics.direction is 'Good news: up, down or neutral.';
comment on column ref.metrics.status is 'Approval: proposed, technical_review, standards_review, approved or retired.';
comment on column ref.metrics.approval_log is 'How it got there: [{status, on, by, note}].';
comment on column ref.metrics.definition_version is 'Definition version that wrote the row.';
grant select on ref.metrics to monstera_loader, monstera_transformer, monstera_alerter, monstera_analyst;

-- What people are broken down by, as intervals; stored and exchanged like the states.
create table silver.user_attributes (
    from_on date not null,
    to_on date not null,
    signup_on date not null,
    user_id uuid not null,
    is_alive boolean not null,
    country text,
    plan_type text,
    acquisition_source text,
    role text,
    primary key (user_id, from_on)
) partition by range (user_id);
comment on table silver.user_attributes is 'Attributes of every user at the end of every day from signup on, as intervals.';
comment on column silver.user_attributes.from_on is 'First day.';
comment on column silver.user_attributes.to_on is 'Last day; infinity: until something changes it.';
comment on column silver.user_attributes.signup_on is 'Business day of the signup.';
comment on column silver.user_attributes.user_id is 'Pseudonym of the user.';
comment on column silver.user_attributes.is_alive is 'Whether the days are part of a life; false while deleted.';
comment on column silver.user_attributes.country is 'Country.';
comment on column silver.user_attributes.plan_type is 'Plan.';
comment on column silver.user_attributes.acquisition_source is 'Channel that brought the user.';
comment on column silver.user_attributes.role is 'Role in the account.';
create table silver.user_attributes_1 partition of silver.user_attributes for values from (minvalue) to (maxvalue);
alter table silver.user_attributes owner to monstera_transformer;
alter table silver.user_attributes_1 owner to monstera_transformer;

-- So that the metrics of a day read that day and not all history.
create index user_attributes_from_on on silver.user_attributes (from_on);
create index user_daily_activity_active_on on silver.user_daily_activity (active_on);
create index user_state_spans_from_on on silver.user_state_spans (from_on);
create index user_state_spans_to_on on silver.user_state_spans (to_on);
create index user_state_transitions_transition_on on silver.user_state_transitions (transition_on);

create table gold.events_daily (
    date date not null,
    events bigint not null,
    qualifying_events bigint not null,
    event_type text not null,
    product_id text not null,
    primary key (date, event_type, product_id)
);
comment on table gold.events_daily is 'Accepted events by business day, type and product, of every kind of entity.';
comment on column gold.events_daily.date is 'Business day.';
comment on column gold.events_daily.events is 'Events.';
comment on column gold.events_daily.qualifying_events is 'Those of them that qualify.';
comment on column gold.events_daily.event_type is 'Event type.';
comment on column gold.events_daily.product_id is 'Product; ''platform'': none.';

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
comment on column gold.metric_values.metric_id is 'Metric, see gold.metric_catalog.';
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

grant select, insert, update, delete on gold.metric_values, gold.events_daily to monstera_transformer;
grant select on gold.metric_values, gold.events_daily, silver.user_attributes to monstera_analyst, monstera_alerter;
