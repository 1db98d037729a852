/*
description: People who were invited by fresh events, or by events that are read again, and since when.
*/
select user_id, min(from_on) as from_on
from (
    select contact_id as user_id, contacted_on as from_on
    from run.contacts
    where is_invitation
    union all
    select c.contact_id, c.contacted_on
    from user_contacts as c
    inner join run.rereads as r on r.user_id = c.user_id and c.contacted_on >= r.from_on
    where c.is_invitation
) as invitations
group by user_id
