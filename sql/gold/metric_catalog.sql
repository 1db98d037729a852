/*
description: >
  Every metric as declared, with how fresh, complete and accurate its values are. Of the last 90
  periods up to the published day.
owner: data
grain: one row per metric
key: [metric_id]
columns:
  metric_id: {type: text, description: Id of the metric.}
  name: {type: text, description: Name.}
  entity: {type: text, description: What it counts.}
  description: {type: text, description: What the number says.}
  purpose: {type: text, description: Which decision it is for.}
  category: {type: text, values: [activity, engagement, outcome], description: 'Activity, engagement or outcome.'}
  domain: {type: text, description: Area that reads it.}
  kind: {type: text, description: How it is computed.}
  formula: {type: jsonb, description: Parameters of the kind.}
  unit: {type: text, description: 'share (fraction from 0 to 1) or what is counted.'}
  grain: {type: text, values: [day, week, month], description: Period that a value stands for.}
  segments: {type: 'text[]', description: What it is broken down by beside the total.}
  sources: {type: 'text[]', description: Tables that it is computed from.}
  update_frequency: {type: text, description: How often it is computed.}
  latency: {type: text, description: When a value is there.}
  importance_tier: {type: text, values: [tier_1, tier_2, tier_3], description: How much depends on it.}
  owners: {type: jsonb, description: 'Teams: {business, technical, dashboard, backup}.'}
  created_on: {type: date, description: Day of the first entry of its approval log.}
  modified_on: {type: date, description: Day of the last change.}
  limitations: {type: text, nullable: true, description: What to know before using it.}
  target: {type: jsonb, nullable: true, description: 'What it should reach: {op, value, note}.'}
  direction: {type: text, values: [up, down, neutral], description: Which way is good news.}
  status: {type: text, description: How far its approval is.}
  approval_log: {type: jsonb, description: 'How it got there: [{status, date, by, note}].'}
  definition_version: {type: integer, description: Definitions that declare it.}
  newest_date: {type: date, nullable: true, description: First day of the newest complete period with a value.}
  freshness: {type: integer, nullable: true, description: 'Days from the end of that period to the published day; a metric that takes time to mature is never 0.'}
  completeness: {type: numeric, nullable: true, minimum: 0, description: 'Share of the periods from its first value to its newest one that have one, of the last 90.'}
  accuracy: {type: numeric, nullable: true, description: 'Share of its values of these periods that were never corrected after they were published.'}
  absence: {type: text, nullable: true, description: 'Why it has no value; null: it has.'}
*/
with feeds as materialized (
    select jsonb_object_keys(in_force.document -> 'feeds') as feed
    from (select document from ref.definition_versions order by version desc limit 1) as in_force
    union
    select formula ->> 'feed' from ref.metrics where kind = 'feed'
)

select
    m.metric_id, m.name, m.entity, m.description, m.purpose, m.category, m.domain, m.kind, m.formula, m.unit,
    m.grain, m.segments, m.sources, m.update_frequency, m.latency, m.importance_tier, m.owners, m.created_on,
    m.modified_on, m.limitations, m.target, m.direction, m.status, m.approval_log, m.definition_version,
    v.newest_on as newest_date,
    p.as_of - (v.newest_on + m.length)::date + 1 as freshness,
    v.periods / nullif(v.expected, 0) as completeness,
    1 - v.corrected / nullif(v.total, 0) as accuracy,
    case
        when exists (select from gold.metric_values as x where x.metric_id = m.metric_id and x.value is not null) then null
        else coalesce(
            'not connected: ' || (
                select string_agg('the feed ' || f.feed, ', ' order by f.feed) || ' has delivered nothing'
                from feeds as f
                where 'bronze.' || f.feed = any(m.sources || part.sources)
                    and not exists (
                        select from ops.load_manifest as l where l.feed = f.feed and l.status = 'loaded' and l.accepted > 0
                    )
            ),
            'nothing to count yet: no such event, or no period that is over and mature'
        )
    end as absence
from (
    select *, ('1 ' || grain)::interval as length from ref.metrics
) as m
left join ops.current_publication as p on true
left join lateral (  -- of a ratio, those of its parts
    select coalesce(array_agg(source.name), '{}') as sources
    from ref.metrics as of_part
    cross join lateral unnest(of_part.sources) as source (name)
    where of_part.metric_id in (m.formula ->> 'numerator', m.formula ->> 'denominator')
) as part on true
left join lateral (
    select
        max(x.date) as newest_on,
        count(distinct x.date)::numeric as periods,
        count(*)::numeric as total,
        count(*) filter (
            where (x.date, x.segment_key, x.segment_value) in (
                select r.date, r.segment_key, r.segment_value from ops.metric_restatements as r where r.metric_id = m.metric_id
            )
        )::numeric as corrected,
        (select count(*) from gold.periods(m.grain, min(x.date), max(x.date)))::numeric as expected
    from gold.metric_values as x
    where x.metric_id = m.metric_id and x.grain = m.grain and not x.is_partial
        and (x.segment_key in ('all', 'product') or m.kind in ('adoption', 'segment'))  -- which have no total
        and x.date > p.as_of - 90 * m.length
) as v on true
