/*
description: >
  Health of every account on each of the days to compute on which it is a customer or tries to become one, by
  the model in use: the weighted mean of its components, each that of its inputs, each counting from 0 to 100
  between the values that the model declares. What has no data is left out.
*/
with model as materialized (
    select c.component, c.weight, i.input, i.zero_at, i.full_at
    from ref.account_settings as s
    inner join ref.health_components as c on c.health_model = s.health_model
    left join ref.health_inputs as i on i.health_model = c.health_model and i.component = c.component
),

offer as (
    select
        nullif(count(*) filter (where kind = 'product' and is_active), 0) as products,
        bool_or(is_advanced) as has_advanced
    from ref.products
)

select
    d.account_id,
    d.date,
    s.health_model,
    health.score as health_score,
    health.components as health_score_components
from run.account_days as d
inner join account_fact_spans as f on f.account_id = d.account_id and d.date between f.from_on and f.to_on
left join account_member_counts as m on m.account_id = d.account_id and d.date between m.from_on and m.to_on
cross join ref.account_settings as s
cross join offer as o
cross join lateral (
    select
        round(
            sum(component.value * component.weight)
            / nullif(sum(component.weight) filter (where component.value is not null), 0),
            2
        ) as score,
        jsonb_object_agg(
            component.name,
            jsonb_build_object(
                'value', round(component.value, 2), 'weight', component.weight, 'inputs', component.inputs
            )
        ) as components
    from (
        select
            model.component as name,
            model.weight,
            100 * avg(least(1, greatest(0, (measured.value - model.zero_at) / (model.full_at - model.zero_at))))
                filter (where measured.value is not null) as value,
            coalesce(
                jsonb_object_agg(model.input, round(measured.value, 4)) filter (where model.input is not null), '{}'
            ) as inputs
        from model
        cross join lateral (
            select case model.input
                when 'seat_utilization' then d.seat_utilization
                when 'product_breadth' then d.products_count::numeric / o.products
                when 'products_per_seat'
                    then (
                        select sum(p.value::numeric) from jsonb_each_text(d.product_members) as p
                    ) / nullif(d.active_seats, 0)
                when 'feature_adoption'
                    then case when o.has_advanced then m.adopting_members::numeric / nullif(m.engaged_members, 0) end
                when 'events_per_active_seat' then coalesce(d.events_30::numeric / nullif(d.active_seats, 0), 0)
                when 'events_per_seat' then d.events_30::numeric / nullif(d.total_seats, 0)
                when 'admin_silent_days' then (d.date - d.admin_last_active_on)::numeric
                when 'power_users_kept' then m.power_members_kept::numeric / nullif(m.power_members_before, 0)
                when 'new_users_activated' then m.activated_members::numeric / nullif(m.new_members, 0)
                when 'seats_kept' then d.active_seats::numeric / nullif(d.active_seats_before, 0)
                when 'seat_growth' then d.total_seats::numeric / nullif(f.seats_before, 0)
                when 'product_growth' then d.products_count::numeric / nullif(d.products_before, 0)
                when 'usage_growth' then d.events_30::numeric / nullif(d.events_prior_30, 0)
                when 'urgent_ticket_days'
                    then case when f.has_tickets then coalesce(d.date - f.urgent_ticket_since, 0)::numeric end
                when 'nps' then f.nps
                when 'csat' then f.csat
                when 'contract_standing'
                    then case
                        when f.is_subscribed and f.frozen_type is null then 1
                        when f.is_subscribed and f.frozen_type <> 'payment_dunning' then 0.5
                        when d.state = 'trial' then 0.5
                        when f.is_subscribed then 0.25
                        else 0
                    end
            end as value
        ) as measured
        group by model.component, model.weight
    ) as component
) as health
where d.state not in ('churned', 'deleted')
