/*
description: Puts the attributes that changed in the place of those that were known.
*/
delete from user_attributes as a
using run.attribute_changes as c
where c.user_id = a.user_id;

insert into user_attributes (
    from_on, to_on, signup_on, user_id, is_alive, country, plan_type, acquisition_source, role, invited_by_user_id
)
select
    s.from_on, s.to_on, s.signup_on, s.user_id, s.is_alive, s.country, s.plan_type, s.acquisition_source, s.role,
    s.invited_by_user_id
from run.attribute_spans as s
inner join run.attribute_changes as c on c.user_id = s.user_id;
