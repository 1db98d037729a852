/*
description: Adds the people that fresh events invite or share with.
*/
delete from user_contacts as c
using run.rereads as r
where r.user_id = c.user_id and c.contacted_on >= r.from_on;

update user_contacts as c
set is_invitation = true
from run.contacts as f
where f.user_id = c.user_id and f.contact_id = c.contact_id and f.contacted_on = c.contacted_on
    and f.is_invitation and not c.is_invitation;

insert into user_contacts (contacted_on, user_id, contact_id, is_invitation)
select f.contacted_on, f.user_id, f.contact_id, f.is_invitation
from run.contacts as f
where not exists (
    select from user_contacts as c
    where c.user_id = f.user_id and c.contact_id = f.contact_id and c.contacted_on = f.contacted_on
);
