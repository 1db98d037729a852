-- Alerts: where every rule stands on every segment, its incidents, and the messages they owe.
create table ops.alert_incidents (
    incident_id bigint generated always as identity primary key,
    fingerprint text not null,
    rule_id text not null,
    segment jsonb not null default '{}',
    owner text not null,
    priority text not null check (priority in ('P0', 'P1', 'P2', 'P3')),
    runbook text not null,
    opened_at timestamptz not null,
    opened_on date not null,
    last_seen_at timestamptz not null,
    last_seen_on date not null,
    resolved_at timestamptz,
    resolved_on date,
    resolved_value numeric,
    value numeric,
    peak_value numeric,
    baseline numeric,
    threshold numeric,
    population numeric,
    facts jsonb not null default '{}',
    is_live boolean not null,
    notified_at timestamptz,
    last_notified_at timestamptz,
    resolve_notified_at timestamptz,
    reminders integer not null default 0,
    acknowledged_at timestamptz,
    acknowledged_by text,
    silenced_by bigint,
    inhibited_by text,
    verdict text check (verdict in ('true_positive', 'false_positive', 'expected')),
    verdict_by text,
    verdict_at timestamptz
);
comment on table ops.alert_incidents is 'One row per continuous firing of one rule on one segment.';
comment on column ops.alert_incidents.incident_id is 'Number of the incident.';
comment on column ops.alert_incidents.fingerprint is 'Rule and sorted segment labels; with opened_at it names the incident to the outside.';
comment on column ops.alert_incidents.rule_id is 'Rule that fired.';
comment on column ops.alert_incidents.segment is 'Segment labels; empty: the total.';
comment on column ops.alert_incidents.owner is 'Team that owns the rule.';
comment on column ops.alert_incidents.priority is 'P0 critical, P1 high, P2 medium, P3 low; the highest it reached.';
comment on column ops.alert_incidents.runbook is 'Path of the runbook.';
comment on column ops.alert_incidents.opened_at is 'When it began to fire.';
comment on column ops.alert_incidents.opened_on is 'Date of the data that made it fire.';
comment on column ops.alert_incidents.last_seen_at is 'When the rule was last in breach.';
comment on column ops.alert_incidents.last_seen_on is 'Date of the data that was last in breach.';
comment on column ops.alert_incidents.resolved_at is 'When it resolved; null: open.';
comment on column ops.alert_incidents.resolved_on is 'Date of the data that resolved it.';
comment on column ops.alert_incidents.resolved_value is 'Value that resolved it; null: open, or there is none.';
comment on column ops.alert_incidents.value is 'Value when last in breach.';
comment on column ops.alert_incidents.peak_value is 'Value furthest beyond the threshold.';
comment on column ops.alert_incidents.baseline is 'What the value was compared with; null: nothing.';
comment on column ops.alert_incidents.threshold is 'The limit that the value passed, in the value''s unit.';
comment on column ops.alert_incidents.population is 'People behind the value; null: it does not count people.';
comment on column ops.alert_incidents.facts is 'What else a message needs to say: a failed run, a check''s table.';
comment on column ops.alert_incidents.is_live is 'Whether an evaluation that may notify has seen it; history evaluated later stays silent.';
comment on column ops.alert_incidents.notified_at is 'When the message that it fires was written; null: not.';
comment on column ops.alert_incidents.last_notified_at is 'When the latest message or reminder was written.';
comment on column ops.alert_incidents.resolve_notified_at is 'When the message that it resolved was written, or found not to be owed.';
comment on column ops.alert_incidents.reminders is 'Reminders written.';
comment on column ops.alert_incidents.acknowledged_at is 'When somebody took it over; reminders end.';
comment on column ops.alert_incidents.acknowledged_by is 'Who.';
comment on column ops.alert_incidents.silenced_by is 'Silence that holds its messages back; null: none.';
comment on column ops.alert_incidents.inhibited_by is 'Firing rule that holds its messages back; null: none.';
comment on column ops.alert_incidents.verdict is 'true_positive, false_positive or expected, as people judged it.';
comment on column ops.alert_incidents.verdict_by is 'Who judged.';
comment on column ops.alert_incidents.verdict_at is 'When.';
create unique index alert_incidents_open on ops.alert_incidents (fingerprint) where resolved_at is null;
create index alert_incidents_rule on ops.alert_incidents (rule_id, opened_on);
create index alert_incidents_resolve_owed on ops.alert_incidents (incident_id)
    where resolved_at is not null and notified_at is not null and resolve_notified_at is null;

create table ops.alert_states (
    fingerprint text primary key,
    rule_id text not null,
    segment jsonb not null default '{}',
    state text not null
        check (state in ('inactive', 'pending', 'firing', 'recovering', 'resolved', 'no_data', 'error')),
    streak integer not null check (streak >= 0),
    evaluated_for timestamptz,
    incident_id bigint references ops.alert_incidents,
    updated_at timestamptz not null
);
comment on table ops.alert_states is 'Where every rule stands on every segment.';
comment on column ops.alert_states.fingerprint is 'Rule and sorted segment labels.';
comment on column ops.alert_states.rule_id is 'The rule.';
comment on column ops.alert_states.segment is 'Segment labels; empty: the total.';
comment on column ops.alert_states.state is 'inactive, pending, firing, recovering, resolved, no_data or error.';
comment on column ops.alert_states.streak is 'Breaches in a row while pending, evaluations without breach in a row while recovering.';
comment on column ops.alert_states.evaluated_for is 'Moment that the latest judgement speaks of; earlier ones change nothing any more. Null: errors only.';
comment on column ops.alert_states.incident_id is 'The open incident; null: none.';
comment on column ops.alert_states.updated_at is 'When it was last evaluated.';

create table ops.alert_evaluations (
    evaluation_id bigint generated always as identity primary key,
    fingerprint text not null,
    rule_id text not null,
    segment jsonb not null default '{}',
    evaluated_for timestamptz not null,
    data_date date not null,
    outcome text not null check (outcome in ('clear', 'breach', 'no_data', 'error')),
    state text not null,
    priority text not null,
    value numeric,
    baseline numeric,
    threshold numeric,
    detail text,
    evaluated_at timestamptz not null,
    unique (fingerprint, evaluated_for)
);
comment on table ops.alert_evaluations is 'Every evaluation of every rule on every segment; of one moment the first stands.';
comment on column ops.alert_evaluations.evaluation_id is 'Number of the evaluation.';
comment on column ops.alert_evaluations.fingerprint is 'Rule and sorted segment labels.';
comment on column ops.alert_evaluations.rule_id is 'The rule.';
comment on column ops.alert_evaluations.segment is 'Segment labels; empty: the total.';
comment on column ops.alert_evaluations.evaluated_for is 'Moment that it speaks of: the end of the data''s period, or the time of a check or of the clock.';
comment on column ops.alert_evaluations.data_date is 'Date of the data: the day, or the first day of the period.';
comment on column ops.alert_evaluations.outcome is 'clear, breach, no_data (no value, or nothing to compare it with) or error.';
comment on column ops.alert_evaluations.state is 'State after it.';
comment on column ops.alert_evaluations.priority is 'Priority that a breach had.';
comment on column ops.alert_evaluations.value is 'Value that was judged.';
comment on column ops.alert_evaluations.baseline is 'What it was compared with; null: nothing.';
comment on column ops.alert_evaluations.threshold is 'Limit in the value''s unit: the one passed, else the nearer.';
comment on column ops.alert_evaluations.detail is 'Why there was no judgement.';
comment on column ops.alert_evaluations.evaluated_at is 'When.';
create index alert_evaluations_rule on ops.alert_evaluations (rule_id, data_date);

create table ops.alert_silences (
    silence_id bigint generated always as identity primary key,
    rule_id text,
    segment jsonb not null default '{}',
    author text not null,
    reason text not null check (reason <> ''),
    starts_at timestamptz not null,
    ends_at timestamptz not null,
    constraint ends_within_seven_days check (ends_at > starts_at and ends_at <= starts_at + interval '7 days')
);
comment on table ops.alert_silences is 'Who asked for quiet, for which alerts, why and until when.';
comment on column ops.alert_silences.silence_id is 'Number of the silence.';
comment on column ops.alert_silences.rule_id is 'Rule that it silences; null: every rule.';
comment on column ops.alert_silences.segment is 'Labels that an alert must have to be silenced; empty: any.';
comment on column ops.alert_silences.author is 'Who asked.';
comment on column ops.alert_silences.reason is 'Why.';
comment on column ops.alert_silences.starts_at is 'When it begins.';
comment on column ops.alert_silences.ends_at is 'When it ends, within seven days; what still fires then, notifies.';
alter table ops.alert_incidents add foreign key (silenced_by) references ops.alert_silences;

create table ops.notification_outbox (
    outbox_id bigint generated always as identity primary key,
    incident_id bigint not null references ops.alert_incidents,
    channel text not null,
    receiver text not null,
    kind text not null check (kind in ('fire', 'reminder', 'resolve')),
    sequence integer not null check (sequence >= 0),
    message_id uuid not null,
    position integer not null check (position >= 0),
    owner text not null,
    priority text not null check (priority in ('P0', 'P1', 'P2', 'P3')),
    payload jsonb not null,
    created_at timestamptz not null,
    next_attempt_at timestamptz not null,
    attempts integer not null default 0,
    sent_at timestamptz,
    cancelled_at timestamptz,
    last_error text,
    unique (incident_id, channel, receiver, kind, sequence),
    unique (message_id, position)
);
comment on table ops.notification_outbox is 'What has to leave: one row per incident, channel, receiver, kind and sequence, written with the state change.';
comment on column ops.notification_outbox.outbox_id is 'Number of the row.';
comment on column ops.notification_outbox.incident_id is 'Incident that it tells of.';
comment on column ops.notification_outbox.channel is 'Channel that carries it, e.g. mail.';
comment on column ops.notification_outbox.receiver is 'Address within the channel.';
comment on column ops.notification_outbox.kind is 'fire, reminder or resolve.';
comment on column ops.notification_outbox.sequence is 'Number among its kind, from 0: the number of the reminder.';
comment on column ops.notification_outbox.message_id is 'Message it travels in: rows of one run, receiver, owner, priority and kind share one.';
comment on column ops.notification_outbox.position is 'Place within the message, from 0; who sends locks the first that is not cancelled.';
comment on column ops.notification_outbox.owner is 'Team that owns the rule.';
comment on column ops.notification_outbox.priority is 'Priority when written.';
comment on column ops.notification_outbox.payload is 'What to say, in words and formatted numbers, as it was when written.';
comment on column ops.notification_outbox.created_at is 'When it was written.';
comment on column ops.notification_outbox.next_attempt_at is 'When a sender may take it next.';
comment on column ops.notification_outbox.attempts is 'Attempts so far.';
comment on column ops.notification_outbox.sent_at is 'When the channel accepted it; null: not yet.';
comment on column ops.notification_outbox.cancelled_at is 'When it was given up because the incident was over before it left.';
comment on column ops.notification_outbox.last_error is 'What the last failed attempt met.';
create index notification_outbox_due on ops.notification_outbox (next_attempt_at)
    where sent_at is null and cancelled_at is null;

grant select, insert, update on ops.alert_incidents, ops.alert_states, ops.alert_evaluations,
    ops.alert_silences, ops.notification_outbox to monstera_alerter;
grant select on ops.alert_incidents, ops.alert_states, ops.alert_evaluations, ops.alert_silences to monstera_analyst;
