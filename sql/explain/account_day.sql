/*
description: >
  The state of an account at the end of the day with the numbers behind it: what its contract says, what its
  members did, what that is compared with, and its health.
*/
select
    d.state,
    d.state_reason,
    case when d.state = 'frozen' then f.frozen_type end as frozen_type,
    d.risk_signals,
    step.transition_timestamp as state_since,
    f.created_at,
    f.trial_ends_on,
    f.is_subscribed,
    f.is_dunning,
    f.subscribed_on,
    :day - f.subscribed_on as days_subscribed,
    f.ended_on,
    :day - f.ended_on as days_since_end,
    f.first_paid_on,
    f.tier,
    f.tier_rank,
    f.tier_rank_before,
    d.total_seats,
    f.seats_before,
    d.mrr as monthly_recurring_revenue,
    trim_scale(f.mrr_before) as mrr_before,
    d.currency,
    d.rate,
    f.renewal_on,
    f.renewal_on - :day as days_to_renewal,
    d.active_seats,
    d.seat_utilization,
    d.events_30,
    d.events_prior_30,
    d.usage_is_up,
    array(select product from jsonb_object_keys(d.product_members) as product order by product) as products_active,
    d.products_before,
    f.admin_user_id as primary_admin_user_id,
    :day - d.admin_last_active_on as admin_silent_days,
    f.urgent_ticket_since,
    h.health_model,
    h.health_score,
    h.health_band,
    h.health_score_components
from account_days as d
inner join account_fact_spans as f on f.account_id = d.account_id and d.date between f.from_on and f.to_on
left join gold.account_health as h on h.account_id = d.account_id and h.date = d.date
left join lateral (
    select t.transition_timestamp
    from account_state_transitions as t
    where t.account_id = d.account_id and t.transition_on <= :day
    order by t.transition_on desc, t.seq desc
    limit 1
) as step on true
where d.account_id = :account_id and d.date = :day
