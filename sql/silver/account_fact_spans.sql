/*
description: Puts the contracts of the accounts that changed in the place of those that were known.
*/
delete from account_fact_spans as s
using run.account_changes as c
where c.account_id = s.account_id;

insert into account_fact_spans (
    account_id, from_on, to_on, created_at, created_on, trial_ends_on, is_deleted, is_subscribed, began_churned,
    is_dunning, frozen_type, subscribed_on, ended_on, first_paid_at, first_paid_on, first_mrr_on, tier, tier_rank, seats,
    mrr, currency, rate, renewal_on, tier_rank_before, seats_before, mrr_before, admin_user_id, admin_since,
    urgent_ticket_since, has_tickets, nps, csat
)
select
    account_id, from_on, to_on, created_at, created_on, trial_ends_on, is_deleted, is_subscribed, began_churned,
    is_dunning, frozen_type, subscribed_on, ended_on, first_paid_at, first_paid_on, first_mrr_on, tier, tier_rank, seats,
    mrr, currency, rate, renewal_on, tier_rank_before, seats_before, mrr_before, admin_user_id, admin_since,
    urgent_ticket_since, has_tickets, nps, csat
from run.account_fact_spans;
