/*
description: >
  The scratch tables that checks read, as a rebuild would leave them: with all that is published. So the checks
  of a publish become checks of everything. They are gone with the transaction.
*/
create view run.touched as
select distinct user_id from user_lives;
create view run.balances as
select user_id, scope from user_states;
create view run.changes as
select user_id, scope, from_on from user_state_spans;
create view run.transitions as
select * from user_state_transitions;
create view run.activity_delta as
select distinct scope from user_daily_activity;
create view run.segment_changes as
select distinct user_id from user_segment_spans;

create view run.account_ranges as
select account_id, min(created_on) as created_on
from account_fact_spans
group by account_id
having min(created_on) <= :as_of;
create view run.account_touched as
select account_id from run.account_ranges;
create view run.account_days as
select * from account_days;
create view run.account_openings as
select * from account_days where false;
create view run.account_transitions as
select * from account_state_transitions;
create view run.account_mrr_movements as
select * from account_mrr_movements;
create view run.account_count_deltas as
select date from gold.account_state_counts;
