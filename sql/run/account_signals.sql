/*
description: >
  The signals of accounts that have paid once, on each of the days to compute; nobody else has any. A latch holds
  what the last day decided that decided anything: entered, left, or not evaluated.
*/
with paid as (
    select
        m.account_id,
        m.date,
        m.active_seats,
        m.events_30,
        m.events_prior_30,
        m.admin_last_active_on,
        f.renewal_on,
        f.urgent_ticket_since,
        case when f.is_subscribed then m.active_seats::numeric / nullif(f.seats, 0) end as seat_utilization,
        f.is_subscribed and f.frozen_type is null and m.date - f.subscribed_on >= s.signals_after_days as is_evaluated,
        f.is_subscribed and f.frozen_type is null and m.date - f.subscribed_on >= s.usage_signals_after_days
            as is_usage_evaluated
    from run.account_measures as m
    inner join account_fact_spans as f on f.account_id = m.account_id and f.from_on = m.facts_from_on
    cross join ref.account_settings as s
    where f.first_paid_on is not null
),

decided as (
    select
        p.*,
        case
            when not p.is_evaluated or p.seat_utilization is null then 0
            when p.seat_utilization < s.low_utilization_enter then 1
            when p.seat_utilization >= s.low_utilization_exit then 0
        end as low_utilization,
        case
            when not p.is_usage_evaluated then 0
            when p.events_prior_30 >= s.usage_minimum_events
                and p.events_30 <= s.declining_activity_enter * p.events_prior_30 then 1
            when p.events_30 >= s.declining_activity_exit * p.events_prior_30 then 0
        end as declining_activity,
        case
            when not p.is_usage_evaluated then 0
            when p.events_prior_30 >= s.usage_minimum_events
                and p.events_30 >= s.usage_growth_enter * p.events_prior_30 then 1
            when p.events_30 < s.usage_growth_exit * p.events_prior_30 then 0
        end as usage_is_up,
        p.is_evaluated and coalesce(p.date - p.admin_last_active_on > s.key_user_silent_days, false) as key_user_lost,
        p.is_evaluated
        and coalesce(
            p.renewal_on - p.date between 0 and s.renewal_ahead_days and p.seat_utilization < s.renewal_utilization,
            false
        ) as renewal_at_risk,
        p.is_evaluated
        and coalesce(p.date - p.urgent_ticket_since > s.support_issue_open_days, false) as open_support_issue
    from paid as p
    cross join ref.account_settings as s
),

-- The greatest of day and decision in one number is the last decision.
latched as (
    select
        d.*,
        max(2 * (d.date - date '1970-01-01') + d.low_utilization) over account % 2 = 1 as low_utilization_holds,
        max(2 * (d.date - date '1970-01-01') + d.declining_activity) over account % 2 = 1 as declining_activity_holds,
        max(2 * (d.date - date '1970-01-01') + d.usage_is_up) over account % 2 = 1 as usage_is_up_holds
    from decided as d
    window account as (partition by d.account_id order by d.date)
)

select
    l.account_id,
    l.date,
    l.is_usage_evaluated,
    coalesce(l.usage_is_up_holds, o.usage_is_up, false) as usage_is_up,
    array_remove(array[
        case when coalesce(l.low_utilization_holds, 'low_utilization' = any(o.risk_signals), false) then 'low_utilization' end,
        case
            when coalesce(l.declining_activity_holds, 'declining_activity' = any(o.risk_signals), false)
                then 'declining_activity'
        end,
        case when l.key_user_lost then 'key_user_lost' end,
        case when l.renewal_at_risk then 'renewal_at_risk' end,
        case when l.open_support_issue then 'open_support_issue' end
    ], null) as risk_signals
from latched as l
left join run.account_openings as o on o.account_id = l.account_id
