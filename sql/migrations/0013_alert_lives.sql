-- The life of incidents: flapping, why they ended, what corrections would have said, response times, quality of rules.
alter table ops.alert_incidents
    add column cycles integer not null default 1 check (cycles > 0),
    add column resolved_because text check (resolved_because in ('segment_gone', 'rule_gone'));
comment on column ops.alert_incidents.cycles is 'How often it had fired within a day when it opened, this time included; more than 3: flapping.';
comment on column ops.alert_incidents.resolved_because is 'segment_gone or rule_gone: it ended though nothing was found to be well; null: a value resolved it, or it is open.';

alter table ops.alert_evaluations add column is_of_clock boolean not null default false;
comment on column ops.alert_evaluations.is_of_clock is 'Whether it speaks of a moment of the clock, as every five minutes; kept for 14 days.';
create index alert_evaluations_clock on ops.alert_evaluations (evaluated_at) where is_of_clock;

create table ops.alert_reviews (
    publication_id bigint primary key references ops.publications,
    as_of date not null,
    judged_again integer not null,
    missed jsonb not null,
    unfounded jsonb not null,
    reviewed_at timestamptz not null
);
comment on table ops.alert_reviews is 'One row per publish that corrected values which rules had judged: what they would say now. Nobody is told.';
comment on column ops.alert_reviews.publication_id is 'The publish.';
comment on column ops.alert_reviews.as_of is 'Day it published.';
comment on column ops.alert_reviews.judged_again is 'Judgements whose value it corrected.';
comment on column ops.alert_reviews.missed is 'Breaches by the corrected values that were none: [{alert, date, was, is}].';
comment on column ops.alert_reviews.unfounded is 'Breaches that are none by the corrected values: [{alert, date, was, is}].';
comment on column ops.alert_reviews.reviewed_at is 'When.';

create view ops.alert_responses as
with told as (
    select
        i.*,
        least(i.acknowledged_at, i.resolved_at, i.verdict_at) as responded_at,
        case i.priority
            when 'P0' then interval '1 hour'
            when 'P1' then interval '2 hours'
            when 'P2' then interval '4 hours'
            else interval '1 day'
        end as allowed
    from ops.alert_incidents as i
    where i.notified_at is not null
)

select
    incident_id,
    rule_id,
    owner,
    priority,
    notified_at,
    responded_at,
    case when responded_at < notified_at then interval '0' else responded_at - notified_at end as response,
    allowed,
    coalesce(responded_at, now()) - notified_at <= allowed as is_in_time
from told;
comment on view ops.alert_responses is 'How long incidents waited, from the message until somebody took them over or judged them, or they were over.';
comment on column ops.alert_responses.incident_id is 'Number of the incident.';
comment on column ops.alert_responses.rule_id is 'Rule that fired.';
comment on column ops.alert_responses.owner is 'Team that owns the rule.';
comment on column ops.alert_responses.priority is 'P0 to P3.';
comment on column ops.alert_responses.notified_at is 'When the message that it fires was written.';
comment on column ops.alert_responses.responded_at is 'When it was acknowledged, judged or over, whichever came first; null: it waits.';
comment on column ops.alert_responses.response is 'Time between the two; null: it waits.';
comment on column ops.alert_responses.allowed is 'Time allowed: P0 1 hour, P1 2 hours, P2 4 hours, P3 1 day.';
comment on column ops.alert_responses.is_in_time is 'Whether it was responded to in time; of one that waits, whether there is time left.';

create view ops.alert_rule_quality as
select
    rule_id,
    count(*) as incidents,
    count(*) filter (where notified_at is not null) as told,
    count(*) filter (where cycles > 3) as flapping,
    count(*) filter (where verdict = 'true_positive') as true_positives,
    count(*) filter (where verdict = 'false_positive') as false_positives,
    count(*) filter (where verdict = 'expected') as expected,
    round(count(*) filter (where verdict = 'false_positive')::numeric / nullif(count(verdict), 0), 4)
        as false_positive_rate
from ops.alert_incidents
group by rule_id;
comment on view ops.alert_rule_quality is 'What people said of the incidents of each rule; the false-positive rate should stay below 0.1.';
comment on column ops.alert_rule_quality.rule_id is 'The rule.';
comment on column ops.alert_rule_quality.incidents is 'Its incidents.';
comment on column ops.alert_rule_quality.told is 'Those that somebody was told of.';
comment on column ops.alert_rule_quality.flapping is 'Those that opened while it was flapping.';
comment on column ops.alert_rule_quality.true_positives is 'Judged as real.';
comment on column ops.alert_rule_quality.false_positives is 'Judged as no trouble.';
comment on column ops.alert_rule_quality.expected is 'Judged as known beforehand.';
comment on column ops.alert_rule_quality.false_positive_rate is 'Share of false positives among those judged; null: none was judged.';

grant select, insert on ops.alert_reviews to monstera_alerter;
grant select on ops.alert_incidents to monstera_transformer;
grant select on ops.alert_reviews, ops.alert_responses, ops.alert_rule_quality to monstera_analyst, monstera_alerter;
