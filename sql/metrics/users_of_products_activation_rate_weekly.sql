/*
description: >
  Share of the users who first came to the product in the week who activated it within its
  timeframe, of weeks whose last ones have had the time.
*/
with timeframes as (
    select product_id, max(timeframe_days) as days from ref.activation_paths group by product_id
),

adopters as (
    select
        s.scope, (s.started_at at time zone l.business_time_zone)::date as accessed_on,
        s.activation_date is not null as is_activated, t.days
    from user_states as s
    inner join timeframes as t on t.product_id = s.scope
    cross join ref.lifecycle as l
)

select
    date_trunc('week', accessed_on::timestamp)::date as date,
    'product' as segment_key,
    scope as segment_value,
    count(*) filter (where is_activated)::numeric / count(*) as value,
    count(*) filter (where is_activated) as numerator,
    count(*) as denominator
from adopters
where date_trunc('week', accessed_on::timestamp)::date + 6 + days <= :last
    and date_trunc('week', accessed_on::timestamp)::date >= date_trunc('week', (:first::date - days)::timestamp)
group by date_trunc('week', accessed_on::timestamp)::date, scope
