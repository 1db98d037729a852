/*
description: >
  What the health of each account looks at in its members, on each of the days to compute on which it changes:
  the opening balance plus those who begin less those who end.
*/
with openings as (
    select r.account_id, r.from_on, r.is_recount, c.*
    from run.account_ranges as r
    left join lateral (
        select
            engaged_members, adopting_members, power_members_before, power_members_kept, new_members, activated_members
        from account_member_counts as c
        where c.account_id = r.account_id and c.from_on < r.from_on and c.to_on >= r.from_on - 1
        order by c.from_on desc
        limit 1
    ) as c on true
),

steps as (
    select s.account_id, greatest(s.from_on, r.from_on) as date, s.counts_as, 1 as members
    from run.account_member_stretches as s
    inner join run.account_ranges as r on r.account_id = s.account_id
    where s.to_on >= r.from_on and (r.is_recount or s.from_on >= r.from_on)
    union all
    select s.account_id, s.to_on + 1, s.counts_as, -1
    from run.account_member_stretches as s
    inner join run.account_ranges as r on r.account_id = s.account_id
    where s.to_on < :as_of
        and s.to_on >= r.from_on - 1 and (s.to_on >= r.from_on or not r.is_recount)
),

changes as (
    select
        account_id,
        date,
        coalesce(sum(members) filter (where counts_as = 'engaged'), 0) as engaged,
        coalesce(sum(members) filter (where counts_as = 'adopting'), 0) as adopting,
        coalesce(sum(members) filter (where counts_as = 'power_before'), 0) as power_before,
        coalesce(sum(members) filter (where counts_as = 'power_kept'), 0) as power_kept,
        coalesce(sum(members) filter (where counts_as = 'new'), 0) as new,
        coalesce(sum(members) filter (where counts_as = 'activated'), 0) as activated
    from steps
    group by account_id, date
    union all
    -- what is carried in; where members are counted anew, it ends on the first day unless it is found again
    select
        account_id, from_on - 1,
        coalesce(engaged_members, 0), coalesce(adopting_members, 0), coalesce(power_members_before, 0),
        coalesce(power_members_kept, 0), coalesce(new_members, 0), coalesce(activated_members, 0)
    from openings
    union all
    select
        account_id, from_on,
        -engaged_members, -adopting_members, -power_members_before, -power_members_kept, -new_members, -activated_members
    from openings
    where is_recount and engaged_members is not null
),

counted as (
    select
        account_id,
        date,
        sum(sum(engaged)) over account as engaged_members,
        sum(sum(adopting)) over account as adopting_members,
        sum(sum(power_before)) over account as power_members_before,
        sum(sum(power_kept)) over account as power_members_kept,
        sum(sum(new)) over account as new_members,
        sum(sum(activated)) over account as activated_members
    from changes
    group by account_id, date
    having row(sum(engaged), sum(adopting), sum(power_before), sum(power_kept), sum(new), sum(activated))
        <> row(0, 0, 0, 0, 0, 0)
    window account as (partition by account_id order by date)
)

select
    c.account_id,
    c.date as from_on,
    coalesce(lead(c.date) over (partition by c.account_id order by c.date) - 1, 'infinity') as lasts_until,
    c.engaged_members::integer as engaged_members,
    c.adopting_members::integer as adopting_members,
    c.power_members_before::integer as power_members_before,
    c.power_members_kept::integer as power_members_kept,
    c.new_members::integer as new_members,
    c.activated_members::integer as activated_members
from counted as c
inner join run.account_ranges as r on r.account_id = c.account_id and c.date >= r.from_on
