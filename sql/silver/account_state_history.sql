/*
description: Every account's state and numbers at the end of every day from its creation to the last publication.
owner: data
grain: one row per account and date
key: [account_id, date]
columns:
  account_id: {type: uuid, description: Pseudonym of the account.}
  date: {type: date, description: Business day.}
  state: {type: text, values: [trial, new_paid, active, expanding, contracting, at_risk, frozen, churned, reactivated, deleted], description: State at the end of the day.}
  state_reason: {type: text, nullable: true, values: [trial_expired, subscription_lapsed, subscription_ended], description: Why a state that has several reasons holds.}
  frozen_type: {type: text, nullable: true, values: [payment_dunning, voluntary_pause, seasonal_inactive], description: Why a frozen account is frozen.}
  subscription_tier: {type: text, nullable: true, description: Tier of the subscription.}
  total_seats: {type: integer, nullable: true, minimum: 0, description: Seats of the subscription; null without one.}
  active_seats: {type: integer, minimum: 0, description: Members with a qualifying event in the window.}
  seat_utilization: {type: numeric, nullable: true, minimum: 0, description: 'active_seats / total_seats, may exceed 1; null without seats.'}
  events_30: {type: integer, minimum: 0, description: Members' qualifying events in the window.}
  events_prior_30: {type: integer, minimum: 0, description: The same in the window before.}
  health_score: {type: numeric, nullable: true, minimum: 0, description: 'Health from 0 to 100 by the model in use; null: churned, deleted, or nothing to measure it by.'}
  monthly_recurring_revenue: {type: numeric, minimum: 0, description: Monthly recurring revenue in the account's currency.}
  currency: {type: text, description: Currency of the revenue.}
  products_active: {type: 'text[]', description: Products in which a member is active or reactivated.}
  risk_signals: {type: 'text[]', description: Risk signals that hold.}
  admin_silent_days: {type: integer, nullable: true, minimum: 0, description: Days since the primary admin was last active; null where there is none or they never were.}
*/
select
    d.account_id,
    d.date,
    d.state,
    d.state_reason,
    case when d.state = 'frozen' then f.frozen_type end as frozen_type,
    f.tier as subscription_tier,
    d.total_seats,
    d.active_seats,
    d.seat_utilization,
    d.events_30,
    d.events_prior_30,
    h.health_score,
    d.mrr as monthly_recurring_revenue,
    d.currency,
    array(select jsonb_object_keys(d.product_members) order by 1) as products_active,
    d.risk_signals,
    d.date - d.admin_last_active_on as admin_silent_days
from account_days as d
inner join account_fact_spans as f on f.account_id = d.account_id and d.date between f.from_on and f.to_on
left join account_health as h on h.account_id = d.account_id and h.date = d.date
where d.date <= (select p.as_of from ops.current_publication as p)
