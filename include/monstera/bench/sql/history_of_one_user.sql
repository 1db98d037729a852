/* description: Every day of one user. */
select date, platform_state, activity_state
from silver.user_state_history
where user_id = :user_id
