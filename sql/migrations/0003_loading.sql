-- What was loaded, from where, and what was refused.
create table ops.load_manifest (
    load_id bigint generated always as identity primary key,
    feed text not null,
    path text not null,
    dt date,
    checksum text,
    source_version text,
    size_bytes bigint,
    kind text not null default 'file' check (kind in ('file', 'replay')),
    status text not null check (status in ('loaded', 'same_content', 'refused')),
    error text,
    replaces_load_id bigint references ops.load_manifest,
    rows_read bigint not null default 0,
    accepted bigint not null default 0,
    duplicate bigint not null default 0,
    quarantined bigint not null default 0,
    suppressed bigint not null default 0,
    unknown_columns jsonb not null default '{}',
    first_occurred_on date,
    last_occurred_on date,
    started_at timestamptz not null default now(),
    finished_at timestamptz,
    published_as_of date,
    constraint nothing_is_lost check (rows_read = accepted + duplicate + quarantined + suppressed)
);
comment on table ops.load_manifest is 'One row per file taken up, and per replay of quarantined rows.';
comment on column ops.load_manifest.load_id is 'Number of the load; rows in bronze carry it.';
comment on column ops.load_manifest.feed is 'events, users, accounts or a further declared feed.';
comment on column ops.load_manifest.path is 'Path below the landing root.';
comment on column ops.load_manifest.dt is 'Delivery day, from the folder dt=YYYY-MM-DD.';
comment on column ops.load_manifest.checksum is 'SHA-256 of the file as delivered.';
comment on column ops.load_manifest.source_version is 'What the storage says about the file without reading it (size, time of change, tag): the same means unchanged.';
comment on column ops.load_manifest.size_bytes is 'Size of the file as delivered.';
comment on column ops.load_manifest.kind is 'file, or replay of quarantined rows.';
comment on column ops.load_manifest.status is 'loaded; same_content as an earlier load; refused as not readable.';
comment on column ops.load_manifest.error is 'Why the file was refused.';
comment on column ops.load_manifest.replaces_load_id is 'Earlier load of the same path with other content.';
comment on column ops.load_manifest.rows_read is 'Rows in the file: accepted + duplicate + quarantined + suppressed.';
comment on column ops.load_manifest.accepted is 'Rows stored.';
comment on column ops.load_manifest.duplicate is 'Rows that were stored before.';
comment on column ops.load_manifest.quarantined is 'Rows kept in quarantine with their reasons.';
comment on column ops.load_manifest.suppressed is 'Rows of erased people, dropped.';
comment on column ops.load_manifest.unknown_columns is 'Columns or metadata keys that were dropped, with the number of rows that had them.';
comment on column ops.load_manifest.first_occurred_on is 'Earliest business day of an accepted event.';
comment on column ops.load_manifest.last_occurred_on is 'Latest business day of an accepted event.';
comment on column ops.load_manifest.started_at is 'When the load began.';
comment on column ops.load_manifest.finished_at is 'When it was published.';
comment on column ops.load_manifest.published_as_of is 'Snapshot date that first counted these rows; null: not yet.';
create unique index load_manifest_content on ops.load_manifest (feed, checksum) where status = 'loaded' and kind = 'file';
create index load_manifest_path on ops.load_manifest (feed, path);
create index load_manifest_unpublished on ops.load_manifest (load_id) where published_as_of is null;

create table ops.suppressed_entities (
    entity_id uuid primary key,
    suppressed_at timestamptz not null default now()
);
comment on table ops.suppressed_entities is 'Pseudonyms of erased people and accounts: what is delivered of them is dropped.';
comment on column ops.suppressed_entities.entity_id is 'Pseudonym.';
comment on column ops.suppressed_entities.suppressed_at is 'When the erasure was carried out.';

create table bronze.events (
    occurred_at timestamptz not null,
    received_at timestamptz not null,
    load_id bigint not null,
    event_id uuid not null,
    entity_id uuid not null,
    user_id uuid,
    account_id uuid,
    occurred_on date not null,
    schema_version integer not null,
    is_qualifying_event boolean not null,
    is_activation_event boolean not null,
    entity_type text not null,
    event_type text not null,
    product_id text,
    feature_id text,
    location text not null,
    session_id text,
    metadata jsonb not null default '{}',
    content_digest bigint not null default 0,
    primary key (occurred_on, event_id)
) partition by range (occurred_on);
create index events_load_id on bronze.events using brin (load_id);
create index events_unknown_admins on bronze.events (entity_id) where entity_type = 'admin' and user_id is null;
comment on table bronze.events is 'Every accepted event once, partitioned by month of its business day.';
comment on column bronze.events.occurred_at is 'When it happened.';
comment on column bronze.events.received_at is 'When it was received; default: the end of the delivery day.';
comment on column bronze.events.load_id is 'Load that brought it.';
comment on column bronze.events.event_id is 'The given id if it is a uuid, else derived from it, else from the content.';
comment on column bronze.events.entity_id is 'Pseudonym of who or what acted.';
comment on column bronze.events.user_id is 'Pseudonym of the user, where a user acted.';
comment on column bronze.events.account_id is 'Pseudonym of the account as sent with the event.';
comment on column bronze.events.occurred_on is 'Business day on which it happened.';
comment on column bronze.events.schema_version is 'Version of the event type''s schema.';
comment on column bronze.events.is_qualifying_event is 'Whether it counts as activity, under the definitions in force.';
comment on column bronze.events.is_activation_event is 'Whether it is an activation step, under the definitions in force.';
comment on column bronze.events.entity_type is 'user, system, admin, visitor or account.';
comment on column bronze.events.event_type is 'Event type of the taxonomy, aliases resolved.';
comment on column bronze.events.product_id is 'Product it belongs to; null: none.';
comment on column bronze.events.feature_id is 'Feature it belongs to; null: none.';
comment on column bronze.events.location is 'Where it was recorded, as sent (web_app, api, ...).';
comment on column bronze.events.session_id is 'Session, as sent.';
comment on column bronze.events.metadata is 'Allow-listed metadata; ids in it are pseudonyms.';
comment on column bronze.events.content_digest is 'Digest of the event as delivered, by which a repetition is told from a conflict.';

create view bronze.product_events with (security_invoker) as
select * from bronze.events where product_id is not null;
comment on view bronze.product_events is 'The events that belong to a product.';

-- Makes the month partition of a day where it is missing; two callers at once make it once. It is
-- attached and not created in place, which would lock out readers and other loads.
create function bronze.ensure_event_partition(day date) returns void
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
    month date := date_trunc('month', day)::date;
    partition text := 'events_' || to_char(month, 'YYYY_MM');
begin
    if to_regclass('bronze.' || partition) is null then
        perform pg_advisory_xact_lock(hashtext('bronze.events partitions'));
        if to_regclass('bronze.' || partition) is null then
            execute format('create table bronze.%I (like bronze.events including all)', partition);
            execute format(
                'alter table bronze.events attach partition bronze.%I for values from (%L) to (%L)',
                partition, month, (month + interval '1 month')::date
            );
        end if;
    end if;
end $$;
comment on function bronze.ensure_event_partition is 'Makes the month partition of bronze.events that holds the day.';

create table bronze.event_quarantine (
    quarantine_id bigint generated always as identity primary key,
    load_id bigint not null references ops.load_manifest,
    feed text not null,
    path text not null,
    dt date,
    line_number bigint not null,
    raw text not null,
    reasons text[] not null,
    event_type text,
    entity_id uuid,
    occurred_on date,
    content_digest bigint not null,
    is_replayable boolean not null,
    first_seen_at timestamptz not null default now(),
    last_seen_at timestamptz not null default now()
);
comment on table bronze.event_quarantine is 'Rows that were refused, with every reason; a replayed row leaves.';
comment on column bronze.event_quarantine.quarantine_id is 'Number of the row.';
comment on column bronze.event_quarantine.load_id is 'Load that refused it.';
comment on column bronze.event_quarantine.feed is 'Feed it came with.';
comment on column bronze.event_quarantine.path is 'File it came with.';
comment on column bronze.event_quarantine.dt is 'Delivery day of the file.';
comment on column bronze.event_quarantine.line_number is 'Line or row in the file, from 1.';
comment on column bronze.event_quarantine.raw is 'The row as sent, ids replaced by pseudonyms, at most 64 KiB.';
comment on column bronze.event_quarantine.reasons is 'Every reason code.';
comment on column bronze.event_quarantine.event_type is 'Event type as sent, if it could be read.';
comment on column bronze.event_quarantine.entity_id is 'Pseudonym of the entity, if it could be read.';
comment on column bronze.event_quarantine.occurred_on is 'Business day, if it could be read.';
comment on column bronze.event_quarantine.content_digest is 'Digest of the row, by which a repetition is recognised.';
comment on column bronze.event_quarantine.is_replayable is 'Whether raw is whole, so that it can be tried again.';
comment on column bronze.event_quarantine.first_seen_at is 'When it was first delivered.';
comment on column bronze.event_quarantine.last_seen_at is 'When it was last delivered.';
create index event_quarantine_entity on bronze.event_quarantine (entity_id);
create unique index event_quarantine_digest on bronze.event_quarantine (feed, content_digest);

create table bronze.users (
    user_id uuid not null,
    valid_from timestamptz not null,
    valid_to timestamptz not null,
    updated_at timestamptz not null,
    user_created_at timestamptz,
    account_id uuid,
    country text,
    plan_type text,
    acquisition_source text,
    role text,
    invited_by_user_id uuid,
    load_id bigint not null,
    primary key (user_id, updated_at)
);
comment on table bronze.users is 'Every version of every user, with the time it holds.';
comment on column bronze.users.user_id is 'Pseudonym of the user.';
comment on column bronze.users.valid_from is 'From when the version holds; -infinity for the first.';
comment on column bronze.users.valid_to is 'Until when it holds (exclusive); infinity for the last.';
comment on column bronze.users.updated_at is 'When the source made this version.';
comment on column bronze.users.user_created_at is 'Signup, as the source says.';
comment on column bronze.users.account_id is 'Pseudonym of the account the user belongs to.';
comment on column bronze.users.country is 'Country.';
comment on column bronze.users.plan_type is 'Plan.';
comment on column bronze.users.acquisition_source is 'Channel that brought the user.';
comment on column bronze.users.role is 'Role in the account.';
comment on column bronze.users.invited_by_user_id is 'Pseudonym of the user who invited them.';
comment on column bronze.users.load_id is 'Load that brought the version.';
create index users_load_id on bronze.users (load_id);
create index users_account on bronze.users (account_id);

create table bronze.accounts (
    account_id uuid not null,
    valid_from timestamptz not null,
    valid_to timestamptz not null,
    updated_at timestamptz not null,
    account_created_at timestamptz,
    industry text,
    country text,
    subscription_tier text,
    primary_admin_user_id uuid,
    total_seats integer,
    monthly_recurring_revenue numeric,
    currency text,
    contract_renewal_date date,
    trial_ends_on date,
    load_id bigint not null,
    primary key (account_id, updated_at)
);
comment on table bronze.accounts is 'Every version of every account, with the time it holds.';
comment on column bronze.accounts.account_id is 'Pseudonym of the account.';
comment on column bronze.accounts.valid_from is 'From when the version holds; -infinity for the first.';
comment on column bronze.accounts.valid_to is 'Until when it holds (exclusive); infinity for the last.';
comment on column bronze.accounts.updated_at is 'When the source made this version.';
comment on column bronze.accounts.account_created_at is 'Creation, as the source says.';
comment on column bronze.accounts.industry is 'Industry.';
comment on column bronze.accounts.country is 'Country.';
comment on column bronze.accounts.subscription_tier is 'Subscription tier.';
comment on column bronze.accounts.primary_admin_user_id is 'Pseudonym of the primary admin.';
comment on column bronze.accounts.total_seats is 'Seats paid for.';
comment on column bronze.accounts.monthly_recurring_revenue is 'Monthly recurring revenue, in the account''s currency.';
comment on column bronze.accounts.currency is 'Currency of the revenue.';
comment on column bronze.accounts.contract_renewal_date is 'Day on which the contract renews.';
comment on column bronze.accounts.trial_ends_on is 'Last day of the trial.';
comment on column bronze.accounts.load_id is 'Load that brought the version.';
create index accounts_load_id on bronze.accounts (load_id);

create table bronze.user_signups (
    user_id uuid primary key,
    feed_created_at timestamptz,
    event_occurred_at timestamptz,
    event_id uuid,
    signed_up_at timestamptz generated always as (coalesce(feed_created_at, event_occurred_at)) stored,
    load_id bigint not null
);
comment on table bronze.user_signups is 'Every known user with the signup; kept by the loader.';
comment on column bronze.user_signups.user_id is 'Pseudonym of the user.';
comment on column bronze.user_signups.feed_created_at is 'user_created_at of the latest version in the users feed.';
comment on column bronze.user_signups.event_occurred_at is 'Time of the earliest user_signed_up event.';
comment on column bronze.user_signups.event_id is 'That event.';
comment on column bronze.user_signups.signed_up_at is 'The signup: the feed''s, else the event''s.';
comment on column bronze.user_signups.load_id is 'Load that last changed the row.';
create index user_signups_load_id on bronze.user_signups (load_id);

create table bronze.entity_facts (
    entity_id uuid not null,
    occurred_at timestamptz not null,
    event_id uuid not null,
    entity_type text not null check (entity_type in ('user', 'account')),
    event_type text not null,
    occurred_on date not null,
    metadata jsonb not null default '{}',
    load_id bigint not null,
    primary key (entity_id, occurred_at, event_id)
);
comment on table bronze.entity_facts is 'The lifecycle, payment and subscription events of users and accounts, found by entity.';
comment on column bronze.entity_facts.entity_id is 'Pseudonym of the user or account.';
comment on column bronze.entity_facts.occurred_at is 'When it happened.';
comment on column bronze.entity_facts.event_id is 'The event in bronze.events.';
comment on column bronze.entity_facts.entity_type is 'user or account.';
comment on column bronze.entity_facts.event_type is 'Built-in event type.';
comment on column bronze.entity_facts.occurred_on is 'Business day on which it happened.';
comment on column bronze.entity_facts.metadata is 'The event''s metadata: effective_on, dunning_type, ...';
comment on column bronze.entity_facts.load_id is 'Load that brought it.';
create index entity_facts_load_id on bronze.entity_facts (load_id);
create index entity_facts_occurred_on on bronze.entity_facts (occurred_on);

grant select, insert, update, delete on all tables in schema bronze to monstera_loader;
grant select, insert, update on ops.load_manifest to monstera_loader;
grant select on ops.suppressed_entities to monstera_loader;
grant select on all tables in schema bronze to monstera_transformer;
revoke select on bronze.event_quarantine from monstera_transformer;
grant update (product_id, is_qualifying_event, is_activation_event) on bronze.events to monstera_transformer;
grant select, update (published_as_of) on ops.load_manifest to monstera_transformer;
grant select on ops.load_manifest to monstera_alerter, monstera_analyst;
