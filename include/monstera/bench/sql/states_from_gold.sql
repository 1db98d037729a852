/* description: The state distribution of the platform by day, as stored. */
select date, state, users
from gold.user_state_counts
where scope = 'platform' and date between :first and :as_of
