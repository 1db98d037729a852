/*
description: Puts the days with fresh events, and those that are read again, in the place of those that were known.
*/
delete from user_product_switches as s
using run.rereads as r
where r.user_id = s.user_id and s.active_on >= r.from_on;

delete from user_product_switches as s
using run.product_switches as n
where n.user_id = s.user_id and n.active_on = s.active_on;

insert into user_product_switches (active_on, switches, user_id)
select active_on, switches, user_id
from run.product_switches;
