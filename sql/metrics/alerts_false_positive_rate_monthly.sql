/*
description: >
  Of the incidents of alert rules that people judged in the month, the share that was no trouble at all.
*/
with judged as (
    select
        date_trunc('month', i.verdict_at at time zone l.business_time_zone)::date as date,
        i.rule_id,
        i.verdict = 'false_positive' as is_false
    from ops.alert_incidents as i
    cross join ref.lifecycle as l
    where i.verdict is not null
        and (i.verdict_at at time zone l.business_time_zone)::date
        between date_trunc('month', :first::timestamp)::date and :last::date
)

select
    j.date,
    s.segment_key,
    s.segment_value,
    count(*) filter (where j.is_false)::numeric / count(*) as value,
    count(*) filter (where j.is_false) as numerator,
    count(*) as denominator
from judged as j
cross join lateral (values ('all', 'all'), ('rule', j.rule_id)) as s (segment_key, segment_value)
group by j.date, s.segment_key, s.segment_value
