/*
description: Takes back what is counted anew, ends the stretches that the changes end, and adds those that they begin.
*/
delete from account_member_counts as m
using run.account_ranges as r
where r.account_id = m.account_id and r.is_recount and m.from_on >= r.from_on;

update account_member_counts as m
set to_on = 'infinity'
from run.account_ranges as r
where r.account_id = m.account_id and r.is_recount and m.to_on >= r.from_on - 1 and m.to_on < 'infinity';

update account_member_counts as m
set to_on = c.first_on - 1
from (
    select account_id, min(from_on) as first_on
    from run.account_member_counts
    group by account_id
) as c
where c.account_id = m.account_id and m.to_on = 'infinity';

insert into account_member_counts (
    account_id, from_on, to_on, engaged_members, adopting_members, power_members_before, power_members_kept,
    new_members, activated_members
)
select
    account_id, from_on, lasts_until, engaged_members, adopting_members, power_members_before, power_members_kept,
    new_members, activated_members
from run.account_member_counts;
