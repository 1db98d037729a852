-- Totals over time as one call, as the sources ask for them.
create function gold.aggregate_metrics(start_date timestamp, end_date timestamp, granularity text)
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
        d.period,
        (
            select t.value from totals as t
            where t.date = d.date and t.kind = 'flow' and t.grain = 'day'
                and t.formula -> 'from' = '["start"]' and t.formula -> 'to' = '["new"]'
        ) as signups,
        (
            select t.numerator from totals as t
            where t.date = d.date and t.kind = 'cohort' and t.grain = 'day'
                and t.formula ->> 'entered' = 'signed_up' and t.formula ->> 'active' = 'within'
            limit 1
        ) as activations,
        (select sum(e.qualifying_events) from gold.events_daily as e where e.date = d.date) as qualifying_events
    from days as d
)

select
    b.period,
    sum(b.signups)::bigint,
    sum(b.activations)::bigint,
    (
        select t.value::bigint from totals as t
        where t.date = b.period::date and t.kind = 'distinct_active'
            and case granularity
                when 'day' then t.formula ->> 'window_days' = '1'
                else t.grain = granularity and t.formula ->> 'window_days' is null
                    and t.formula ->> 'status' = 'any'
            end
        limit 1
    ),
    sum(b.qualifying_events)::bigint,
    null::numeric  -- collected revenue, which no feed brings yet
from by_day as b
group by b.period
order by b.period
$$;
comment on function gold.aggregate_metrics is 'Signups, activations (within 7 days, by day of signup; null while not mature), active users and qualifying events by day, week or month; revenue is null until payments are fed.';
