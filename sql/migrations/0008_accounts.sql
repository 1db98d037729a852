-- Accounts: what the engine keeps of them. Facts are intervals; the history is a row per account and
-- day, since the numbers of accounts slide daily. Partitioned like the tables of users, so that a
-- rebuild can exchange them.

create aggregate silver.merged (jsonb) (sfunc = jsonb_concat, stype = jsonb, initcond = '{}');  -- noqa: LT01
comment on aggregate silver.merged(jsonb) is 'Objects laid over each other: of every key the value that came last.';  -- noqa: LT01

create table silver.account_members (
    user_id uuid not null,
    account_id uuid not null,
    from_on date not null,
    to_on date not null,
    primary key (user_id, from_on)
) partition by range (user_id);
comment on table silver.account_members is 'The account that each user belonged to, as stretches of days.';
comment on column silver.account_members.user_id is 'Pseudonym of the user.';
comment on column silver.account_members.account_id is 'Pseudonym of the account.';
comment on column silver.account_members.from_on is 'First day; -infinity: from the first day that anything is known of the user.';
comment on column silver.account_members.to_on is 'Last day; infinity: until something changes it.';
create index account_members_account on silver.account_members (account_id);

create table silver.account_facts (
    account_id uuid not null,
    acts_on date not null,
    position integer not null,
    kind text not null,
    acts_at timestamptz not null,
    event_id uuid,
    terms jsonb not null,
    primary key (account_id, position)
) partition by range (account_id);
comment on table silver.account_facts is 'What happened to each account, from events and from the accounts feed, in the order in which it acts.';
comment on column silver.account_facts.account_id is 'Pseudonym of the account.';
comment on column silver.account_facts.acts_on is 'Business day from whose end on the fact holds.';
comment on column silver.account_facts.position is 'Order of the facts of one account, from 1.';
comment on column silver.account_facts.kind is 'created, trial, started, continued, changed, renewed, ended, paused, resumed, payment_problem, payment_settled or deleted.';
comment on column silver.account_facts.acts_at is 'When it happened; midnight of acts_on where no event of that day says it.';
comment on column silver.account_facts.event_id is 'The event; null where the accounts feed or an earlier event says it.';
comment on column silver.account_facts.terms is 'What it sets: tier, seats, mrr, currency, renewal_on, auto_renew, trial_ends_on, pause_type, resume_on, failed_on.';

create table silver.account_fact_spans (
    account_id uuid not null,
    from_on date not null,
    to_on date not null,
    created_at timestamptz not null,
    created_on date not null,
    trial_ends_on date not null,
    is_deleted boolean not null,
    is_subscribed boolean not null,
    began_churned boolean not null,
    is_dunning boolean not null,
    frozen_type text check (frozen_type in ('payment_dunning', 'voluntary_pause', 'seasonal_inactive')),
    subscribed_on date,
    ended_on date,
    first_paid_at timestamptz,
    first_paid_on date,
    first_mrr_on date,
    tier text,
    tier_rank integer,
    seats integer,
    mrr numeric not null,
    currency text not null,
    rate numeric,
    renewal_on date,
    tier_rank_before integer,
    seats_before integer,
    mrr_before numeric,
    admin_user_id uuid,
    admin_since date not null,
    urgent_ticket_since date,
    nps numeric,
    csat numeric,
    primary key (account_id, from_on)
) partition by range (account_id);
comment on table silver.account_fact_spans is 'Contract of each account as stretches of days over which nothing of it changes; reaches into the future where a fact does.';
comment on column silver.account_fact_spans.account_id is 'Pseudonym of the account.';
comment on column silver.account_fact_spans.from_on is 'First day.';
comment on column silver.account_fact_spans.to_on is 'Last day; infinity: until something changes it.';
comment on column silver.account_fact_spans.created_at is 'Creation of the account.';
comment on column silver.account_fact_spans.created_on is 'Business day of the creation, the first day of the history.';
comment on column silver.account_fact_spans.trial_ends_on is 'Last day of the trial.';
comment on column silver.account_fact_spans.is_deleted is 'Whether the account is deleted.';
comment on column silver.account_fact_spans.is_subscribed is 'Whether a subscription runs at the end of the day.';
comment on column silver.account_fact_spans.began_churned is 'Whether the account was churned the day before the subscription began.';
comment on column silver.account_fact_spans.is_dunning is 'Whether a payment problem is open.';
comment on column silver.account_fact_spans.frozen_type is 'Why a subscribed account is frozen: payment_dunning, voluntary_pause or seasonal_inactive.';
comment on column silver.account_fact_spans.subscribed_on is 'First day of the unbroken subscription at hand.';
comment on column silver.account_fact_spans.ended_on is 'First day without the last subscription that ended.';
comment on column silver.account_fact_spans.first_paid_at is 'When the first subscription began.';
comment on column silver.account_fact_spans.first_paid_on is 'First day at whose end the account was subscribed.';
comment on column silver.account_fact_spans.first_mrr_on is 'First day with recurring revenue.';
comment on column silver.account_fact_spans.tier is 'Subscription tier.';
comment on column silver.account_fact_spans.tier_rank is 'Rank of the tier; null: not declared.';
comment on column silver.account_fact_spans.seats is 'Seats of the subscription.';
comment on column silver.account_fact_spans.mrr is 'Monthly recurring revenue in the account''s currency; 0 without subscription.';
comment on column silver.account_fact_spans.currency is 'Currency of the revenue, ISO 4217.';
comment on column silver.account_fact_spans.rate is 'What one unit of it is worth in the reporting currency; null: no rate is declared.';
comment on column silver.account_fact_spans.renewal_on is 'Day on which the contract renews.';
comment on column silver.account_fact_spans.tier_rank_before is 'Rank of the tier a window of days ago, or at the subscription''s start if that is later.';
comment on column silver.account_fact_spans.seats_before is 'Seats then.';
comment on column silver.account_fact_spans.mrr_before is 'Monthly recurring revenue then, in the currency of now.';
comment on column silver.account_fact_spans.admin_user_id is 'Pseudonym of the primary admin.';
comment on column silver.account_fact_spans.admin_since is 'First day on which that user (or nobody) is the primary admin.';
comment on column silver.account_fact_spans.urgent_ticket_since is 'Day on which the oldest open urgent ticket was opened; null: none.';
comment on column silver.account_fact_spans.nps is 'Mean of the answers to NPS surveys of late, 0 to 10; null: none.';
comment on column silver.account_fact_spans.csat is 'Mean of the answers to CSAT surveys of late, 1 to 5; null: none.';

create table silver.account_days (
    account_id uuid not null,
    date date not null,
    admin_last_active_on date,
    active_seats integer not null,
    total_seats integer,
    events_30 integer not null,
    events_prior_30 integer not null,
    products_count integer not null,
    products_before integer not null,
    active_seats_before integer not null,
    events_total bigint not null,
    usage_is_up boolean not null,
    state text not null check (state in (
        'trial', 'new_paid', 'active', 'expanding', 'contracting', 'at_risk', 'frozen', 'churned', 'reactivated',
        'deleted'
    )),
    state_reason text,
    seat_utilization numeric,
    mrr numeric not null,
    mrr_reporting numeric,
    currency text not null,
    rate numeric,
    risk_signals text[] not null,
    product_members jsonb not null,
    primary key (account_id, date)
) partition by range (account_id);
create index account_days_date on silver.account_days (date);
comment on table silver.account_days is 'Every account on every day from its creation to the last publication: its numbers and its state.';
comment on column silver.account_days.account_id is 'Pseudonym of the account.';
comment on column silver.account_days.date is 'Business day.';
comment on column silver.account_days.admin_last_active_on is 'Last qualifying day of the primary admin; null: never active.';
comment on column silver.account_days.active_seats is 'Members with a qualifying event in the window.';
comment on column silver.account_days.total_seats is 'Seats of the subscription; null without one.';
comment on column silver.account_days.events_30 is 'Members'' qualifying events in the window of days that ends with the date.';
comment on column silver.account_days.events_prior_30 is 'The same in the window before.';
comment on column silver.account_days.products_count is 'Products in which a member is active or reactivated.';
comment on column silver.account_days.products_before is 'The same a window of days ago.';
comment on column silver.account_days.active_seats_before is 'Active seats a window of days ago.';
comment on column silver.account_days.events_total is 'Members'' qualifying events since the creation of the account.';
comment on column silver.account_days.usage_is_up is 'Whether usage is up against the window before, with hysteresis.';
comment on column silver.account_days.state is 'State at the end of the day.';
comment on column silver.account_days.state_reason is 'trial_expired, subscription_lapsed or subscription_ended; null for other states.';
comment on column silver.account_days.seat_utilization is 'active_seats / total_seats, may exceed 1; null without seats.';
comment on column silver.account_days.mrr is 'Monthly recurring revenue in the account''s currency.';
comment on column silver.account_days.mrr_reporting is 'The same in the reporting currency.';
comment on column silver.account_days.currency is 'Currency of the revenue.';
comment on column silver.account_days.rate is 'What one unit of it is worth in the reporting currency on the day.';
comment on column silver.account_days.risk_signals is 'Risk signals that hold.';
comment on column silver.account_days.product_members is 'Product id → members who are active or reactivated in it.';

create table silver.account_state_transitions (
    transition_id uuid not null,
    account_id uuid not null,
    triggering_event_id uuid,
    transition_timestamp timestamptz not null,
    transition_on date not null,
    seq integer not null,
    days_in_previous_state integer,
    seat_change integer not null,
    from_state text,
    to_state text not null,
    transition_reason text not null,
    mrr_change numeric not null,
    primary key (account_id, transition_id)
) partition by range (account_id);
comment on table silver.account_state_transitions is 'Every step of every account from state to state, along legal edges only.';
comment on column silver.account_state_transitions.transition_id is 'Id of the step, the same however often it is computed.';
comment on column silver.account_state_transitions.account_id is 'Pseudonym of the account.';
comment on column silver.account_state_transitions.triggering_event_id is 'Event that made the state true; null where time or activity did.';
comment on column silver.account_state_transitions.transition_timestamp is 'Time of the step; midnight in the business zone where no event made it.';
comment on column silver.account_state_transitions.transition_on is 'Business day of the step.';
comment on column silver.account_state_transitions.seq is 'Order of the steps of one account and day, from 0.';
comment on column silver.account_state_transitions.days_in_previous_state is 'Days since the step before; null for the first.';
comment on column silver.account_state_transitions.seat_change is 'Seats gained on the day, on its last step; 0 on the others.';
comment on column silver.account_state_transitions.from_state is 'State left; null at the start.';
comment on column silver.account_state_transitions.to_state is 'State entered.';
comment on column silver.account_state_transitions.transition_reason is 'Why: creation, subscription, conversion, return, settled, growth, decline, the risk signals, subscription_lapsed, subscription_ended, trial_expired, payment_problem, pause, thawed, recovery or deletion.';
comment on column silver.account_state_transitions.mrr_change is 'Recurring revenue gained on the day in the account''s currency, on its last step; 0 on the others.';

create table silver.account_mrr_movements (
    account_id uuid not null,
    date date not null,
    movement text not null check (movement in ('new', 'reactivation', 'expansion', 'contraction', 'churn', 'fx')),
    currency text not null,
    amount numeric not null,
    mrr_after numeric not null,
    amount_reporting numeric,
    mrr_after_reporting numeric,
    primary key (account_id, date, movement)
) partition by range (account_id);
create index account_mrr_movements_date on silver.account_mrr_movements (date);
comment on table silver.account_mrr_movements is 'How the recurring revenue of each account moved, net by day.';
comment on column silver.account_mrr_movements.account_id is 'Pseudonym of the account.';
comment on column silver.account_mrr_movements.date is 'Business day.';
comment on column silver.account_mrr_movements.movement is 'new, reactivation, expansion, contraction, churn, or fx where a declared rate changed.';
comment on column silver.account_mrr_movements.currency is 'Currency of amount and mrr_after.';
comment on column silver.account_mrr_movements.amount is 'Revenue gained or lost in that currency; 0 for fx.';
comment on column silver.account_mrr_movements.mrr_after is 'Monthly recurring revenue at the end of the day.';
comment on column silver.account_mrr_movements.amount_reporting is 'The movement in the reporting currency.';
comment on column silver.account_mrr_movements.mrr_after_reporting is 'mrr_after in the reporting currency.';

create table gold.account_state_counts (
    date date not null,
    accounts bigint not null,
    mrr numeric not null,
    state text not null,
    primary key (state, date)
);
comment on table gold.account_state_counts is 'Accounts in each state at the end of each day and their recurring revenue; states without accounts have no row.';
comment on column gold.account_state_counts.date is 'Business day.';
comment on column gold.account_state_counts.accounts is 'Accounts in the state at the end of the day.';
comment on column gold.account_state_counts.mrr is 'Their monthly recurring revenue in the reporting currency.';
comment on column gold.account_state_counts.state is 'The state.';
create index account_state_counts_date on gold.account_state_counts (date);

create table silver.account_members_1 partition of silver.account_members for values from (minvalue) to (maxvalue);
create table silver.account_facts_1 partition of silver.account_facts for values from (minvalue) to (maxvalue);
create table silver.account_fact_spans_1 partition of silver.account_fact_spans for values from (minvalue) to (maxvalue);
create table silver.account_days_1 partition of silver.account_days for values from (minvalue) to (maxvalue);
create table silver.account_state_transitions_1 partition of silver.account_state_transitions for values from (minvalue) to (maxvalue);
create table silver.account_mrr_movements_1 partition of silver.account_mrr_movements for values from (minvalue) to (maxvalue);

-- The customer feeds exist only where they are declared, and a folder may declare them otherwise.
create function bronze.has_columns(feed text, names text[]) returns boolean
language sql stable as $$
    select count(*) = cardinality(names)
    from pg_attribute
    where attrelid = to_regclass('bronze.' || quote_ident(feed)) and attname = any(names) and not attisdropped
$$;
comment on function bronze.has_columns is 'Whether the table of a feed is there with all these columns.';

create function bronze.tickets() returns table (
    account_id uuid, ticket_id text, priority text, status text, opened_at timestamptz, updated_at timestamptz,
    load_id bigint
)
language plpgsql stable as $$
begin
    if bronze.has_columns(
        'support_tickets', array['account_id', 'ticket_id', 'priority', 'status', 'opened_at', 'updated_at']
    ) then
        return query execute
            'select account_id, ticket_id::text, priority::text, status::text, opened_at, updated_at, load_id'
            ' from bronze.support_tickets where account_id is not null';
    end if;
end $$;
comment on function bronze.tickets is 'Versions of support tickets, where the feed support_tickets is declared with these columns; else no rows.';

create function bronze.survey_answers() returns table (
    account_id uuid, survey text, score numeric, answered_at timestamptz, load_id bigint
)
language plpgsql stable as $$
begin
    if bronze.has_columns('survey_responses', array['account_id', 'survey', 'score', 'answered_at']) then
        return query execute
            'select account_id, survey::text, score::numeric, answered_at, load_id'
            ' from bronze.survey_responses where account_id is not null';
    end if;
end $$;
comment on function bronze.survey_answers is 'Answers to surveys, where the feed survey_responses is declared with these columns; else no rows.';

create table ref.health_inputs (
    health_model text not null,
    component text not null,
    input text not null,
    zero_at numeric not null,
    full_at numeric not null,
    definition_version integer not null references ref.definition_versions,
    primary key (health_model, component, input)
);
comment on table ref.health_inputs is 'What the components of the health scores are measured by.';
comment on column ref.health_inputs.health_model is 'Health model.';
comment on column ref.health_inputs.component is 'Component of the score.';
comment on column ref.health_inputs.input is 'Number that it is measured by.';
comment on column ref.health_inputs.zero_at is 'Value that counts 0; between the two it counts in proportion.';
comment on column ref.health_inputs.full_at is 'Value that counts 100.';
comment on column ref.health_inputs.definition_version is 'Definition version that wrote the row.';
grant select on ref.health_inputs to monstera_loader, monstera_transformer, monstera_alerter, monstera_analyst;

alter table ref.account_settings add column survey_days integer not null default 90;
comment on column ref.account_settings.survey_days is 'Days over which the answer to a survey counts.';
comment on column ref.legal_transitions.scope_kind is 'platform, product or account.';
comment on column ref.transition_paths.scope_kind is 'platform, product or account.';

grant select, insert, update, delete on all tables in schema silver, gold to monstera_transformer;
grant select on all tables in schema silver, gold to monstera_analyst, monstera_alerter;
do $$
declare
    name regclass;
begin
    for name in
        select oid from pg_class
        where relnamespace = 'silver'::regnamespace and relkind in ('r', 'p') and relname like 'account%'
    loop
        execute format('alter table %s owner to monstera_transformer', name);
    end loop;
end $$;
