/*
description: What every account that is not deleted makes of the products, as of the last publication.
owner: product
grain: one row per account
key: [account_id]
columns:
  account_id: {type: uuid, description: Pseudonym of the account.}
  members: {type: bigint, minimum: 0, description: 'Members on the day, deleted ones aside.'}
  active_members: {type: integer, minimum: 0, description: Members with a qualifying event in the window of accounts.yaml.}
  active_members_before: {type: integer, minimum: 0, description: The same a window ago.}
  products_adopted: {type: bigint, minimum: 0, description: Products that a member has adopted.}
  products_active: {type: integer, minimum: 0, description: Products that a member is active or reactivated in.}
  products_active_before: {type: integer, minimum: 0, description: The same a window ago.}
  greatest_coverage: {type: numeric, nullable: true, minimum: 0, description: 'Share of members who are active in the product with most of them; null: no members.'}
  product_segment: {type: text, values: [contracting, expanding, broad, narrow], description: 'contracting: fewer products or active members than a window ago; expanding: more; else broad: three or more products and a coverage of at least 0.5 in one; else narrow.'}
  as_of_date: {type: date, description: 'Snapshot date: what is said holds at the end of this day.'}
*/
with standing as (
    select
        d.account_id,
        d.date,
        d.active_seats,
        d.active_seats_before,
        d.products_count,
        d.products_before,
        (select max(value::integer) from jsonb_each_text(d.product_members)) as most_active,
        count(*) filter (where s.scope = 'platform') as members,
        count(distinct s.scope) filter (where s.scope <> 'platform') as products_adopted
    from ops.current_publication as p
    inner join account_days as d on d.date = p.as_of and d.state <> 'deleted'
    left join account_members as m on m.account_id = d.account_id and d.date between m.from_on and m.to_on
    left join user_states as s on s.user_id = m.user_id and s.state <> 'deleted'
    group by
        d.account_id, d.date, d.active_seats, d.active_seats_before, d.products_count, d.products_before,
        d.product_members
)

select
    s.account_id,
    s.members,
    s.active_seats as active_members,
    s.active_seats_before as active_members_before,
    s.products_adopted,
    s.products_count as products_active,
    s.products_before as products_active_before,
    coalesce(s.most_active, 0)::numeric / nullif(s.members, 0) as greatest_coverage,
    case
        when s.products_count < s.products_before or s.active_seats < s.active_seats_before then 'contracting'
        when s.products_count > s.products_before or s.active_seats > s.active_seats_before then 'expanding'
        when s.products_count >= 3 and s.most_active >= 0.5 * s.members then 'broad'
        else 'narrow'
    end as product_segment,
    s.date as as_of_date
from standing as s
