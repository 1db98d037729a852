/*
description: Every living user's segments as of the last publication; definitions in ref.segments.
owner: data
grain: one row per user
key: [user_id]
columns:
  user_id: {type: uuid, description: Pseudonym of the user.}
  engagement_intensity: {type: text, values: [at_risk, power, regular, casual, inactive], description: How much the user does.}
  value_realization: {type: text, values: [high, moderate, low, none], description: How much of what the user begins comes to its end.}
  product_breadth: {type: text, values: [platform_power, multi, explorer, single, none], description: Over how many products the use spreads.}
  journey_stage: {type: text, values: [reactivation, onboarding, adoption, retention, loyalty], description: How long the user is there.}
  feature_adoption: {type: text, values: [completionist, advanced, abandoner, core, none], description: Which features the user uses.}
  collaboration_type: {type: text, values: [team_leader, collaborator, team_member, solo], description: With how many people the user works.}
  temporal_pattern: {type: text, values: [daily, weekly, seasonal, monthly, erratic, none], description: In which rhythm the user comes.}
  journey_days: {type: integer, minimum: 0, description: Days from signup (or restore) to as_of_date.}
  journey_substage: {type: text, values: [critical_activation, habit_formation, early_retention, habit_reinforcement, retention_milestone, early_mature, stable_mature, established, veteran], description: Finer stage by journey_days alone.}
  composite_segment: {type: text, description: Composite segment; none where the user is in none.}
  memberships: {type: array, description: "Segments by state that the user is in, by name."}
  segment_updated_at: {type: timestamptz, description: When one of them last changed.}
  segment_calculation_version: {type: text, description: 'Version of the rules: the first 12 digits of ref.definition_versions.history_hash of what is published.'}
  as_of_date: {type: date, description: 'Snapshot date: the segments are those at the end of this day.'}
*/
select
    s.user_id,
    s.engagement_intensity,
    s.value_realization,
    s.product_breadth,
    s.journey_stage,
    s.feature_adoption,
    s.collaboration_type,
    s.temporal_pattern,
    p.as_of - s.started_on as journey_days,
    case
        when p.as_of - s.started_on <= t.critical_activation_days then 'critical_activation'
        when p.as_of - s.started_on <= t.habit_formation_days then 'habit_formation'
        when p.as_of - s.started_on <= t.early_retention_days then 'early_retention'
        when p.as_of - s.started_on <= t.habit_reinforcement_days then 'habit_reinforcement'
        when p.as_of - s.started_on <= t.retention_milestone_days then 'retention_milestone'
        when p.as_of - s.started_on <= t.early_mature_days then 'early_mature'
        when p.as_of - s.started_on <= t.stable_mature_days then 'stable_mature'
        when p.as_of - s.started_on <= t.established_days then 'established'
        else 'veteran'
    end as journey_substage,
    s.composite_segment,
    array(select each.id from unnest(s.memberships || s.ranks) as each (id) order by each.id) as memberships,
    s.updated_at as segment_updated_at,
    left(v.history_hash, 12) as segment_calculation_version,
    p.as_of as as_of_date
from user_segments as s
cross join ops.current_publication as p
cross join ref.segment_settings as t
inner join ref.definition_versions as v on v.version = p.definition_version
