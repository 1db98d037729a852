/*
description: What every user did across products on every day with an event in one, within their life.
owner: product
grain: one row per user and date
key: [user_id, date]
columns:
  user_id: {type: uuid, description: Pseudonym of the user.}
  date: {type: date, description: Business day.}
  products_used_today: {type: 'text[]', description: 'Products with an event, by id.'}
  cross_product_workflows_completed: {type: integer, minimum: 0, description: Runs of workflows across several products that were completed on the day.}
  primary_product_today: {type: text, description: 'Product with the most events, of several the one used first, of one moment by id.'}
  product_switching_count: {type: integer, minimum: 0, description: 'Times that the user went from one product to another; events of one moment count in the order of their products'' ids, and those of no product not at all.'}
*/
with days as (
    select
        a.user_id,
        a.active_on,
        array_agg(a.scope order by a.scope) as products,
        (array_agg(a.scope order by a.events desc, a.first_event_at, a.scope))[1] as primary_product
    from user_daily_activity as a
    inner join user_lives as life
        on life.user_id = a.user_id and a.active_on >= life.started_on and a.active_on < life.ended_on
    where a.scope <> 'platform' and a.active_on <= (select p.as_of from ops.current_publication as p)
    group by a.user_id, a.active_on
)

select
    d.user_id,
    d.active_on as date,
    d.products as products_used_today,
    (
        select count(*)
        from user_workflow_runs as r
        inner join ref.workflows as w on w.workflow_id = r.workflow_id
        where r.user_id = d.user_id and r.completed_on = d.active_on and cardinality(w.products) > 1
    )::integer as cross_product_workflows_completed,
    d.primary_product as primary_product_today,
    coalesce(s.switches, 0) as product_switching_count
from days as d
left join user_product_switches as s on s.user_id = d.user_id and s.active_on = d.active_on
