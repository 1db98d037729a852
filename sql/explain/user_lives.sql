/*
description: The lives of a user that began by the end of the day; an end after the day is not known yet.
*/
select
    life_number,
    started_on,
    started_at,
    start_event_id,
    case when ended_on <= :day then ended_on end as ended_on,
    case when ended_on <= :day then ended_at end as ended_at,
    case when ended_on <= :day then end_event_id end as end_event_id
from user_lives
where user_id = :user_id and started_on <= :day
order by life_number
