/*
description: >
  Members who are active or reactivated in each product, at the end of each of the days to compute on which
  this changes: the opening balance, and over it the products that change.
*/
with uses as (
    select
        m.account_id,
        s.scope,
        r.from_on as first_on,
        greatest(s.from_on, m.from_on) as from_on,
        least(s.to_on, m.to_on) as to_on
    from run.account_ranges as r
    inner join account_members as m on m.account_id = r.account_id
    inner join user_state_spans as s on s.user_id = m.user_id and s.from_on <= m.to_on and s.to_on >= m.from_on
    where r.is_recount
        and s.scope <> 'platform' and s.state in ('active', 'reactivated')
        and least(s.to_on, m.to_on) >= r.from_on
),

steps as (
    select account_id, scope, greatest(from_on, first_on) as date, 1 as members
    from uses
    union all
    select account_id, scope, to_on + 1, -1
    from uses
    where to_on < :as_of
    union all
    select m.account_id, c.scope, c.from_on, entered.is_active::integer - entered.was_active::integer
    from run.changes as c
    cross join lateral (
        select
            coalesce(c.state in ('active', 'reactivated'), false) as is_active,
            coalesce(c.previous_state in ('active', 'reactivated'), false) as was_active
    ) as entered
    inner join account_members as m on m.user_id = c.user_id and c.from_on between m.from_on and m.to_on
    inner join run.account_ranges as r on r.account_id = m.account_id and not r.is_recount
    where c.scope <> 'platform' and c.from_on > :previous_as_of and entered.is_active <> entered.was_active
),

changes as (
    select account_id, scope, date, sum(members)::integer as members
    from steps
    where date <= :as_of
    group by account_id, scope, date
),

counted as (
    select
        c.account_id,
        c.date,
        c.scope,
        coalesce((o.product_members -> c.scope)::integer, 0)
        + sum(c.members) over (partition by c.account_id, c.scope order by c.date) as members
    from changes as c
    inner join run.account_ranges as r on r.account_id = c.account_id
    left join run.account_openings as o on o.account_id = c.account_id and not r.is_recount
),

patches as (
    -- a product without members leaves: null takes a key away
    select account_id, date, jsonb_object_agg(scope, nullif(members, 0)) as patch
    from counted
    group by account_id, date
    union all
    select o.account_id, o.date, o.product_members
    from run.account_openings as o
    inner join run.account_ranges as r on r.account_id = o.account_id and not r.is_recount
),

merged as (
    select
        account_id,
        date,
        jsonb_strip_nulls(silver.merged(patch) over (partition by account_id order by date)) as product_members
    from patches
)

select
    account_id,
    date,
    product_members,
    (select count(*) from jsonb_object_keys(product_members))::integer as products_count
from merged
