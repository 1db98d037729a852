-- The states of users: what the engine keeps, and the names that analysts read.
--
-- The stored tables are partitioned by user although one partition holds them all today: a rebuild
-- fills fresh partitions beside the published ones and exchanges them in one transaction, so that
-- views and grants of readers stay; and ranges of users can move to machines of their own one day.

create table silver.user_daily_activity (
    active_on date not null,
    events integer not null,
    qualifying_events integer not null,
    first_event_at timestamptz not null,
    first_qualifying_at timestamptz,
    last_qualifying_at timestamptz,
    user_id uuid not null,
    first_event_id uuid not null,
    first_qualifying_event_id uuid,
    scope text not null,
    last_qualifying_event_type text,
    primary key (user_id, active_on, scope)
) partition by range (user_id);
comment on table silver.user_daily_activity is 'What each user did on each day in each product: the aggregate that states are computed from.';
comment on column silver.user_daily_activity.active_on is 'Business day.';
comment on column silver.user_daily_activity.events is 'Events of any type.';
comment on column silver.user_daily_activity.qualifying_events is 'Qualifying events.';
comment on column silver.user_daily_activity.first_event_at is 'Time of the first event.';
comment on column silver.user_daily_activity.first_qualifying_at is 'Time of the first qualifying event; null: none.';
comment on column silver.user_daily_activity.last_qualifying_at is 'Time of the last qualifying event; null: none.';
comment on column silver.user_daily_activity.user_id is 'Pseudonym of the user.';
comment on column silver.user_daily_activity.first_event_id is 'The first event.';
comment on column silver.user_daily_activity.first_qualifying_event_id is 'The first qualifying event.';
comment on column silver.user_daily_activity.scope is 'Product of the events; ''platform'' for events of no product.';
comment on column silver.user_daily_activity.last_qualifying_event_type is 'Type of the last qualifying event.';

create table silver.user_activation_events (
    occurred_on date not null,
    first_at timestamptz not null,
    user_id uuid not null,
    scope text not null,
    event_type text not null,
    primary key (user_id, scope, event_type, occurred_on)
) partition by range (user_id);
comment on table silver.user_activation_events is 'First event of each day of the types that activation paths name.';
comment on column silver.user_activation_events.occurred_on is 'Business day.';
comment on column silver.user_activation_events.first_at is 'Time of the first one that day.';
comment on column silver.user_activation_events.user_id is 'Pseudonym of the user.';
comment on column silver.user_activation_events.scope is 'Product of the events; ''platform'' for events of no product.';
comment on column silver.user_activation_events.event_type is 'Event type.';

create table silver.user_lives (
    user_id uuid not null,
    life_number integer not null,
    started_on date not null,
    ended_on date not null,
    started_at timestamptz not null,
    ended_at timestamptz not null,
    start_event_id uuid,
    end_event_id uuid,
    primary key (user_id, life_number)
) partition by range (user_id);
comment on table silver.user_lives is 'Lives of each user: the first from signup, a further one from each restore, until deletion.';
comment on column silver.user_lives.user_id is 'Pseudonym of the user.';
comment on column silver.user_lives.life_number is 'Number of the life, from 1.';
comment on column silver.user_lives.started_on is 'Business day of the signup or restore.';
comment on column silver.user_lives.ended_on is 'Business day of the deletion (its end is not alive any more); infinity: alive.';
comment on column silver.user_lives.started_at is 'Time of the signup or restore.';
comment on column silver.user_lives.ended_at is 'Time of the deletion; infinity: alive.';
comment on column silver.user_lives.start_event_id is 'user_signed_up or user_restored event; null where the users feed says the signup.';
comment on column silver.user_lives.end_event_id is 'user_deleted event.';

create table silver.user_dunning_spans (
    user_id uuid not null,
    from_on date not null,
    to_on date not null,
    dunning_type text not null check (dunning_type in ('soft', 'grace', 'hard')),
    dunning_since timestamptz not null,
    opened_at timestamptz,
    opening_event_id uuid,
    closed_at timestamptz,
    closing_event_id uuid,
    primary key (user_id, from_on)
) partition by range (user_id);
comment on table silver.user_dunning_spans is 'Days at whose end a payment problem of the user or their account is open.';
comment on column silver.user_dunning_spans.user_id is 'Pseudonym of the user.';
comment on column silver.user_dunning_spans.from_on is 'First day.';
comment on column silver.user_dunning_spans.to_on is 'Last day; infinity: open.';
comment on column silver.user_dunning_spans.dunning_type is 'soft, grace or hard.';
comment on column silver.user_dunning_spans.dunning_since is 'Time of the first unresolved failure.';
comment on column silver.user_dunning_spans.opened_at is 'Time of the failure on from_on that opened the problem; null where no event of that day did.';
comment on column silver.user_dunning_spans.opening_event_id is 'That event.';
comment on column silver.user_dunning_spans.closed_at is 'Time of the event on the day after to_on that closed the problem; null where none did.';
comment on column silver.user_dunning_spans.closing_event_id is 'That event.';

create table silver.user_states (
    started_on date not null,
    active_until date,
    dormant_until date,
    last_qualifying_on date,
    next_change_on date not null,
    life_number integer not null,
    state_since timestamptz not null,
    started_at timestamptz not null,
    last_qualifying_at timestamptz,
    activation_date timestamptz,
    dunning_since timestamptz,
    updated_at timestamptz not null default now(),
    qualifying_events bigint not null,
    user_id uuid not null,
    is_dunning boolean not null,
    scope text not null,
    state text not null,
    activity_state text,
    dunning_type text,
    last_qualifying_event_type text,
    primary key (user_id, scope)
) partition by range (user_id);
comment on table silver.user_states is 'Where every user stands in every scope: the balance that the next day starts from.';
comment on column silver.user_states.started_on is 'First day of the life (platform) or of access (product).';
comment on column silver.user_states.active_until is 'Last day on which the activity so far keeps the user active; null: none yet.';
comment on column silver.user_states.dormant_until is 'Last day on which it keeps the user dormant; null: none yet.';
comment on column silver.user_states.last_qualifying_on is 'Last day with a qualifying event in this life.';
comment on column silver.user_states.next_change_on is 'Day on which the row changes by itself; infinity: never.';
comment on column silver.user_states.life_number is 'Life of the user that it belongs to.';
comment on column silver.user_states.state_since is 'Time of the last transition.';
comment on column silver.user_states.started_at is 'Time of the signup or restore (platform) or first access (product).';
comment on column silver.user_states.last_qualifying_at is 'Time of the last qualifying event in this life.';
comment on column silver.user_states.activation_date is 'Time at which the product was activated; null: not, or not in time.';
comment on column silver.user_states.dunning_since is 'Time of the first unresolved payment failure.';
comment on column silver.user_states.updated_at is 'When the row was last computed.';
comment on column silver.user_states.qualifying_events is 'Qualifying events in this life.';
comment on column silver.user_states.user_id is 'Pseudonym of the user.';
comment on column silver.user_states.is_dunning is 'Whether a payment problem is open.';
comment on column silver.user_states.scope is '''platform'' or a product id.';
comment on column silver.user_states.state is 'State as of the publication.';
comment on column silver.user_states.activity_state is 'State by activity alone; null while deleted.';
comment on column silver.user_states.dunning_type is 'soft, grace or hard while is_dunning.';
comment on column silver.user_states.last_qualifying_event_type is 'Type of the last qualifying event in this life.';

create table silver.user_state_spans (
    from_on date not null,
    to_on date not null,
    last_qualifying_on date,
    life_number integer not null,
    user_id uuid not null,
    is_dunning boolean not null,
    scope text not null,
    state text not null,
    activity_state text,
    dunning_type text,
    primary key (user_id, scope, from_on)
) partition by range (user_id);
comment on table silver.user_state_spans is 'History as intervals: every stretch of days over which a user''s state in a scope stays the same.';
comment on column silver.user_state_spans.from_on is 'First day.';
comment on column silver.user_state_spans.to_on is 'Last day; infinity: until something changes it.';
comment on column silver.user_state_spans.last_qualifying_on is 'Last qualifying day on or before from_on.';
comment on column silver.user_state_spans.life_number is 'Life of the user.';
comment on column silver.user_state_spans.user_id is 'Pseudonym of the user.';
comment on column silver.user_state_spans.is_dunning is 'Whether a payment problem is open.';
comment on column silver.user_state_spans.scope is '''platform'' or a product id.';
comment on column silver.user_state_spans.state is 'State at the end of each of the days.';
comment on column silver.user_state_spans.activity_state is 'State by activity alone; null while deleted.';
comment on column silver.user_state_spans.dunning_type is 'soft, grace or hard while is_dunning.';

create table silver.user_state_transitions (
    transition_id uuid not null,
    user_id uuid not null,
    triggering_event_id uuid,
    transition_timestamp timestamptz not null,
    transition_on date not null,
    seq integer not null,
    days_in_previous_state integer,
    scope text not null,
    from_state text,
    to_state text not null,
    reason text not null,
    primary key (user_id, transition_id)
) partition by range (user_id);
comment on table silver.user_state_transitions is 'Every step of every user from state to state, along legal edges only.';
comment on column silver.user_state_transitions.transition_id is 'Id of the step, the same however often it is computed.';
comment on column silver.user_state_transitions.user_id is 'Pseudonym of the user.';
comment on column silver.user_state_transitions.triggering_event_id is 'Event that made the state true; null where time did.';
comment on column silver.user_state_transitions.transition_timestamp is 'Time of the step; midnight in the business zone where no event made it.';
comment on column silver.user_state_transitions.transition_on is 'Business day of the step.';
comment on column silver.user_state_transitions.seq is 'Order of the steps of one user, scope and day, from 0.';
comment on column silver.user_state_transitions.days_in_previous_state is 'Days since the step before; null for the first.';
comment on column silver.user_state_transitions.scope is '''platform'' or a product id.';
comment on column silver.user_state_transitions.from_state is 'State left; null at the start.';
comment on column silver.user_state_transitions.to_state is 'State entered.';
comment on column silver.user_state_transitions.reason is 'Why: signup, first_access, activity, late_activation, inactivity, settled, payment_problem, payment_settled, deletion, restore.';

create table gold.user_state_counts (
    date date not null,
    users bigint not null,
    scope text not null,
    state text not null,
    primary key (scope, state, date)
);
comment on table gold.user_state_counts is 'Users in each state at the end of each day, by scope; states without users have no row.';
comment on column gold.user_state_counts.date is 'Business day.';
comment on column gold.user_state_counts.users is 'Users in the state at the end of the day.';
comment on column gold.user_state_counts.scope is '''platform'' or a product id.';
comment on column gold.user_state_counts.state is 'The state.';
create index user_state_counts_date on gold.user_state_counts (date);

create table silver.user_daily_activity_1 partition of silver.user_daily_activity for values from (minvalue) to (maxvalue);
create table silver.user_activation_events_1 partition of silver.user_activation_events for values from (minvalue) to (maxvalue);
create table silver.user_lives_1 partition of silver.user_lives for values from (minvalue) to (maxvalue);
create table silver.user_dunning_spans_1 partition of silver.user_dunning_spans for values from (minvalue) to (maxvalue);
create table silver.user_states_1 partition of silver.user_states for values from (minvalue) to (maxvalue);
create table silver.user_state_spans_1 partition of silver.user_state_spans for values from (minvalue) to (maxvalue);
create table silver.user_state_transitions_1 partition of silver.user_state_transitions for values from (minvalue) to (maxvalue);
alter table silver.user_states_1 set (fillfactor = 70);  -- room for updates in place

-- Scratch tables of the publish at work; empty between publishes.
create schema run;
comment on schema run is 'Scratch tables of the publish at work; empty between publishes.';
create schema rebuild;
comment on schema rebuild is 'Fresh tables of a rebuild at work, before they take the published ones'' place.';
grant usage, create on schema run, rebuild, silver to monstera_transformer;
grant select, insert, update, delete on all tables in schema silver, gold to monstera_transformer;
grant select on all tables in schema silver, gold to monstera_analyst, monstera_alerter;

-- Whoever publishes exchanges the partitions, which takes their owner.
do $$
declare
    name regclass;
begin
    for name in select oid from pg_class where relnamespace = 'silver'::regnamespace and relkind in ('r', 'p') loop
        execute format('alter table %s owner to monstera_transformer', name);
    end loop;
end $$;
