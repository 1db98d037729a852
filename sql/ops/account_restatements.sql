/*
description: >
  Writes down every published number of accounts in a state, and every published total of recurring revenue,
  that the new counts change, before they do.
*/
with changed as (
    select
        coalesce(n.date, c.date) as date,
        coalesce(n.state, c.state) as state,
        coalesce(c.accounts, 0) as accounts_before,
        coalesce(n.accounts, 0) as accounts,
        coalesce(c.mrr, 0) as mrr_before,
        coalesce(n.mrr, 0) as mrr
    from run.account_counts as n
    full join gold.account_state_counts as c on c.state = n.state and c.date = n.date
    where coalesce(n.date, c.date) <= :published_as_of
        and (n.date is not null or :is_rebuild)
),

restated as (
    select 'accounts_by_state' as metric_id, date, 'state' as segment_key, state as segment_value,
        accounts_before as old_value, accounts as new_value
    from changed
    union all
    select 'mrr', changed.date, 'all', 'all', total.mrr, total.mrr + sum(changed.mrr - changed.mrr_before)
    from changed
    cross join lateral (
        select coalesce(sum(c.mrr), 0) as mrr from gold.account_state_counts as c where c.date = changed.date
    ) as total
    group by changed.date, total.mrr
)

insert into ops.metric_restatements (
    metric_id, date, segment_key, segment_value, old_value, new_value, cause, definition_version, publication_id
)
select metric_id, date, segment_key, segment_value, old_value, new_value, :cause, :definition_version, :publication_id
from restated
where old_value <> new_value;
