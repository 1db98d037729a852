/*
description: Puts the days computed in the place of those that were known from the first one touched on.
*/
delete from account_days as d
using run.account_touched as t
where t.account_id = d.account_id and d.date >= t.from_on;

insert into account_days (
    account_id, date, admin_last_active_on, active_seats, total_seats, events_30, events_prior_30, products_count,
    products_before, active_seats_before, events_total, usage_is_up, state, state_reason, seat_utilization,
    mrr, mrr_reporting, currency, rate, risk_signals, product_members
)
select
    account_id, date, admin_last_active_on, active_seats, total_seats, events_30, events_prior_30, products_count,
    products_before, active_seats_before, events_total, usage_is_up, state, state_reason, seat_utilization,
    mrr, mrr_reporting, currency, rate, risk_signals, product_members
from run.account_days;
