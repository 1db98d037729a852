/*
description: >
  The days to compute of the lives whose numbers are computed at a time: everybody's of a daily run, of a rebuild
  those of a batch of users, since the numbers of all users on all days would fill the disk.
*/
select *
from run.segment_ranges
where get_byte(uuid_send(user_id), 15) % :batches = :batch
