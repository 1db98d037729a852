/*
description: Where the touched users stand who are computed on from there.
*/
select s.*
from user_states as s
inner join run.touched as t on t.user_id = s.user_id
where not t.is_replay
