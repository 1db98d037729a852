/*
description: >
  What is compared on each of the days to compute, and the signals. A latch holds what the last day decided
  that decided anything: entered, left, or not evaluated.
*/
with compared as (
    select
        m.*,
        s.window_days,
        coalesce(lag(m.events_total, s.window_days) over account, month_ago.events_total, 0) as total_before,
        coalesce(lag(m.events_total, 2 * s.window_days) over account, two_months_ago.events_total, 0)
            as total_long_before,
        coalesce(lag(m.products_count, s.window_days) over account, month_ago.products_count, 0) as products_before,
        coalesce(lag(m.active_seats, s.window_days) over account, month_ago.active_seats, 0) as active_seats_before,
        case when m.is_subscribed and m.total_seats > 0 then m.active_seats::numeric / m.total_seats end
            as seat_utilization,
        m.is_subscribed and m.frozen_type is null and m.date - m.subscribed_on >= s.signals_after_days
            as is_evaluated,
        m.is_subscribed and m.frozen_type is null and m.date - m.subscribed_on >= s.usage_signals_after_days
            as is_usage_evaluated
    from run.account_measures as m
    cross join ref.account_settings as s
    -- what lies before the days to compute is looked up, and is not there in a rebuild
    left join lateral (
        select a.events_total, a.products_count, a.active_seats from account_days as a
        where m.date - s.window_days < m.first_on and a.account_id = m.account_id and a.date = m.date - s.window_days
        order by a.date
        limit 1
    ) as month_ago on true
    left join lateral (
        select a.events_total from account_days as a
        where m.date - 2 * s.window_days < m.first_on and a.account_id = m.account_id
            and a.date = m.date - 2 * s.window_days
        order by a.date
        limit 1
    ) as two_months_ago on true
    window account as (partition by m.account_id order by m.date)
),

windowed as (
    select
        c.*,
        (c.events_total - c.total_before)::integer as events_30,
        (c.total_before - c.total_long_before)::integer as events_prior_30
    from compared as c
),

decided as (
    select
        w.*,
        case
            when not w.is_evaluated or w.seat_utilization is null then 0
            when w.seat_utilization < s.low_utilization_enter then 1
            when w.seat_utilization >= s.low_utilization_exit then 0
        end as low_utilization,
        case
            when not w.is_usage_evaluated then 0
            when w.events_prior_30 >= s.usage_minimum_events
                and w.events_30 <= s.declining_activity_enter * w.events_prior_30 then 1
            when w.events_30 >= s.declining_activity_exit * w.events_prior_30 then 0
        end as declining_activity,
        case
            when not w.is_usage_evaluated then 0
            when w.events_prior_30 >= s.usage_minimum_events
                and w.events_30 >= s.usage_growth_enter * w.events_prior_30 then 1
            when w.events_30 < s.usage_growth_exit * w.events_prior_30 then 0
        end as usage_is_up,
        w.is_evaluated and coalesce(w.date - w.admin_last_active_on > s.key_user_silent_days, false) as key_user_lost,
        w.is_evaluated
        and coalesce(
            w.renewal_on - w.date between 0 and s.renewal_ahead_days and w.seat_utilization < s.renewal_utilization,
            false
        ) as renewal_at_risk,
        w.is_evaluated
        and coalesce(w.date - w.urgent_ticket_since > s.support_issue_open_days, false) as open_support_issue
    from windowed as w
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
    ], null) as risk_signals,
    l.seat_utilization,
    l.events_30,
    l.events_prior_30,
    l.products_before,
    l.active_seats_before,
    l.is_usage_evaluated,
    l.is_deleted,
    l.is_subscribed,
    l.began_churned,
    l.is_dunning,
    l.frozen_type,
    l.trial_ends_on,
    l.subscribed_on,
    l.ended_on,
    l.first_paid_on,
    l.first_mrr_on,
    l.tier_rank,
    l.tier_rank_before,
    l.total_seats,
    l.seats_before,
    l.mrr,
    l.mrr_before,
    l.currency,
    l.rate,
    l.renewal_on,
    l.urgent_ticket_since,
    l.nps,
    l.csat,
    l.admin_last_active_on,
    l.events_total,
    l.active_seats,
    l.product_members,
    l.products_count
from latched as l
left join run.account_openings as o on o.account_id = l.account_id
