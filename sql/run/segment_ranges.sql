/*
description: The days to compute of each life.
*/
select
    r.user_id,
    life.life_number,
    life.started_on,
    greatest(life.started_on, r.from_on) as from_on,
    least(life.ended_on - 1, :as_of) as to_on
from run.segment_restarts as r
inner join user_lives as life on life.user_id = r.user_id
where greatest(life.started_on, r.from_on) <= least(life.ended_on - 1, :as_of)
