/*
description: >
  What else decides segments, as stretches of days over which something holds or counts: states,
  what was ever done (without an end), runs of workflows, seasons.
*/
with spans as (
    select
        s.user_id, s.life_number, s.scope, s.from_on, s.to_on, s.activity_state,
        s.activity_state in ('active', 'returning', 'reactivated') as is_active
    from run.segment_ranges as r
    inner join user_state_spans as s
        on s.user_id = r.user_id and s.life_number = r.life_number and s.from_on <= r.to_on
    where s.activity_state is not null
),

-- Stretches of active states in a row: each begins where the day before was none.
starts as (
    select
        *,
        coalesce(lag(to_on) over (partition by user_id, life_number order by from_on), '-infinity') < from_on - 1
            as is_start
    from spans
    where scope = 'platform' and is_active
),

numbered as (
    select *, count(*) filter (where is_start) over (partition by user_id, life_number order by from_on) as stretch
    from starts
),

stretches as (
    select user_id, life_number, stretch, min(from_on) as from_on, max(to_on) as to_on
    from numbered
    group by user_id, life_number, stretch
),

products as (
    select user_id, life_number, scope, min(from_on) as tried_on
    from spans
    where scope <> 'platform'
    group by user_id, life_number, scope
),

features as (
    select r.user_id, r.life_number, d.feature_id, min(d.used_on) as used_on
    from run.segment_ranges as r
    inner join user_feature_days as d on d.user_id = r.user_id and d.used_on between r.started_on and r.to_on
    group by r.user_id, r.life_number, d.feature_id
),

advanced_days as (
    select distinct r.user_id, r.life_number, d.used_on
    from run.segment_ranges as r
    inner join user_feature_days as d on d.user_id = r.user_id and d.used_on between r.started_on and r.to_on
    where d.is_advanced
),

people as (
    select r.user_id, r.life_number, c.contact_id, min(c.contacted_on) as contacted_on
    from run.segment_ranges as r
    inner join user_contacts as c on c.user_id = r.user_id and c.contacted_on between r.started_on and r.to_on
    group by r.user_id, r.life_number, c.contact_id
),

invitations as (
    select r.user_id, r.life_number, min(c.contacted_on) as invited_on
    from run.segment_ranges as r
    inner join user_contacts as c on c.contact_id = r.user_id and c.is_invitation and c.contacted_on <= r.to_on
    group by r.user_id, r.life_number
),

runs as (
    select w.*
    from run.segment_ranges as r
    inner join user_workflow_runs as w
        on w.user_id = r.user_id and w.life_number = r.life_number and w.started_on <= r.to_on
)

select user_id, life_number, activity_state as fact, 1 as weight, from_on, to_on
from spans
where scope = 'platform' and activity_state in ('new', 'dormant', 'churned')
union all
select user_id, life_number, 'active', 1, from_on, to_on from stretches
union all
select t.user_id, t.life_number, 'stable', 1, t.from_on + s.stable_days - 1, t.to_on
from stretches as t
cross join ref.segment_settings as s
union all
select p.user_id, p.life_number, 'reactivated', 1, p.from_on, p.from_on + s.reactivation_days
from spans as p
cross join ref.segment_settings as s
where p.scope = 'platform' and p.activity_state = 'reactivated'
union all
select user_id, life_number, 'reactivations', 1, from_on, 'infinity'
from spans
where scope = 'platform' and activity_state = 'reactivated'
union all
select user_id, life_number, 'products_active', 1, from_on, to_on from spans where scope <> 'platform' and is_active
union all
select user_id, life_number, 'products_tried', 1, tried_on, 'infinity' from products
union all
select t.user_id, t.life_number, 'features_offered', 1, t.tried_on, 'infinity'
from products as t
inner join ref.products as f on f.parent_id = t.scope and f.kind = 'feature' and f.is_active
union all
select user_id, life_number, 'features_used', 1, used_on, 'infinity' from features
union all
select user_id, life_number, 'advanced_days', 1, used_on, 'infinity' from advanced_days
union all
select user_id, life_number, 'people', 1, contacted_on, 'infinity' from people
union all
select user_id, life_number, 'invited', 1, invited_on, 'infinity' from invitations
union all
select user_id, life_number, 'runs', 1, started_on, started_on + 89 from runs
union all
select user_id, life_number, 'runs_completed', 1, completed_on, started_on + 89
from runs
where completed_on is not null
union all
select user_id, life_number, 'completions', 1, completed_on, 'infinity' from runs where completed_on is not null
union all
select user_id, life_number, case when is_season then 'seasons' else 'other_months' end, 1, from_on, to_on
from run.segment_seasons
union all
select t.user_id, t.life_number, began.fact, 1, began.from_on, 'infinity'
from stretches as t
inner join user_lives as life on life.user_id = t.user_id and life.life_number = t.life_number
cross join ref.segment_settings as s
cross join lateral (
    values
    ('began', t.from_on, true),
    ('settled', t.from_on + s.high_days, true),
    ('onboarded', t.from_on, t.from_on - life.started_on <= s.successful_days)
) as began (fact, from_on, applies)
where t.stretch = 1 and began.applies
