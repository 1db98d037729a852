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
with members as (
    select m.account_id, p.as_of, count(*) as members
    from ops.current_publication as p
    inner join account_members as m on p.as_of between m.from_on and m.to_on
    inner join user_states as s on s.user_id = m.user_id and s.scope = 'platform' and s.state <> 'deleted'
    group by m.account_id, p.as_of
),

adopters as (
    select
        m.account_id,
        s.scope as product_id,
        count(*) as adopters,
        count(*) filter (where s.state in ('active', 'reactivated')) as active_members,
        min(s.started_at) as first_adopted_at
    from ops.current_publication as p
    inner join account_members as m on p.as_of between m.from_on and m.to_on
    inner join user_states as s on s.user_id = m.user_id and s.scope <> 'platform'
    group by m.account_id, s.scope
)

select
    a.account_id,
    a.product_id,
    m.members,
    a.adopters,
    a.active_members,
    a.active_members::numeric / m.members as coverage,
    a.first_adopted_at,
    m.as_of as as_of_date
from adopters as a
inner join members as m on m.account_id = a.account_id
where exists (
    select from account_days as d
    where d.account_id = a.account_id and d.date = m.as_of and d.state <> 'deleted'
)
