/*
description: Puts the lives that changed in the place of those that were known.
*/
delete from user_lives as life
using run.life_changes as c
where c.user_id = life.user_id;

insert into user_lives (user_id, life_number, started_on, ended_on, started_at, ended_at, start_event_id, end_event_id)
select user_id, life_number, started_on, ended_on, started_at, ended_at, start_event_id, end_event_id
from run.lives;
