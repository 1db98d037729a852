/*
description: A day's snapshot as rows, one a user and one a user and product, as a table of days would hold them.
*/
create table bench_snapshot as
select
    :as_of::date as date,
    user_id, scope, state, activity_state, is_dunning, dunning_type, last_qualifying_on, qualifying_events
from silver.user_states;

alter table bench_snapshot add primary key (date, user_id, scope)
