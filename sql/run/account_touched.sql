/*
description: >
  Accounts with other facts or other members' activity than published, and the first day that this touches;
  `is_recount` where what the members did is counted anew from then on.
*/
with facts as (
    select
        coalesce(n.account_id, o.account_id) as account_id,
        case
            when to_jsonb(n) - 'to_on' = to_jsonb(o) - 'to_on' then least(n.to_on, o.to_on) + 1
            else coalesce(n.from_on, o.from_on)
        end as from_on,
        (n.admin_user_id is distinct from o.admin_user_id) as is_recount
    from run.account_fact_spans as n
    full join (
        select s.* from account_fact_spans as s inner join run.account_changes as c on c.account_id = s.account_id
    ) as o on o.account_id = n.account_id and o.from_on = n.from_on
    where to_jsonb(n) is distinct from to_jsonb(o)
),

memberships as (
    select
        m.account_id,
        greatest(m.from_on, life.started_on) as from_on,
        m.is_only and life.started_on > :previous_as_of as is_new
    from (
        select
            n.user_id, n.account_id,
            case when n.account_id = o.account_id then least(n.to_on, o.to_on) + 1 else n.from_on end as from_on,
            n.from_on = '-infinity' and n.to_on = 'infinity' as is_only
        from run.account_members as n
        left join account_members as o on o.user_id = n.user_id and o.from_on = n.from_on
        where (n.account_id, n.to_on) is distinct from (o.account_id, o.to_on)
        union all
        select o.user_id, o.account_id, o.from_on, false
        from account_members as o
        inner join run.membership_changes as c on c.user_id = o.user_id
        left join run.account_members as n on n.user_id = o.user_id and n.from_on = o.from_on
        where n.account_id is distinct from o.account_id
    ) as m
    inner join user_lives as life on life.user_id = m.user_id and life.life_number = 1
),

late_users as (
    select user_id, min(from_on) as from_on
    from (
        select user_id, active_on from run.activity_delta where active_on <= :previous_as_of
        union all
        select user_id, from_on from run.rereads
        union all
        select user_id, from_on from run.life_changes where from_on <= :previous_as_of
    ) as late (user_id, from_on)
    group by user_id
),

-- A fact that moves no span may still be what a step is timed by.
moments as (
    (
        select account_id, acts_on, kind, acts_at, event_id from run.account_facts
        except
        select f.account_id, f.acts_on, f.kind, f.acts_at, f.event_id
        from account_facts as f
        inner join run.account_changes as c on c.account_id = f.account_id
    )
    union all
    (
        select f.account_id, f.acts_on, f.kind, f.acts_at, f.event_id
        from account_facts as f
        inner join run.account_changes as c on c.account_id = f.account_id
        except
        select account_id, acts_on, kind, acts_at, event_id from run.account_facts
    )
),

touches as (
    select account_id, from_on, is_recount from facts
    union all
    select account_id, acts_on, false from moments
    union all
    -- all that a user did is new as well who is new and was never a member elsewhere
    select account_id, from_on, true from memberships where not is_new
    union all
    select m.account_id, greatest(u.from_on, m.from_on), true
    from late_users as u
    inner join account_members as m on m.user_id = u.user_id and m.to_on >= u.from_on
    union all
    select f.account_id, greatest(u.from_on, f.from_on), true
    from late_users as u
    inner join account_fact_spans as f on f.admin_user_id = u.user_id and f.to_on >= u.from_on
)

select account_id, min(from_on) as from_on, bool_or(is_recount) as is_recount
from touches
where from_on <= :as_of
group by account_id
