/*
description: The platform's states of the snapshot date add up to the users who have signed up.
dataset: gold.user_state_counts
severity: error
*/
select counted.users as counted, known.users as known
from (
    select coalesce(sum(users), 0) as users
    from gold.user_state_counts
    where scope = 'platform' and date = :as_of
) as counted
cross join (select count(*) as users from user_lives where life_number = 1) as known
where counted.users <> known.users
