/*
description: >
  Health of every account on each of the days to compute on which it is a customer or tries to become one, by
  the model in use: the weighted mean of its components, each that of its inputs, each counting from 0 to 100
  between the values that the model declares. What has no data is left out.
*/
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
            c.component as name,
            c.weight,
            avg(counted.points) as value,
            coalesce(
                jsonb_object_agg(i.input, round(measured.value, 4)) filter (where i.input is not null), '{}'
            ) as inputs
        from ref.health_components as c
        left join ref.health_inputs as i on i.health_model = c.health_model and i.component = c.component
        left join (
            values
            ('seat_utilization', d.seat_utilization),
            (
                'product_breadth',
                d.products_count::numeric / nullif((select count(*) from ref.scopes as p where p.kind = 'product'), 0)
            ),
            (
                'products_per_seat',
                (select sum(p.value::numeric) from jsonb_each_text(d.product_members) as p) / nullif(d.active_seats, 0)
            ),
            (
                'feature_adoption',
                case
                    when exists (select from ref.products as p where p.is_advanced)
                        then m.adopting_members::numeric / nullif(m.engaged_members, 0)
                end
            ),
            ('events_per_active_seat', d.events_30::numeric / nullif(d.active_seats, 0)),
            ('events_per_seat', d.events_30::numeric / nullif(d.total_seats, 0)),
            ('admin_silent_days', (d.date - d.admin_last_active_on)::numeric),
            ('power_users_kept', m.power_members_kept::numeric / nullif(m.power_members_before, 0)),
            ('new_users_activated', m.activated_members::numeric / nullif(m.new_members, 0)),
            ('seats_kept', d.active_seats::numeric / nullif(d.active_seats_before, 0)),
            ('seat_growth', d.total_seats::numeric / nullif(f.seats_before, 0)),
            ('product_growth', d.products_count::numeric / nullif(d.products_before, 0)),
            ('usage_growth', d.events_30::numeric / nullif(d.events_prior_30, 0)),
            ('urgent_ticket_days', (d.date - f.urgent_ticket_since)::numeric),
            ('nps', f.nps),
            ('csat', f.csat),
            (
                'contract_standing',
                case
                    when f.is_subscribed and f.frozen_type is null then 1
                    when f.is_subscribed and f.frozen_type <> 'payment_dunning' then 0.5
                    when d.state = 'trial' then 0.5
                    when f.is_subscribed then 0.25
                    else 0
                end
            )
        ) as measured (input, value) on measured.input = i.input
        left join lateral (
            select
                100 * least(1, greatest(0, (measured.value - i.zero_at) / (i.full_at - i.zero_at))) as points
            where measured.value is not null
        ) as counted on true
        where c.health_model = s.health_model
        group by c.component, c.weight
    ) as component
) as health
where d.state not in ('churned', 'deleted')
