-- Delivery: digests beside incidents, what is refused and since when, and messages shown in the app.
alter table ops.notification_outbox
    alter column incident_id drop not null,
    add column digest text,
    add column failing_since timestamptz,
    add column skipped_at timestamptz,
    drop constraint notification_outbox_kind_check,
    add constraint notification_outbox_kind_check check (kind in ('fire', 'reminder', 'resolve', 'digest')),
    add constraint of_an_incident_or_a_digest check ((incident_id is null) = (kind = 'digest')),
    add constraint digest_has_a_period check ((digest is not null) = (kind = 'digest')),
    add constraint skipped_is_cancelled check (skipped_at is null or cancelled_at is not null);
create unique index notification_outbox_digest on ops.notification_outbox (digest, channel, receiver);

comment on table ops.notification_outbox is 'What has to leave: one row per incident, channel, receiver, kind and sequence, written with the state change; one per digest and receiver.';
comment on column ops.notification_outbox.incident_id is 'Incident that it tells of; null: a digest.';
comment on column ops.notification_outbox.receiver is 'Address within the channel: a mail address, the name of a connection, a team.';
comment on column ops.notification_outbox.kind is 'fire, reminder, resolve or digest.';
comment on column ops.notification_outbox.digest is 'Kind of digest and first day of its period, e.g. daily 2026-01-05; null: an incident.';
comment on column ops.notification_outbox.failing_since is 'When the first of its attempts failed; null: none has.';
comment on column ops.notification_outbox.skipped_at is 'When it was given up because its channel is not set up; null: it was not.';
comment on column ops.notification_outbox.cancelled_at is 'When it was given up: the incident was over before it left, the channel is not set up or refused it for a day.';

create view ops.delivery_health as
select
    channel,
    receiver,
    min(failing_since) filter (where sent_at is null and cancelled_at is null) as refused_since,
    count(*) filter (where sent_at is null and cancelled_at is null and failing_since is not null) as messages_waiting,
    max(skipped_at) as skipped_at,
    max(sent_at) as last_sent_at,
    (array_agg(last_error order by coalesce(skipped_at, failing_since) desc) filter (where last_error is not null))[1]
        as last_error
from ops.notification_outbox
group by channel, receiver;
comment on view ops.delivery_health is 'How delivery goes by channel and receiver; a receiver that refuses for 15 minutes is what the rule delivery_failed looks for.';
comment on column ops.delivery_health.channel is 'mail, slack, pagerduty, webhook or in_app.';
comment on column ops.delivery_health.receiver is 'Address within the channel.';
comment on column ops.delivery_health.refused_since is 'Since when a message that still waits has been refused; null: none is.';
comment on column ops.delivery_health.messages_waiting is 'Rows that were refused and still wait.';
comment on column ops.delivery_health.skipped_at is 'When a message was last skipped because there is no such connection; null: none was.';
comment on column ops.delivery_health.last_sent_at is 'When a message was last taken.';
comment on column ops.delivery_health.last_error is 'What the latest message in trouble met.';

create view ops.in_app_messages as
select
    outbox_id as message_number,
    incident_id,
    kind,
    owner,
    priority,
    payload ->> 'title' as title,
    payload ->> 'sentence' as sentence,
    created_at
from ops.notification_outbox
where channel = 'in_app' and sent_at is not null;
comment on view ops.in_app_messages is 'Messages for the page of alerts.';
comment on column ops.in_app_messages.message_number is 'Number of the message, rising with time.';
comment on column ops.in_app_messages.incident_id is 'Incident that it tells of.';
comment on column ops.in_app_messages.kind is 'fire, reminder or resolve.';
comment on column ops.in_app_messages.owner is 'Team that owns the rule.';
comment on column ops.in_app_messages.priority is 'P0 critical, P1 high, P2 medium, P3 low.';
comment on column ops.in_app_messages.title is 'What happened, in a few words.';
comment on column ops.in_app_messages.sentence is 'What happened, in one sentence.';
comment on column ops.in_app_messages.created_at is 'When it was written.';

grant select on ops.delivery_health, ops.in_app_messages to monstera_analyst, monstera_alerter;
