/*
description: Puts the new counts in the place of the old ones; a rebuild replaces them all.
*/
delete from gold.user_state_counts as c
where :is_rebuild
    or exists (
        select from run.state_counts as n where n.scope = c.scope and n.state = c.state and n.date = c.date
    );

insert into gold.user_state_counts (date, users, scope, state)
select date, users, scope, state
from run.state_counts
where users <> 0;
