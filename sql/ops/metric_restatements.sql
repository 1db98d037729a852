/*
description: Writes down every published state count that the new counts change, before they do.
*/
insert into ops.metric_restatements (
    metric_id, date, segment_key, segment_value, old_value, new_value, cause, definition_version, publication_id
)
select
    'users_by_state',
    coalesce(n.date, c.date),
    'scope, state',
    coalesce(n.scope, c.scope) || ', ' || coalesce(n.state, c.state),
    coalesce(c.users, 0),
    coalesce(n.users, 0),
    :cause,
    :definition_version,
    :publication_id
from run.state_counts as n
full join gold.user_state_counts as c on c.scope = n.scope and c.state = n.state and c.date = n.date
where coalesce(n.users, 0) <> coalesce(c.users, 0)
    and coalesce(n.date, c.date) <= :published_as_of
    and (n.date is not null or :is_rebuild);
