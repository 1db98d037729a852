-- Runs of workflows. The engine keeps the events that matter to them, since those in bronze are kept
-- by day and not by user.
create table silver.user_workflow_events (
    occurred_at timestamptz not null,
    occurred_on date not null,
    user_id uuid not null,
    event_type text not null,
    primary key (user_id, occurred_at, event_type)
) partition by range (user_id);
comment on table silver.user_workflow_events is 'Events of the types that workflows name.';
comment on column silver.user_workflow_events.occurred_at is 'When it happened.';
comment on column silver.user_workflow_events.occurred_on is 'Business day.';
comment on column silver.user_workflow_events.user_id is 'Pseudonym of the user.';
comment on column silver.user_workflow_events.event_type is 'Event type.';

create table silver.user_workflow_runs (
    started_at timestamptz not null,
    completed_at timestamptz,
    abandoned_at timestamptz,
    started_on date not null,
    completed_on date,
    abandoned_on date,
    open_until date not null,
    life_number integer not null,
    steps_reached integer not null,
    user_id uuid not null,
    workflow_id text not null,
    primary key (user_id, workflow_id, started_at)
) partition by range (user_id);
comment on table silver.user_workflow_runs is 'Every run of every workflow: from its start until it is completed, abandoned, or its window has passed.';
comment on column silver.user_workflow_runs.started_at is 'When it began.';
comment on column silver.user_workflow_runs.completed_at is 'When it was completed; null: not.';
comment on column silver.user_workflow_runs.abandoned_at is 'When an event abandoned it; null: none did.';
comment on column silver.user_workflow_runs.started_on is 'Business day of its start.';
comment on column silver.user_workflow_runs.completed_on is 'Business day of its completion.';
comment on column silver.user_workflow_runs.abandoned_on is 'Business day on which an event abandoned it.';
comment on column silver.user_workflow_runs.open_until is 'Last day on which it can be completed; without an end it counts as abandoned afterwards.';
comment on column silver.user_workflow_runs.life_number is 'Life of the user that it belongs to.';
comment on column silver.user_workflow_runs.steps_reached is 'How far it came: 1 is the start, the greatest seq of the workflow its completion.';
comment on column silver.user_workflow_runs.user_id is 'Pseudonym of the user.';
comment on column silver.user_workflow_runs.workflow_id is 'Workflow.';
create index user_workflow_runs_started_on on silver.user_workflow_runs (started_on);
create index user_workflow_runs_completed_on on silver.user_workflow_runs (completed_on);

create table silver.user_workflow_events_1 partition of silver.user_workflow_events for values from (minvalue) to (maxvalue);
create table silver.user_workflow_runs_1 partition of silver.user_workflow_runs for values from (minvalue) to (maxvalue);
alter table silver.user_workflow_events owner to monstera_transformer;
alter table silver.user_workflow_events_1 owner to monstera_transformer;
alter table silver.user_workflow_runs owner to monstera_transformer;
alter table silver.user_workflow_runs_1 owner to monstera_transformer;
grant select on silver.user_workflow_events, silver.user_workflow_runs to monstera_analyst, monstera_alerter;

-- Where a user stands in a workflow, event by event.
create type silver.workflow_position as (started_at timestamptz, started_on date, reached integer, is_over boolean);
comment on type silver.workflow_position is 'Where a user stands in a workflow after an event: the run, its step, whether it ended; null: in no run.';

create function silver.advance_workflow(
    here silver.workflow_position, occurred_at timestamptz, occurred_on date, seqs integer[], final integer, window_days integer
) returns silver.workflow_position
language plpgsql immutable as $$
begin
    if not here.is_over and occurred_on <= here.started_on + window_days then
        if 0 = any(seqs) then
            here.is_over := true;
        elsif here.reached + 1 = any(seqs) then
            here.reached := here.reached + 1;
            here.is_over := here.reached = final;
        end if;
        return here;
    elsif 1 = any(seqs) then
        return row(occurred_at, occurred_on, 1, false)::silver.workflow_position;
    end if;
    return null;
end
$$;
comment on function silver.advance_workflow is 'Where a user stands after one more event, whose type stands at the positions seqs of the workflow (0 abandons).';

create aggregate silver.walk_workflow (timestamptz, date, integer [], integer, integer) (  -- noqa: LT01
    sfunc = silver.advance_workflow, stype = silver.workflow_position
);
comment on aggregate silver.walk_workflow(timestamptz, date, integer [], integer, integer) is 'Where a user stands after events in their order.';  -- noqa: LT01
grant execute on function silver.advance_workflow to monstera_transformer;
