/*
description: >
  What else decides segments, as stretches of the days to compute over which something holds, and how often:
  states, what was ever done, runs of workflows, seasons, what the windows contain.
*/
with spans as (
    select
        s.user_id, s.life_number, r.started_on, s.from_on, s.to_on, s.activity_state,
        s.activity_state in ('active', 'returning', 'reactivated') as is_active,
        s.to_on >= r.from_on as is_in_range
    from run.segment_batch as r
    inner join user_state_spans as s
        on s.user_id = r.user_id and s.life_number = r.life_number and s.from_on <= r.to_on
    where s.scope = 'platform' and s.activity_state is not null
),

-- Stretches of active states in a row: each begins where the day before was none.
starts as (
    select
        *,
        coalesce(lag(to_on) over (partition by user_id, life_number order by from_on), '-infinity') < from_on - 1
            as is_start
    from spans
    where is_active
),

numbered as (
    select *, count(*) filter (where is_start) over (partition by user_id, life_number order by from_on) as stretch
    from starts
),

stretches as (
    select
        user_id, life_number, started_on, stretch, min(from_on) as from_on, max(to_on) as to_on,
        bool_or(is_start and activity_state = 'active') as begins_active
    from numbered
    group by user_id, life_number, started_on, stretch
),

-- The current states say it of the snapshot date, without the history.
products_active as (
    select r.user_id, r.life_number, r.from_on, 'infinity'::date as to_on, count(*) as products
    from run.segment_batch as r
    inner join user_states as s on s.user_id = r.user_id and s.life_number = r.life_number
    where r.from_on = :as_of and s.scope <> 'platform' and s.activity_state in ('active', 'returning', 'reactivated')
    group by r.user_id, r.life_number, r.from_on
    union all
    select
        s.user_id, s.life_number, greatest(s.from_on, r.from_on), least(s.to_on, r.to_on),
        count(*)
    from run.segment_batch as r
    inner join user_state_spans as s
        on s.user_id = r.user_id and s.life_number = r.life_number and s.from_on <= r.to_on and s.to_on >= r.from_on
    where r.from_on < :as_of and s.scope <> 'platform' and s.activity_state in ('active', 'returning', 'reactivated')
    group by s.user_id, s.life_number, greatest(s.from_on, r.from_on), least(s.to_on, r.to_on)
),

-- What was ever done counts from its day on, or from the first day to compute on: many of them as one.
products as (
    select r.user_id, r.life_number, a.scope, greatest(a.started_on, r.from_on) as from_on
    from run.segment_batch as r
    inner join user_states as a
        on a.user_id = r.user_id and a.life_number = r.life_number and a.started_on <= r.to_on
    where a.scope <> 'platform'
    union all
    -- lives that are over, of which nothing stands any more
    select r.user_id, r.life_number, s.scope, greatest(min(s.from_on), r.from_on)
    from run.segment_batch as r
    inner join user_lives as life
        on life.user_id = r.user_id and life.life_number = r.life_number and life.ended_on <= :as_of
    inner join user_state_spans as s
        on s.user_id = r.user_id and s.life_number = r.life_number and s.from_on <= r.to_on
    where s.scope <> 'platform' and s.activity_state is not null
    group by r.user_id, r.life_number, s.scope, r.from_on
),

products_tried as (
    select p.user_id, p.life_number, p.from_on, count(*) as products, sum(offered.features) as features
    from products as p
    left join (
        select parent_id, count(*) as features
        from ref.products
        where kind = 'feature' and is_active
        group by parent_id
    ) as offered on offered.parent_id = p.scope
    group by p.user_id, p.life_number, p.from_on
),

-- Features are carried on from the last publication, unless days before it are computed again, or a life begins.
openings as (
    select
        r.user_id, r.life_number, r.started_on, r.from_on, r.to_on, s.features_used, s.advanced_days,
        case when s.user_id is null then r.started_on else r.from_on end as read_from
    from run.segment_batch as r
    left join user_segments as s
        on s.user_id = r.user_id and s.started_on = r.started_on and r.from_on > :previous_as_of
),

feature_days as materialized (
    select
        o.user_id, o.life_number, o.started_on, o.read_from, d.feature_id, d.is_advanced, d.used_on,
        greatest(d.used_on, o.from_on) as from_on
    from openings as o
    inner join user_feature_days as d on d.user_id = o.user_id and d.used_on between o.read_from and o.to_on
    where d.used_on >= (select min(each.read_from) from openings as each)  -- which finds them by the index
),

-- New in the life is what was never used before, or not since the life began.
features as (
    select d.user_id, d.life_number, d.feature_id, min(d.from_on) as from_on
    from feature_days as d
    inner join user_feature_adoptions as a on a.user_id = d.user_id and a.feature_id = d.feature_id
    where d.read_from = d.started_on
        or a.adopted_on >= d.read_from
        or a.adopted_on < d.started_on and not exists (
            select from user_feature_days as earlier
            where earlier.user_id = d.user_id and earlier.feature_id = d.feature_id
                and earlier.used_on >= d.started_on and earlier.used_on < d.read_from
        )
    group by d.user_id, d.life_number, d.feature_id
),

features_used as (
    select user_id, life_number, from_on, count(*) as features
    from features
    group by user_id, life_number, from_on
),

advanced_days as (
    select user_id, life_number, from_on, count(distinct used_on) as days
    from feature_days
    where is_advanced
    group by user_id, life_number, from_on
),

-- By events, and by what the profiles of those who were invited say.
contacts as (
    select r.user_id, r.life_number, c.contact_id, c.contacted_on
    from run.segment_batch as r
    inner join user_contacts as c on c.user_id = r.user_id and c.contacted_on between r.started_on and r.to_on
    union all
    select r.user_id, r.life_number, a.user_id, a.from_on
    from run.segment_batch as r
    inner join user_attributes as a
        on a.invited_by_user_id = r.user_id and a.user_id <> r.user_id
        and a.signup_on >= r.started_on and a.from_on <= r.to_on
),

people as (
    select user_id, life_number, contact_id, min(contacted_on) as contacted_on
    from contacts
    group by user_id, life_number, contact_id
),

invitations as (
    select r.user_id, r.life_number, c.contacted_on as invited_on
    from run.segment_batch as r
    inner join user_contacts as c on c.contact_id = r.user_id and c.is_invitation and c.contacted_on <= r.to_on
    union all
    select r.user_id, r.life_number, a.from_on
    from run.segment_batch as r
    inner join user_attributes as a
        on a.user_id = r.user_id and a.invited_by_user_id <> r.user_id and a.from_on <= r.to_on
),

invited as (
    select user_id, life_number, min(invited_on) as invited_on
    from invitations
    group by user_id, life_number
),

runs as (
    select w.*
    from run.segment_batch as r
    inner join user_workflow_runs as w
        on w.user_id = r.user_id and w.life_number = r.life_number and w.started_on <= r.to_on
),

facts as (
    select user_id, life_number, activity_state as fact, from_on, to_on, 1 as weight
    from spans
    where activity_state in ('new', 'dormant', 'churned') and is_in_range
    union all
    select user_id, life_number, 'active', from_on, to_on, 1 from stretches
    union all
    select t.user_id, t.life_number, 'stable', t.from_on + s.stable_days - 1, t.to_on, 1
    from stretches as t
    cross join ref.segment_settings as s
    union all
    select p.user_id, p.life_number, 'reactivated', p.from_on, p.from_on + s.reactivation_days, 1
    from spans as p
    cross join ref.segment_settings as s
    where p.activity_state = 'reactivated'
    union all
    select user_id, life_number, 'reactivations', from_on, 'infinity', 1
    from spans
    where activity_state = 'reactivated'
    union all
    select user_id, life_number, 'products_active', from_on, to_on, products from products_active
    union all
    select user_id, life_number, 'products_tried', from_on, 'infinity', products from products_tried
    union all
    select user_id, life_number, 'features_offered', from_on, 'infinity', features
    from products_tried
    where features > 0
    union all
    select user_id, life_number, 'features_used', from_on, 'infinity', features from features_used
    union all
    select user_id, life_number, 'features_used', from_on, 'infinity', features_used
    from openings
    where features_used > 0
    union all
    select user_id, life_number, 'advanced_days', from_on, 'infinity', days from advanced_days
    union all
    select user_id, life_number, 'advanced_days', from_on, 'infinity', advanced_days
    from openings
    where advanced_days > 0
    union all
    select user_id, life_number, 'people', contacted_on, 'infinity', 1 from people
    union all
    select user_id, life_number, 'invited', invited_on, 'infinity', 1 from invited
    union all
    select user_id, life_number, 'runs', started_on, started_on + 89, 1 from runs
    union all
    select user_id, life_number, 'runs_completed', completed_on, started_on + 89, 1
    from runs
    where completed_on is not null
    union all
    select user_id, life_number, 'completions', completed_on, 'infinity', 1 from runs where completed_on is not null
    union all
    select user_id, life_number, case when is_season then 'seasons' else 'other_months' end, from_on, to_on, 1
    from run.segment_seasons
    union all
    select user_id, life_number, fact, from_on, to_on, 1
    from run.segment_presence
    union all
    select t.user_id, t.life_number, began.fact, began.from_on, 'infinity', 1
    from stretches as t
    cross join ref.segment_settings as s
    cross join lateral (
        values
        ('began', t.from_on, true),
        ('settled', t.from_on + s.high_days, true),
        ('onboarded', t.from_on, t.begins_active and t.from_on - t.started_on <= s.successful_days)
    ) as began (fact, from_on, applies)
    where t.stretch = 1 and began.applies
)

select
    f.user_id,
    f.life_number,
    f.fact,
    f.weight::integer as weight,
    greatest(f.from_on, r.from_on) as from_on,
    case when f.to_on < r.to_on then f.to_on else 'infinity' end as to_on
from facts as f
inner join run.segment_batch as r on r.user_id = f.user_id and r.life_number = f.life_number
where f.from_on <= f.to_on and f.from_on <= r.to_on and f.to_on >= r.from_on
