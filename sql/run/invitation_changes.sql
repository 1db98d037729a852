/*
description: >
  People whose invitations changed, and since when: who were invited by fresh events or by events that are read
  again, and where attributes changed that say who invited whom, both of them.
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
    union all
    select person.user_id, c.from_on
    from run.attribute_changes as c
    cross join lateral unnest(c.user_id || c.inviters) as person (user_id)
    where c.inviters <> '{}'
) as invitations
group by user_id
