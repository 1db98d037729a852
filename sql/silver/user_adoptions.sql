/*
description: Puts the adoptions that may have changed in the place of those that were known.
*/
delete from user_adoptions as a
using run.adoption_changes as c
where c.user_id = a.user_id;

insert into user_adoptions (adopted_on, position, user_id, is_retained, product_id)
select adopted_on, position, user_id, is_retained, product_id
from run.user_adoptions;
