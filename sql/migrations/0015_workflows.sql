-- Workflows as declared: what users do, in which order, to reach something.
create table ref.workflows (
    workflow_id text primary key,
    name text not null,
    products text[] not null,
    window_days integer not null check (window_days >= 1),
    owner text,
    description text,
    definition_version integer not null references ref.definition_versions
);
comment on table ref.workflows is 'Workflows: sequences of events by which users reach something, within one product or across several.';
comment on column ref.workflows.workflow_id is 'Id of the workflow.';
comment on column ref.workflows.name is 'Display name.';
comment on column ref.workflows.products is 'Products it takes place in.';
comment on column ref.workflows.window_days is 'Days after the start through which a run can be completed; abandoned afterwards.';
comment on column ref.workflows.owner is 'Team that owns it.';
comment on column ref.workflows.description is 'What users reach by it.';
comment on column ref.workflows.definition_version is 'Definition version that wrote the row.';

create table ref.workflow_steps (
    workflow_id text not null references ref.workflows,
    kind text not null check (kind in ('start', 'step', 'completion', 'abandonment')),
    seq integer not null,
    event_type text not null,
    product_id text,
    definition_version integer not null references ref.definition_versions,
    primary key (workflow_id, seq, event_type)
);
comment on table ref.workflow_steps is 'Event types of each workflow: its sequence from start to completion, and those that abandon it.';
comment on column ref.workflow_steps.workflow_id is 'The workflow.';
comment on column ref.workflow_steps.kind is 'start, step, completion or abandonment.';
comment on column ref.workflow_steps.seq is 'Position in the sequence, 1 is the start; 0: it abandons a run wherever it stands.';
comment on column ref.workflow_steps.event_type is 'Event type.';
comment on column ref.workflow_steps.product_id is 'Product of the event type; null: of none, or told by each event.';
comment on column ref.workflow_steps.definition_version is 'Definition version that wrote the row.';

grant select on ref.workflows, ref.workflow_steps to monstera_loader, monstera_transformer, monstera_alerter, monstera_analyst;
