/*
description: >
  Writes down every published number of users and accounts in a state, and every published total of recurring
  revenue, that the new counts change, before they do.
*/
with users as (
    select
        coalesce(n.date, c.date) as date,
        coalesce(n.scope, c.scope) || ', ' || coalesce(n.state, c.state) as segment,
        coalesce(c.users, 0) as old_value,
        coalesce(n.users, 0) as new_value
    from run.state_counts as n
    full join gold.user_state_counts as c on c.scope = n.scope and c.state = n.state and c.date = n.date
    where n.date is not null or :is_rebuild
),

accounts as (
    select
        coalesce(n.date, c.date) as date,
        coalesce(n.state, c.state) as segment,
        coalesce(c.accounts, 0) as old_value,
        coalesce(n.accounts, 0) as new_value,
        coalesce(n.mrr, 0) - coalesce(c.mrr, 0) as mrr_change
    from run.account_counts as n
    full join gold.account_state_counts as c on c.state = n.state and c.date = n.date
    where n.date is not null or :is_rebuild
),

revenue as (
    select
        a.date,
        coalesce((select sum(c.mrr) from gold.account_state_counts as c where c.date = a.date), 0) as old_value,
        sum(a.mrr_change) as change
    from accounts as a
    group by a.date
),

restated (metric_id, date, segment_key, segment_value, old_value, new_value) as (
    select 'users_by_state', date, 'scope, state', segment, old_value, new_value from users
    union all
    select 'accounts_by_state', date, 'state', segment, old_value, new_value from accounts
    union all
    select 'mrr', date, 'all', 'all', old_value, old_value + change from revenue
)

insert into ops.metric_restatements (
    metric_id, date, segment_key, segment_value, old_value, new_value, cause, definition_version, publication_id
)
select metric_id, date, segment_key, segment_value, old_value, new_value, :cause, :definition_version, :publication_id
from restated
where old_value <> new_value and date <= :published_as_of;
