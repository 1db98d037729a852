/*
description: How far each product has spread in every account that is not deleted, as of the last publication.
owner: product
grain: one row per account and product that a member has adopted
key: [account_id, product_id]
columns:
  account_id: {type: uuid, description: Pseudonym of the account.}
  product_id: {type: text, description: Product.}
  members: {type: bigint, minimum: 1, description: 'Members of the account on the day, deleted ones aside.'}
  adopters: {type: bigint, minimum: 1, description: Those of them who have adopted the product.}
  active_members: {type: bigint, minimum: 0, description: Those who are active or reactivated in it.}
  coverage: {type: numeric, minimum: 0, description: 'active_members / members, a fraction.'}
  first_adopted_at: {type: timestamptz, description: When the first of them did.}
  as_of_date: {type: date, description: 'Snapshot date: what is said holds at the end of this day.'}
*/
with counted as (
    select
        m.account_id,
        p.as_of,
        s.scope,
        count(*) as users,
        count(*) filter (where s.state in ('active', 'reactivated')) as active_users,
        min(s.started_at) as first_at
    from ops.current_publication as p
    inner join account_members as m on p.as_of between m.from_on and m.to_on
    inner join user_states as s on s.user_id = m.user_id and s.state <> 'deleted'
    group by m.account_id, p.as_of, s.scope
),

beside_members as (
    select c.*, max(c.users) filter (where c.scope = 'platform') over (partition by c.account_id) as members
    from counted as c
)

select
    b.account_id,
    b.scope as product_id,
    b.members,
    b.users as adopters,
    b.active_users as active_members,
    b.active_users::numeric / b.members as coverage,
    b.first_at as first_adopted_at,
    b.as_of as as_of_date
from beside_members as b
where b.scope <> 'platform'
    and exists (
        select from account_days as d
        where d.account_id = b.account_id and d.date = b.as_of and d.state <> 'deleted'
    )
