-- Collected money: for analysts as facts, and in the totals over time.
create function bronze.processed_payments() returns table (
    invoice_id text, account_id uuid, subscription_id text, processed_at timestamptz, revenue_type text,
    amount numeric, currency text, billing_period_start date, billing_period_end date
)
language plpgsql stable security definer set search_path = pg_catalog as $$
begin
    if bronze.has_columns('payments', array[
        'invoice_id', 'account_id', 'subscription_id', 'processed_at', 'revenue_type', 'amount', 'currency',
        'billing_period_start', 'billing_period_end'
    ]) then
        return query execute
            'select invoice_id::text, account_id, subscription_id::text, processed_at, revenue_type::text,'
            ' amount::numeric, currency::text, billing_period_start, billing_period_end from bronze.payments';
    end if;
end $$;
comment on function bronze.processed_payments is 'Payments, where the feed payments is declared with these columns and was delivered; else no rows. Analysts read it through gold.fact_revenue.';
revoke execute on function bronze.processed_payments from public;
grant execute on function bronze.processed_payments to monstera_transformer, monstera_analyst, monstera_alerter;

create or replace function gold.aggregate_metrics(start_date timestamp, end_date timestamp, granularity text)
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
        (select sum(e.qualifying_events) from gold.events_daily as e where e.date = d.date) as qualifying_events,
        (
            select t.value from totals as t
            where t.date = d.date and t.kind = 'feed' and t.grain = 'day'
                and t.formula ->> 'feed' = 'payments' and t.formula ->> 'statistic' = 'sum'
                and t.formula ->> 'column' = 'amount'
            limit 1
        ) as revenue
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
    sum(b.revenue)
from by_day as b
group by b.period
order by b.period
$$;
comment on function gold.aggregate_metrics is 'Signups, activations (within 7 days, by day of signup; null while not mature), active users, qualifying events and collected revenue (null while no payments are fed) by day, week or month.';
