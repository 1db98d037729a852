/*
description: >
  Puts the adoptions of users whose may have changed in the place of those that were known; what is as it was
  stays.
*/
delete from user_adoptions as a
using run.adoption_changes as c
where c.user_id = a.user_id
    and not exists (
        select from run.user_adoptions as n
        where n.user_id = a.user_id and n.product_id = a.product_id
            and (n.adopted_on, n.position, n.is_retained) is not distinct from (a.adopted_on, a.position, a.is_retained)
    );

insert into user_adoptions (adopted_on, position, user_id, is_retained, product_id)
select n.adopted_on, n.position, n.user_id, n.is_retained, n.product_id
from run.user_adoptions as n
where not exists (select from user_adoptions as a where a.user_id = n.user_id and a.product_id = n.product_id)
order by n.user_id, n.product_id;
