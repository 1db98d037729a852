/*
description: Seats are not negative, and utilization is active seats over seats.
dataset: silver.account_days
severity: error
*/
select account_id, date, active_seats, total_seats, seat_utilization
from run.account_days
where total_seats < 0
    or active_seats < 0
    or seat_utilization is distinct from active_seats::numeric / nullif(total_seats, 0)
