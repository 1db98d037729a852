/*
description: Users by the number of products they use, and how use is spread over the products, as of the last publication.
owner: product
grain: one row
key: [as_of_date]
columns:
  as_of_date: {type: date, description: 'Snapshot date: what is said holds at the end of this day.'}
  users: {type: bigint, minimum: 0, description: Users who are not deleted.}
  users_with_a_product: {type: bigint, minimum: 0, description: Those of them who have adopted a product.}
  users_active_in_1: {type: bigint, minimum: 0, description: Users who are active or reactivated in one product or more.}
  users_active_in_2: {type: bigint, minimum: 0, description: In two or more.}
  users_active_in_3: {type: bigint, minimum: 0, description: In three or more.}
  users_active_in_4: {type: bigint, minimum: 0, description: In four or more.}
  multi_product_rate_2: {type: numeric, nullable: true, minimum: 0, description: 'Of the users active in a product: share active in two or more.'}
  multi_product_rate_3: {type: numeric, nullable: true, minimum: 0, description: In three or more.}
  multi_product_rate_4: {type: numeric, nullable: true, minimum: 0, description: In four or more.}
  never_expanded_rate: {type: numeric, nullable: true, minimum: 0, description: 'Of the users with a product: share that never tried a second one.'}
  concentration: {type: numeric, nullable: true, minimum: 0, description: 'Herfindahl-Hirschman index of the qualifying events in products of the last 30 dates: sum of the squared shares, from 1 / products (even) to 1 (one product); null: no events.'}
*/
with people as (
    select
        user_id,
        count(*) filter (where scope <> 'platform') as tried,
        count(*) filter (where scope <> 'platform' and state in ('active', 'reactivated')) as active
    from user_states
    group by user_id
    having bool_or(scope = 'platform' and state <> 'deleted')
),

counted as (
    select
        count(*) as users,
        count(*) filter (where tried >= 1) as with_a_product,
        count(*) filter (where tried = 1) as with_one_product,
        count(*) filter (where active >= 1) as active_in_1,
        count(*) filter (where active >= 2) as active_in_2,
        count(*) filter (where active >= 3) as active_in_3,
        count(*) filter (where active >= 4) as active_in_4
    from people
)

select
    p.as_of as as_of_date,
    c.users,
    c.with_a_product as users_with_a_product,
    c.active_in_1 as users_active_in_1,
    c.active_in_2 as users_active_in_2,
    c.active_in_3 as users_active_in_3,
    c.active_in_4 as users_active_in_4,
    c.active_in_2::numeric / nullif(c.active_in_1, 0) as multi_product_rate_2,
    c.active_in_3::numeric / nullif(c.active_in_1, 0) as multi_product_rate_3,
    c.active_in_4::numeric / nullif(c.active_in_1, 0) as multi_product_rate_4,
    c.with_one_product::numeric / nullif(c.with_a_product, 0) as never_expanded_rate,
    (select sum(q.events_share * q.events_share) from gold.product_portfolio as q) as concentration
from ops.current_publication as p
cross join counted as c
