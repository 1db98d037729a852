/*
description: >
  The value of every dimension and the segments by state, on each day on which one of them changes. The
  first condition that holds decides.
*/
with engaged as (
    select
        m.*,
        r.started_on,
        m.on_day - r.started_on as journey_days,
        case
            when m.active > 0 and (
                m.events_60 >= s.drop_minimum_events and m.events_30 <= m.events_60 * s.drop_share
                or m.products_dropped > 0 and m.products_60 >= s.drop_minimum_products
                or m.days_until_silent = 0 and m.days_while_silent > 0
            ) then 'at_risk'
            when m.events_30 >= s.power_events and m.days_30 >= s.power_active_days
                and (m.products_30 >= s.power_products or m.features_30 >= s.power_features) then 'power'
            when
                length(replace(to_oct(m.weeks & ((1::bigint << (3 * s.regular_weeks)) - 1)), '0', '')) = s.regular_weeks
                then 'regular'
            when m.events_30 > 0 then 'casual'
            else 'inactive'
        end as engagement_intensity
    from run.segment_measures as m
    inner join run.segment_batch as r on r.user_id = m.user_id and r.life_number = m.life_number
    cross join ref.segment_settings as s
),

decided as (
    select
        e.user_id,
        e.life_number,
        e.started_on,
        e.on_day,
        e.features_used,
        e.advanced_days,
        e.engagement_intensity,
        case
            when e.runs_completed > e.runs * s.high_share and e.settled > 0 and e.active > 0 then 'high'
            when e.runs > 0 and e.runs_completed >= e.runs * s.moderate_share then 'moderate'
            when e.completions > 0 then 'low'
            else 'none'
        end as value_realization,
        case
            when e.products_active >= s.platform_power_products then 'platform_power'
            when e.products_active >= s.multi_products then 'multi'
            when e.products_tried >= s.explorer_products then 'explorer'
            when e.products_tried > 0 then 'single'
            else 'none'
        end as product_breadth,
        case
            when e.reactivated > 0 then 'reactivation'
            when e.journey_days <= s.onboarding_days then 'onboarding'
            when e.journey_days <= s.adoption_days then 'adoption'
            when e.journey_days <= s.retention_days then 'retention'
            else 'loyalty'
        end as journey_stage,
        case
            when e.features_used > 0 and e.features_used >= e.features_offered * s.completionist_share then 'completionist'
            when e.advanced_features_30 > 0 or e.advanced_days > s.abandoner_days then 'advanced'
            when e.advanced_days > 0 then 'abandoner'
            when e.features_used > 0 or e.began > 0 then 'core'
            else 'none'
        end as feature_adoption,
        case
            when e.people >= s.team_leader_people then 'team_leader'
            when e.people > 0 then 'collaborator'
            when e.invited > 0 then 'team_member'
            else 'solo'
        end as collaboration_type,
        case
            when e.days_30 + e.days_60 + e.days_90 >= s.daily_share * 90 then 'daily'
            when length(replace(to_oct(e.weeks), '0', '')) >= s.weekly_share * 12 then 'weekly'
            when e.seasons > 0 and e.other_months = 0 then 'seasonal'
            when e.days_30 > 0 and e.days_60 > 0 and e.days_90 > 0 then 'monthly'
            when e.days_30 + e.days_60 + e.days_90 > 0 then 'erratic'
            else 'none'
        end as temporal_pattern,
        array_remove(
            array[
                case when e.active > 0 and e.events_30 >= s.highly_engaged_events then 'highly_engaged' end,
                case when e.active > 0 and e.events_30 < s.highly_engaged_events then 'casually_engaged' end,
                case when e.dormant > 0 or e.engagement_intensity = 'at_risk' then 'at_risk' end,
                case when e.churned > 0 and e.began > 0 and e.days_until_lost = 0 then 'lost' end,
                case when e.onboarded > 0 then 'successful_onboarding' end,
                case when e.new > 0 and e.journey_days >= s.struggling_days then 'struggling_onboarding' end,
                case when e.reactivations >= s.chronic_reactivations then 'chronic_churner' end,
                case when e.stable > 0 then 'stable' end
            ],
            null
        ) as memberships
    from engaged as e
    cross join ref.segment_settings as s
),

compared as (
    select
        *,
        lag((
            features_used, advanced_days, engagement_intensity, value_realization, product_breadth, journey_stage,
            feature_adoption, collaboration_type, temporal_pattern, memberships
        )) over (partition by user_id, life_number order by on_day) as decided_before
    from decided
)

select
    user_id, life_number, started_on, on_day, features_used, advanced_days, engagement_intensity, value_realization,
    product_breadth, journey_stage, feature_adoption, collaboration_type, temporal_pattern, memberships
from compared
where (
    features_used, advanced_days, engagement_intensity, value_realization, product_breadth, journey_stage,
    feature_adoption, collaboration_type, temporal_pattern, memberships
) is distinct from decided_before
