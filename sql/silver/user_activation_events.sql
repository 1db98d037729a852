/*
description: Adds the fresh events of the types that activation paths name.
*/
delete from user_activation_events as e
using run.rereads as r
where r.user_id = e.user_id and e.occurred_on >= r.from_on;

insert into user_activation_events as known
select * from run.activation_delta
on conflict (user_id, scope, event_type, occurred_on) do update
set first_at = least(known.first_at, excluded.first_at);
