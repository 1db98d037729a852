-- The definitions in force, one table a noun. Every row carries the version that wrote it; what
-- changed from version to version is in ref.definition_versions.
create table ref.definition_versions (
    version integer generated always as identity primary key,
    hash text not null,
    history_hash text not null,
    compiled_at timestamptz not null default now(),
    changes jsonb not null,
    document jsonb not null
);
comment on table ref.definition_versions is 'One row each time that other definitions came into force; the greatest version is in force.';
comment on column ref.definition_versions.version is 'Number of the version, counting up.';
comment on column ref.definition_versions.hash is 'SHA-256 of the compiled definitions; the same again where an earlier set came back.';
comment on column ref.definition_versions.history_hash is 'SHA-256 of what decides states and metrics; history computed with versions that share it is the same.';
comment on column ref.definition_versions.compiled_at is 'When this version came into force.';
comment on column ref.definition_versions.changes is 'What changed against the version before: a list of {file, id, field, old, new}.';
comment on column ref.definition_versions.document is 'The compiled definitions themselves.';

create table ref.lifecycle (
    one_row boolean primary key default true check (one_row),
    business_time_zone text not null,
    new_days integer not null check (new_days >= 0),
    active_days integer not null check (active_days >= 1),
    churn_days integer not null check (churn_days >= active_days),
    grace_days integer not null check (grace_days >= 0),
    max_event_age_days integer not null check (max_event_age_days >= 1),
    definition_version integer not null references ref.definition_versions
);
comment on table ref.lifecycle is 'The lifecycle settings of the platform; exactly one row.';
comment on column ref.lifecycle.one_row is 'Keeps the table at one row.';
comment on column ref.lifecycle.business_time_zone is 'IANA zone whose dates are the business days.';
comment on column ref.lifecycle.new_days is 'Days after signup in which a user without activity is new.';
comment on column ref.lifecycle.active_days is 'Days after the last qualifying day through which a user is active.';
comment on column ref.lifecycle.churn_days is 'Days after the last qualifying day through which a user is dormant; churned afterwards.';
comment on column ref.lifecycle.grace_days is 'Days after the first failed payment through which repeated failures are in grace.';
comment on column ref.lifecycle.max_event_age_days is 'Days an event may occur before it is received.';
comment on column ref.lifecycle.definition_version is 'Definition version that wrote the row.';

create table ref.products (
    product_id text primary key,
    name text not null,
    kind text not null check (kind in ('product', 'feature', 'sub_feature')),
    parent_id text,
    family text,
    tier text,
    owner text,
    description text,
    is_active boolean not null,
    is_advanced boolean not null,
    definition_version integer not null references ref.definition_versions
);
comment on table ref.products is 'The product catalog: products, features and sub-features.';
comment on column ref.products.product_id is 'Immutable snake_case id of the product or feature.';
comment on column ref.products.name is 'Display name, Title Case.';
comment on column ref.products.kind is 'product, feature or sub_feature.';
comment on column ref.products.parent_id is 'Product or feature that this one belongs to; null for a product.';
comment on column ref.products.family is 'Product family.';
comment on column ref.products.tier is 'Lowest subscription tier that includes it.';
comment on column ref.products.owner is 'Team that owns it.';
comment on column ref.products.description is 'What it is.';
comment on column ref.products.is_active is 'Whether it is on offer.';
comment on column ref.products.is_advanced is 'Whether using it marks an advanced user.';
comment on column ref.products.definition_version is 'Definition version that wrote the row.';

create table ref.scopes (
    scope text primary key,
    kind text not null check (kind in ('platform', 'product')),
    new_days integer not null check (new_days >= 0),
    active_days integer not null check (active_days >= 1),
    churn_days integer not null check (churn_days >= active_days),
    definition_version integer not null references ref.definition_versions
);
comment on table ref.scopes is 'Where a user state machine runs: the platform and each product, with its thresholds.';
comment on column ref.scopes.scope is '''platform'' or a product id.';
comment on column ref.scopes.kind is 'platform or product.';
comment on column ref.scopes.new_days is 'Days after the start in which a user without qualifying activity is new.';
comment on column ref.scopes.active_days is 'Days after a qualifying day through which it keeps the user active.';
comment on column ref.scopes.churn_days is 'Days after a qualifying day through which it keeps the user dormant.';
comment on column ref.scopes.definition_version is 'Definition version that wrote the row.';

create table ref.activation_paths (
    product_id text not null,
    path_number integer not null,
    event_types text[] not null,
    timeframe_days integer not null check (timeframe_days >= 0),
    definition_version integer not null references ref.definition_versions,
    primary key (product_id, path_number)
);
comment on table ref.activation_paths is 'Ways to activate a product: all event types of a path within its timeframe from first access.';
comment on column ref.activation_paths.product_id is 'Product that the path activates.';
comment on column ref.activation_paths.path_number is 'Position of the path in the product''s definition, from 1.';
comment on column ref.activation_paths.event_types is 'Event types that must all occur.';
comment on column ref.activation_paths.timeframe_days is 'Days from first access within which they must occur.';
comment on column ref.activation_paths.definition_version is 'Definition version that wrote the row.';

create table ref.event_types (
    event_type text primary key,
    product_id text,
    feature_id text,
    category text not null,
    is_qualifying boolean not null,
    is_activation boolean not null,
    is_unique boolean not null,
    is_passive boolean not null,
    is_built_in boolean not null,
    qualifies_when_key text,
    qualifies_when_operator text check (qualifies_when_operator in ('=', '!=', '>', '>=', '<', '<=')),
    qualifies_when_value jsonb,
    depends_on text[] not null,
    metadata_fields jsonb not null,
    schema_versions integer[] not null,
    owner text,
    status text not null,
    description text,
    definition_version integer not null references ref.definition_versions
);
comment on table ref.event_types is 'The event taxonomy: what may arrive, what it means, what of it is kept.';
comment on column ref.event_types.event_type is 'Name of the event type.';
comment on column ref.event_types.product_id is 'Product the event belongs to; null: taken from metadata.product_id, or none.';
comment on column ref.event_types.feature_id is 'Feature the event belongs to, if declared.';
comment on column ref.event_types.category is 'adoption, core_action, engagement, outcome, abandonment, lifecycle, billing or system.';
comment on column ref.event_types.is_qualifying is 'Whether it counts as activity.';
comment on column ref.event_types.is_activation is 'Whether it is an activation step.';
comment on column ref.event_types.is_unique is 'Whether it can happen once per entity only.';
comment on column ref.event_types.is_passive is 'Whether it happens to a user (logins, page views): such types never qualify.';
comment on column ref.event_types.is_built_in is 'Whether the type is built in (lifecycle, payment, subscription) and not declared.';
comment on column ref.event_types.qualifies_when_key is 'Metadata key whose value decides whether an event qualifies; null: all do.';
comment on column ref.event_types.qualifies_when_operator is 'Comparison of qualifies_when.';
comment on column ref.event_types.qualifies_when_value is 'Value compared with.';
comment on column ref.event_types.depends_on is 'Event types that must have happened before.';
comment on column ref.event_types.metadata_fields is 'Metadata that may be stored: {key: {type, required, pseudonym, since}}; other keys are dropped.';
comment on column ref.event_types.schema_versions is 'Schema versions that are accepted.';
comment on column ref.event_types.owner is 'Team that owns the event type.';
comment on column ref.event_types.status is 'Implementation status: planned, live or retired.';
comment on column ref.event_types.description is 'What happened.';
comment on column ref.event_types.definition_version is 'Definition version that wrote the row.';

create table ref.event_aliases (
    alias text primary key,
    event_type text not null references ref.event_types,
    definition_version integer not null references ref.definition_versions
);
comment on table ref.event_aliases is 'Names that producers send, mapped to event types.';
comment on column ref.event_aliases.alias is 'Name as sent.';
comment on column ref.event_aliases.event_type is 'Event type it stands for.';
comment on column ref.event_aliases.definition_version is 'Definition version that wrote the row.';

create table ref.legal_transitions (
    scope_kind text not null,
    ordinal integer not null,
    from_state text not null,
    to_state text not null,
    definition_version integer not null references ref.definition_versions,
    primary key (scope_kind, from_state, to_state)
);
comment on table ref.legal_transitions is 'The edges that a state machine may walk.';
comment on column ref.legal_transitions.scope_kind is 'platform or product.';
comment on column ref.legal_transitions.ordinal is 'Position in the list of edges, which decides between equally short paths.';
comment on column ref.legal_transitions.from_state is 'State left; ''(start)'' where there was none.';
comment on column ref.legal_transitions.to_state is 'State entered.';
comment on column ref.legal_transitions.definition_version is 'Definition version that wrote the row.';

create table ref.transition_paths (
    scope_kind text not null,
    from_state text not null,
    to_state text not null,
    seq integer not null,
    step_from text not null,
    step_to text not null,
    definition_version integer not null references ref.definition_versions,
    primary key (scope_kind, from_state, to_state, seq)
);
comment on table ref.transition_paths is 'Shortest legal path between the states of two consecutive days, step by step.';
comment on column ref.transition_paths.scope_kind is 'platform or product.';
comment on column ref.transition_paths.from_state is 'State of the day before; ''(start)'' where there was none.';
comment on column ref.transition_paths.to_state is 'State of the day.';
comment on column ref.transition_paths.seq is 'Number of the step, from 0.';
comment on column ref.transition_paths.step_from is 'State that the step leaves.';
comment on column ref.transition_paths.step_to is 'State that the step enters.';
comment on column ref.transition_paths.definition_version is 'Definition version that wrote the row.';

create table ref.account_settings (
    one_row boolean primary key default true check (one_row),
    reporting_currency text not null,
    health_model text not null,
    window_days integer not null,
    trial_days integer not null,
    lapse_days integer not null,
    new_paid_days integer not null,
    reactivated_days integer not null,
    signals_after_days integer not null,
    usage_signals_after_days integer not null,
    low_utilization_enter numeric not null,
    low_utilization_exit numeric not null,
    declining_activity_enter numeric not null,
    declining_activity_exit numeric not null,
    usage_growth_enter numeric not null,
    usage_growth_exit numeric not null,
    usage_minimum_events integer not null,
    key_user_silent_days integer not null,
    renewal_ahead_days integer not null,
    renewal_utilization numeric not null,
    support_issue_open_days integer not null,
    definition_version integer not null references ref.definition_versions
);
comment on table ref.account_settings is 'Settings and thresholds of the account states; exactly one row.';
comment on column ref.account_settings.one_row is 'Keeps the table at one row.';
comment on column ref.account_settings.reporting_currency is 'Currency that totals are converted to.';
comment on column ref.account_settings.health_model is 'Health model in use.';
comment on column ref.account_settings.window_days is 'Days of the windows that seats and usage are counted and compared over.';
comment on column ref.account_settings.trial_days is 'Days of a trial that names no end.';
comment on column ref.account_settings.lapse_days is 'Days after the end of a subscription through which the account is at risk; churned afterwards.';
comment on column ref.account_settings.new_paid_days is 'Days after the first payment day through which an account is new_paid.';
comment on column ref.account_settings.reactivated_days is 'Days after the start of a subscription through which a churned account is reactivated.';
comment on column ref.account_settings.signals_after_days is 'Days after the start of a subscription before which no risk signal holds.';
comment on column ref.account_settings.usage_signals_after_days is 'The same for signals that compare two windows of usage.';
comment on column ref.account_settings.low_utilization_enter is 'Share of seats in use below which low_utilization begins.';
comment on column ref.account_settings.low_utilization_exit is 'Share of seats in use from which it ends.';
comment on column ref.account_settings.declining_activity_enter is 'Usage against the window before, down to which declining_activity begins.';
comment on column ref.account_settings.declining_activity_exit is 'Usage against the window before, from which it ends.';
comment on column ref.account_settings.usage_growth_enter is 'Usage against the window before, from which usage is up.';
comment on column ref.account_settings.usage_growth_exit is 'Usage against the window before, below which it is up no more.';
comment on column ref.account_settings.usage_minimum_events is 'Events that the window before must hold for usage to be compared.';
comment on column ref.account_settings.key_user_silent_days is 'Days of silence of the primary admin after which key_user_lost holds.';
comment on column ref.account_settings.renewal_ahead_days is 'Days before the renewal from which renewal_at_risk can hold.';
comment on column ref.account_settings.renewal_utilization is 'Share of seats in use below which it does.';
comment on column ref.account_settings.support_issue_open_days is 'Days after which an open urgent ticket is open_support_issue.';
comment on column ref.account_settings.definition_version is 'Definition version that wrote the row.';

create table ref.account_tiers (
    tier text not null,
    rank integer not null,
    definition_version integer not null references ref.definition_versions,
    primary key (tier)
);
comment on table ref.account_tiers is 'Subscription tiers from lowest to highest.';
comment on column ref.account_tiers.tier is 'Name of the tier.';
comment on column ref.account_tiers.rank is 'Its rank; 1 is the lowest.';
comment on column ref.account_tiers.definition_version is 'Definition version that wrote the row.';

create table ref.currency_rates (
    currency text not null,
    valid_from date not null,
    rate numeric not null,
    definition_version integer not null references ref.definition_versions,
    primary key (currency, valid_from)
);
comment on table ref.currency_rates is 'Rates that amounts are converted with.';
comment on column ref.currency_rates.currency is 'ISO 4217 code.';
comment on column ref.currency_rates.valid_from is 'First day of the rate.';
comment on column ref.currency_rates.rate is 'Units of the reporting currency that one unit of the currency is worth.';
comment on column ref.currency_rates.definition_version is 'Definition version that wrote the row.';

create table ref.health_components (
    health_model text not null,
    component text not null,
    weight numeric not null,
    definition_version integer not null references ref.definition_versions,
    primary key (health_model, component)
);
comment on table ref.health_components is 'What the health scores of accounts are made of.';
comment on column ref.health_components.health_model is 'Health model.';
comment on column ref.health_components.component is 'Component of the score.';
comment on column ref.health_components.weight is 'Weight against the other components of the model.';
comment on column ref.health_components.definition_version is 'Definition version that wrote the row.';

create table ref.calendar (
    date date primary key,
    week_start date not null,
    month_start date not null
);
comment on table ref.calendar is 'Every date from 1990 to 2100.';
comment on column ref.calendar.date is 'The date.';
comment on column ref.calendar.week_start is 'Monday of its week.';
comment on column ref.calendar.month_start is 'First of its month.';
insert into ref.calendar
select day::date, date_trunc('week', day)::date, date_trunc('month', day)::date
from generate_series(timestamp '1990-01-01', timestamp '2100-12-31', interval '1 day') as day;
analyze ref.calendar;

-- The catalog under the names that the field knows, with families as its first tier.
create view ref.product_catalog with (security_invoker) as
with contents as (
    select
        versions.compiled_at,
        product.key as product_id,
        product.value as content,
        lag(product.value) over (partition by product.key order by versions.version) as content_before
    from ref.definition_versions as versions
    cross join jsonb_each(versions.document -> 'products') as product
),

dates as (
    select
        contents.product_id,
        min(contents.compiled_at) as created_at,
        max(contents.compiled_at) filter (
            where contents.content_before is null or contents.content != contents.content_before
        ) as updated_at
    from contents
    group by contents.product_id
)

select
    p.product_id,
    p.name as product_name,
    p.family as product_family_id,
    p.kind as tier,
    p.parent_id as parent_product_id,
    (
        select
            jsonb_agg(
                jsonb_build_object('events', a.event_types, 'timeframe_days', a.timeframe_days)
                order by a.path_number
            )
        from ref.activation_paths as a
        where a.product_id = p.product_id
    ) as activation_definition,
    (
        select jsonb_agg(e.event_type order by e.event_type)
        from ref.event_types as e
        where e.is_qualifying and p.product_id in (e.product_id, e.feature_id)
    ) as qualifying_events,
    (
        select
            jsonb_build_object(
                'new_days', s.new_days, 'active_days', s.active_days, 'churn_days', s.churn_days
            )
        from ref.scopes as s
        where s.scope = p.product_id
    ) as state_time_thresholds,
    p.is_active,
    d.created_at,
    d.updated_at,
    p.owner as product_owner_id
from ref.products as p
left join dates as d on p.product_id = d.product_id
union all
select
    p.family as product_id,
    initcap(replace(p.family, '_', ' ')) as product_name,
    p.family as product_family_id,
    'family' as tier,
    null as parent_product_id,
    null as activation_definition,
    null as qualifying_events,
    null as state_time_thresholds,
    bool_or(p.is_active) as is_active,
    min(d.created_at) as created_at,
    max(d.updated_at) as updated_at,
    null as product_owner_id
from ref.products as p
left join dates as d on p.product_id = d.product_id
where p.family is not null
group by p.family;
comment on view ref.product_catalog is 'Families, products, features and sub-features, one row each.';
comment on column ref.product_catalog.product_id is 'Id of the family, product or feature.';
comment on column ref.product_catalog.product_name is 'Display name.';
comment on column ref.product_catalog.product_family_id is 'Product family.';
comment on column ref.product_catalog.tier is 'Tier of the hierarchy: family, product, feature or sub_feature.';
comment on column ref.product_catalog.parent_product_id is 'Product or feature that a feature belongs to.';
comment on column ref.product_catalog.activation_definition is 'Paths of activation: [{events, timeframe_days}]; null: none.';
comment on column ref.product_catalog.qualifying_events is 'Event types that count as activity in it: [event_type]; null: none.';
comment on column ref.product_catalog.state_time_thresholds is 'Thresholds in days of a product: {new_days, active_days, churn_days}; null: not a product.';
comment on column ref.product_catalog.is_active is 'Whether it is on offer.';
comment on column ref.product_catalog.created_at is 'When it first came into force.';
comment on column ref.product_catalog.updated_at is 'When its definition last changed.';
comment on column ref.product_catalog.product_owner_id is 'Team that owns it.';

grant select on all tables in schema ref
    to monstera_loader, monstera_transformer, monstera_alerter, monstera_analyst;
