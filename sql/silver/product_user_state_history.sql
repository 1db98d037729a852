/*
description: State of every user in every adopted product at the end of every day.
owner: data
grain: one row per user, adopted product and date
key: [user_id, product_id, date]
columns:
  user_id: {type: uuid, description: Pseudonym of the user.}
  product_id: {type: text, description: Product.}
  date: {type: date, description: Business day.}
  state: {type: text, values: [new, active, dormant, churned, reactivated], description: State at the end of the day.}
  qualifying_events_count: {type: integer, minimum: 0, description: Qualifying events of that day in the product.}
*/
select
    s.user_id,
    s.scope as product_id,
    c.date,
    s.state,
    case
        when s.state in ('active', 'reactivated') then coalesce((
            select a.qualifying_events
            from user_daily_activity as a
            where a.user_id = s.user_id and a.active_on = c.date and a.scope = s.scope
        ), 0)
        else 0
    end as qualifying_events_count
from ref.calendar as c
inner join user_state_spans as s on s.from_on <= c.date and s.to_on >= c.date
where s.scope <> 'platform'
    and c.date <= (select p.as_of from ops.current_publication as p)
