/*
description: >
  Rows of feeds by business day: their number, or the sum, mean or a percentile of a column, by columns of theirs. A feed
  speaks of the days from its first row to its newest delivery or row.
notes: >
  Where an amount has no rate, the value of its period is null: a missing rate is not 1. A row that states no
  value counts as a row alone.
*/
with wanted as (
    select
        m.metric_id,
        m.grain,
        m.formula ->> 'feed' as feed,
        m.formula ->> 'at' as at_column,
        m.formula ->> 'column' as value_column,
        m.formula ->> 'currency' as currency_column,
        m.formula ->> 'statistic' as statistic,
        array(select s.key from jsonb_each_text(m.formula -> 'by') as s order by s.key) as segment_keys,
        array(select s.value from jsonb_each_text(m.formula -> 'by') as s order by s.key) as segment_columns,
        r.first_on,
        r.begins_on,
        r.ends_on
    from run.feed_reaches as r
    inner join ref.metrics as m on m.metric_id = r.metric_id
),

rows_of_feeds as (
    select
        w.metric_id, w.grain, w.statistic, date_trunc(w.grain, f.date::timestamp)::date as date,
        s.segment_key, s.segment_value,
        f.value is not null and w.currency_column is not null and rates.rate is null as lacks_rate,
        f.value * case when w.currency_column is null then 1 else rates.rate end as value
    from wanted as w
    cross join lateral bronze.feed_values(
        w.feed, w.at_column, w.value_column, w.currency_column, w.segment_columns, w.first_on, :last
    ) as f
    cross join lateral (
        select 'all' as segment_key, 'all' as segment_value
        union all
        select named.key, coalesce(named.value, 'unknown') from unnest(w.segment_keys, f.segments) as named (key, value)
    ) as s
    left join lateral (
        select r.rate
        from (
            select r.currency, r.valid_from, r.rate from ref.currency_rates as r
            union all
            select s.reporting_currency, '-infinity', 1 from ref.account_settings as s
        ) as r
        where r.currency = upper(f.currency) and r.valid_from <= f.date
        order by r.valid_from desc
        limit 1
    ) as rates on w.currency_column is not null
),

counted as (
    select
        metric_id, date, grain, statistic, segment_key, segment_value,
        count(*) as entries,
        count(value) as known,
        bool_or(lacks_rate) as lacks_rate,
        sum(value) as total,
        case statistic
            when 'median' then percentile_cont(0.5) within group (order by value)
            when 'p95' then percentile_cont(0.95) within group (order by value)
        end::numeric as percentile
    from rows_of_feeds
    group by metric_id, date, grain, statistic, segment_key, segment_value
),

-- periods without a row, while the feed was connected
without as (
    select w.metric_id, p.date, w.grain, w.statistic
    from wanted as w
    cross join lateral gold.periods(w.grain, greatest(w.first_on, w.begins_on), w.ends_on) as p
    where w.statistic in ('count', 'sum')
)

select
    metric_id, date, grain, segment_key, segment_value,
    case
        when statistic = 'count' then entries
        when lacks_rate then null
        when statistic = 'sum' then total
        when statistic = 'mean' then total / nullif(known, 0)
        else percentile
    end as value,
    case when statistic = 'mean' and not lacks_rate then total end as numerator,
    case when statistic = 'mean' and not lacks_rate then known end as denominator
from counted
union all
select w.metric_id, w.date, w.grain, 'all', 'all', 0, null, null
from without as w
where not exists (select from counted as c where c.metric_id = w.metric_id and c.date = w.date)
