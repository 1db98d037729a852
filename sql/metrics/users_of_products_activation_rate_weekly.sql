/*
description: >
  Share of the users who first came to the product in the week who activated it within its
  timeframe, of weeks whose last ones have had the time. Who came anew after a restore counts anew.
*/
with weeks as (
    select a.scope, date_trunc('week', a.accessed_on::timestamp)::date as date, a.activated_on, a.mature_on - a.accessed_on as days
    from run.product_accesses as a
)

select
    date,
    'product' as segment_key,
    scope as segment_value,
    count(activated_on)::numeric / count(*) as value,
    count(activated_on) as numerator,
    count(*) as denominator
from weeks
where date + 6 + days <= :last
    -- the weeks of all products alike, since a week is replaced as a whole
    and date >= date_trunc('week', (:first::date - (select max(longest.days) from weeks as longest))::timestamp)
group by date, scope
