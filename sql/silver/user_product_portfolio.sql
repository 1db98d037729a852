/*
description: What every user who is not deleted makes of the products, as of the last publication.
owner: product
grain: one row per user
key: [user_id]
columns:
  user_id: {type: uuid, description: Pseudonym of the user.}
  total_products_tried: {type: integer, minimum: 0, description: Products that the user has adopted in this life.}
  total_products_activated: {type: integer, minimum: 0, description: Those of them that are activated.}
  products_currently_active: {type: 'text[]', description: 'Those of them in which the user is active or reactivated, by id.'}
  primary_product: {type: text, nullable: true, description: 'Product with the most qualifying events in this life, of several the one adopted first; null: none has any.'}
  product_diversity_score: {type: numeric, nullable: true, minimum: 0, description: 'How evenly the qualifying events of this life are spread over the products used, from 0 (one product) to 1 (the same in each): Shannon entropy by its maximum, the logarithm of the number of products used; null: no qualifying event in a product.'}
  first_product_adopted: {type: text, nullable: true, description: Product adopted first.}
  most_recent_product_adopted: {type: text, nullable: true, description: Product adopted last.}
  days_since_product_expansion: {type: integer, nullable: true, minimum: 0, description: 'Days since the latest further product was adopted; null: there is none.'}
  days_since_first_adoption: {type: integer, nullable: true, minimum: 0, description: 'Days since the first product was adopted; null: there is none.'}
  expansion_segment: {type: text, nullable: true, values: [recent_expander, high_potential, stuck, non_expander, expanded], description: 'recent_expander: a further product in the last 30 days; with one product high_potential (active on the platform, adopted less than 90 days ago), stuck (adopted 90 to 365 days ago), non_expander (longer, or silent before 90 days); else expanded; null: no product yet.'}
  portfolio_updated_at: {type: timestamptz, description: When a row that it is made of was last computed.}
  as_of_date: {type: date, description: 'Snapshot date: what is said holds at the end of this day.'}
*/
with portfolios as (
    select
        s.user_id,
        max(s.activity_state) filter (where s.scope = 'platform') as activity_state,
        max(s.updated_at) as updated_at,
        count(*) filter (where s.scope <> 'platform') as tried,
        count(s.activation_date) filter (where s.scope <> 'platform') as activated,
        array_agg(s.scope order by s.scope)
            filter (where s.scope <> 'platform' and s.state in ('active', 'reactivated')) as active,
        array_agg(s.scope order by s.started_at, s.scope) filter (where s.scope <> 'platform') as adopted,
        array_agg(s.scope order by s.qualifying_events desc, s.started_at, s.scope)
            filter (where s.scope <> 'platform' and s.qualifying_events > 0) as used,
        sum(s.qualifying_events) filter (where s.scope <> 'platform') as events,
        sum(s.qualifying_events * ln(s.qualifying_events::numeric))
            filter (where s.scope <> 'platform' and s.qualifying_events > 0) as weighted,
        min(s.started_on) filter (where s.scope <> 'platform') as first_on,
        max(s.started_on) filter (where s.scope <> 'platform') as latest_on
    from user_states as s
    group by s.user_id
    having bool_or(s.scope = 'platform' and s.state <> 'deleted')
)

select
    q.user_id,
    q.tried::integer as total_products_tried,
    q.activated::integer as total_products_activated,
    coalesce(q.active, '{}') as products_currently_active,
    q.used[1] as primary_product,
    case
        when cardinality(q.used) = 1 then 0
        -- entropy of the shares: the logarithm of the sum, less the mean logarithm of the parts
        when cardinality(q.used) > 1
            then greatest(least((ln(q.events) - q.weighted / q.events) / ln(cardinality(q.used)::numeric), 1), 0)
    end as product_diversity_score,
    q.adopted[1] as first_product_adopted,
    q.adopted[q.tried] as most_recent_product_adopted,
    case when q.tried > 1 then p.as_of - q.latest_on end as days_since_product_expansion,
    p.as_of - q.first_on as days_since_first_adoption,
    case
        when q.tried > 1 and p.as_of - q.latest_on <= 30 then 'recent_expander'
        when q.tried > 1 then 'expanded'
        when p.as_of - q.first_on between 90 and 365 then 'stuck'
        when p.as_of - q.first_on < 90 and q.activity_state in ('active', 'returning', 'reactivated')
            then 'high_potential'
        when q.tried = 1 then 'non_expander'
    end as expansion_segment,
    q.updated_at as portfolio_updated_at,
    p.as_of as as_of_date
from portfolios as q
cross join ops.current_publication as p
