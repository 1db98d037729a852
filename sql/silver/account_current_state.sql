/*
description: State of every account as of the last publication, with what decides it.
owner: data
grain: one row per account
key: [account_id]
columns:
  account_id: {type: uuid, description: Pseudonym of the account.}
  current_state: {type: text, values: [trial, new_paid, active, expanding, contracting, at_risk, frozen, churned, reactivated, deleted], description: State.}
  state_since: {type: timestamptz, description: Time of the last transition.}
  state_reason: {type: text, nullable: true, values: [trial_expired, subscription_lapsed, subscription_ended], description: Why a state that has several reasons holds.}
  frozen_type: {type: text, nullable: true, values: [payment_dunning, voluntary_pause, seasonal_inactive], description: Why a frozen account is frozen.}
  risk_signals: {type: 'text[]', description: Risk signals that hold.}
  subscription_tier: {type: text, nullable: true, description: Tier of the subscription.}
  total_seats: {type: integer, nullable: true, minimum: 0, description: Seats of the subscription; null without one.}
  active_seats: {type: integer, minimum: 0, description: Members with a qualifying event in the window.}
  seat_utilization: {type: numeric, nullable: true, minimum: 0, description: 'active_seats / total_seats, may exceed 1; null without seats.'}
  health_score: {type: numeric, nullable: true, minimum: 0, description: 'Health from 0 to 100 by the model in use; null: churned, deleted, or nothing to measure it by.'}
  health_band: {type: text, nullable: true, values: [excellent, good, fair, poor, critical], description: Band of the score.}
  health_score_components: {type: jsonb, nullable: true, description: 'Component → {value, weight, inputs}; value null: no data, left out of the score.'}
  monthly_recurring_revenue: {type: numeric, minimum: 0, description: Monthly recurring revenue in the account's currency.}
  currency: {type: text, description: Currency of the revenue.}
  contract_renewal_date: {type: date, nullable: true, description: Day on which the contract renews.}
  days_to_renewal: {type: integer, nullable: true, description: Days to the renewal; negative where the date lies behind.}
  is_dunning: {type: boolean, description: Whether a payment problem is open.}
  primary_admin_user_id: {type: uuid, nullable: true, description: Pseudonym of the primary admin.}
  admin_silent_days: {type: integer, nullable: true, minimum: 0, description: Days since the primary admin was last active; null where there is none or they never were.}
  account_created_at: {type: timestamptz, description: Creation of the account.}
  subscribed_on: {type: date, nullable: true, description: First day of the unbroken subscription at hand.}
  ended_on: {type: date, nullable: true, description: First day without the last subscription that ended.}
  first_paid_at: {type: timestamptz, nullable: true, description: When the first subscription began.}
  state_updated_at: {type: timestamptz, description: When the row was last computed.}
  as_of_date: {type: date, description: 'Snapshot date: the state is that at the end of this day.'}
*/
select
    d.account_id,
    d.state as current_state,
    (
        select t.transition_timestamp from account_state_transitions as t
        where t.account_id = d.account_id
        order by t.transition_on desc, t.seq desc
        limit 1
    ) as state_since,
    d.state_reason,
    case when d.state = 'frozen' then f.frozen_type end as frozen_type,
    d.risk_signals,
    f.tier as subscription_tier,
    d.total_seats,
    d.active_seats,
    d.seat_utilization,
    h.health_score,
    h.health_band,
    h.health_score_components,
    d.mrr as monthly_recurring_revenue,
    d.currency,
    f.renewal_on as contract_renewal_date,
    f.renewal_on - d.date as days_to_renewal,
    f.is_dunning,
    f.admin_user_id as primary_admin_user_id,
    d.date - d.admin_last_active_on as admin_silent_days,
    f.created_at as account_created_at,
    f.subscribed_on,
    f.ended_on,
    f.first_paid_at,
    p.published_at as state_updated_at,
    d.date as as_of_date
from ops.current_publication as c
inner join ops.publications as p on p.publication_id = c.publication_id
inner join account_days as d on d.date = c.as_of
inner join account_fact_spans as f on f.account_id = d.account_id and d.date between f.from_on and f.to_on
left join gold.account_health as h on h.account_id = d.account_id and h.date = d.date
