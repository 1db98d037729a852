/* description: Every column of all users on one date, counted so that the client does not matter. */
select
    count(user_id), count(platform_state), count(activity_state), count(dunning_type),
    sum(qualifying_events_count), max(last_qualifying_on)
from silver.user_state_history
where date = :as_of::date - 30
