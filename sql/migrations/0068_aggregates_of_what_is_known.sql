-- A period with a payment in a currency without a rate has no revenue, as such a day has none; it lacked that day before.
create or replace function gold.aggregate_periods(start_date timestamp, end_date timestamp, granularity text)
returns table (
    period timestamp, signups bigint, activations bigint, active_users bigint, qualifying_events bigint, revenue numeric
)
language sql stable as $$
with days as (
    select c.date, date_trunc(granularity, c.date::timestamp) as period
    from ref.calendar as c
    where c.date between start_date::date and end_date::date
        and c.date <= (select as_of from ops.current_publication)
),

totals as (
    select m.kind, m.grain, m.formula, v.date, v.value, v.numerator
    from ref.metrics as m
    inner join gold.metric_values as v
        on v.metric_id = m.metric_id and v.grain = m.grain and v.segment_key = 'all'
    where v.date between date_trunc(granularity, start_date)::date and end_date::date
        and coalesce(m.formula ->> 'scope', 'platform') = 'platform'
),

by_day as (
    select
        d.date,
        d.period,
        (
            select t.value from totals as t
            where t.date = d.date and t.kind = 'flow' and t.grain = 'day'
                and t.formula -> 'from' = '["start"]' and t.formula -> 'to' = '["new"]' and t.formula -> 'members' = '[]'
        ) as signups,
        (
            select t.numerator from totals as t
            where t.date = d.date and t.kind = 'cohort' and t.grain = 'day'
                and t.formula ->> 'entered' = 'signed_up' and t.formula ->> 'active' = 'within' and t.formula ->> 'days' = '7'
        ) as activations,
        (select sum(e.qualifying_events) from gold.events_daily as e where e.date = d.date) as qualifying_events,
        paid.value as revenue,
        paid.value is null and paid.kind is not null as is_revenue_unknown
    from days as d
    left join lateral (
        select t.kind, t.value from totals as t
        where t.date = d.date and t.kind = 'feed' and t.grain = 'day'
            and t.formula ->> 'feed' = 'payments' and t.formula ->> 'statistic' = 'sum'
            and t.formula ->> 'column' = 'amount'
        limit 1
    ) as paid on true
),

by_period as (
    select
        b.period, b.period::date as first_on, (b.period + ('1 ' || granularity)::interval)::date - 1 as last_on,
        sum(b.signups)::bigint as signups,
        case
            when max(b.date) <= max(b.date) filter (where b.activations is not null) then sum(b.activations)::bigint
        end as activations,
        sum(b.qualifying_events)::bigint as qualifying_events,
        case when not bool_or(b.is_revenue_unknown) then sum(b.revenue) end as revenue
    from by_day as b
    group by b.period
)

select
    p.period, p.signups, p.activations,
    coalesce(
        (
            select t.value::bigint from totals as t
            where t.date = p.first_on and t.kind = 'distinct_active'
                and start_date::date <= p.first_on
                and (end_date::date >= p.last_on or end_date::date >= (select as_of from ops.current_publication))
                and case granularity
                    when 'day' then t.formula ->> 'window_days' = '1'
                    else t.grain = granularity and t.formula ->> 'window_days' is null
                        and t.formula ->> 'status' = 'any'
                end
        ),
        (
            select count(distinct a.user_id)
            from silver.user_daily_activity as a
            inner join silver.user_lives as l
                on l.user_id = a.user_id and l.life_number = 1 and a.active_on >= l.started_on
            where a.active_on between greatest(p.first_on, start_date::date) and least(p.last_on, end_date::date)
                and a.active_on <= (select as_of from ops.current_publication)
                and a.qualifying_events > 0
        )
    ),
    p.qualifying_events, p.revenue
from by_period as p
order by p.period
$$;
comment on function gold.aggregate_metrics is 'Signups, activations (within 7 days, by day of signup; null while not all are mature), active users, qualifying events and collected revenue (null while no payments are fed, or where one of them has no rate) by day, week or month, of the dates from start to end alone; by hour, of the last 24, without activations and revenue.';
