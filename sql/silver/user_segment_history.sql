/*
description: >
  Every living user's segments at the end of every day; the same as stretches of days, one for each
  value, is silver.user_segment_spans.
owner: data
grain: one row per user and date
key: [user_id, date]
columns:
  user_id: {type: uuid, description: Pseudonym of the user.}
  date: {type: date, description: Business day.}
  engagement_intensity: {type: text, values: [at_risk, power, regular, casual, inactive], description: How much the user does.}
  value_realization: {type: text, values: [high, moderate, low, none], description: How much of what the user begins comes to its end.}
  product_breadth: {type: text, values: [platform_power, multi, explorer, single, none], description: Over how many products the use spreads.}
  journey_stage: {type: text, values: [reactivation, onboarding, adoption, retention, loyalty], description: How long the user is there.}
  feature_adoption: {type: text, values: [completionist, advanced, abandoner, core, none], description: Which features the user uses.}
  collaboration_type: {type: text, values: [team_leader, collaborator, team_member, solo], description: With how many people the user works.}
  temporal_pattern: {type: text, values: [daily, weekly, seasonal, monthly, erratic, none], description: In which rhythm the user comes.}
  composite_segment: {type: text, description: Composite segment; none where the user is in none.}
  memberships: {type: array, description: "Segments by state that the user is in, by name."}
  created_at: {type: timestamptz, description: When the latest of them was computed.}
  segment_calculation_version: {type: text, description: 'Version of the rules: the first 12 digits of ref.definition_versions.history_hash of what is published.'}
*/
select
    s.user_id,
    c.date,
    max(s.value) filter (where s.dimension = 'engagement_intensity') as engagement_intensity,
    max(s.value) filter (where s.dimension = 'value_realization') as value_realization,
    max(s.value) filter (where s.dimension = 'product_breadth') as product_breadth,
    max(s.value) filter (where s.dimension = 'journey_stage') as journey_stage,
    max(s.value) filter (where s.dimension = 'feature_adoption') as feature_adoption,
    max(s.value) filter (where s.dimension = 'collaboration_type') as collaboration_type,
    max(s.value) filter (where s.dimension = 'temporal_pattern') as temporal_pattern,
    max(s.value) filter (where s.dimension = 'composite_segment') as composite_segment,
    coalesce(array_agg(s.value order by s.value) filter (where s.dimension = s.value), '{}') as memberships,
    max(s.created_at) as created_at,
    (
        select left(v.history_hash, 12)
        from ops.current_publication as p
        inner join ref.definition_versions as v on v.version = p.definition_version
    ) as segment_calculation_version
from ref.calendar as c
inner join user_segment_spans as s on s.from_on <= c.date and s.to_on >= c.date
where c.date <= (select p.as_of from ops.current_publication as p)
group by s.user_id, c.date
