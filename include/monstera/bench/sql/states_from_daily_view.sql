/* description: The state distribution of the platform by day, counted in the daily view. */
select date, platform_state, count(*)
from silver.user_state_history
where date between :first and :as_of
group by date, platform_state
