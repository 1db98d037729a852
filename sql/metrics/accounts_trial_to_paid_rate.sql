/*
description: >
  Of the accounts whose trial ended in a period, the share that paid by the 30th day after its end or
  before it, of periods whose last trials have had these days. Segments are those of the trial's last day.
*/
with trials as (
    select distinct on (f.account_id)
        f.account_id, f.created_on, f.trial_ends_on, f.first_paid_on,
        date_trunc(:grain, f.trial_ends_on::timestamp)::date as date
    from account_fact_spans as f
    where f.from_on <= :last
        and f.account_id in (select t.account_id from account_state_transitions as t where t.from_state is null and t.to_state = 'trial')
    order by f.account_id, f.from_on desc
)

select
    t.date,
    s.segment_key,
    s.segment_value,
    count(*) filter (where t.first_paid_on <= t.trial_ends_on + 30)::numeric / count(*) as value,
    count(*) filter (where t.first_paid_on <= t.trial_ends_on + 30) as numerator,
    count(*) as denominator
from trials as t
left join account_fact_spans as f on f.account_id = t.account_id and t.trial_ends_on between f.from_on and f.to_on
left join run.account_attributes as a on a.account_id = t.account_id and t.trial_ends_on between a.from_on and a.to_on
cross join lateral gold.account_segments_of(
    f.tier, null, t.created_on, a.country, a.industry, a.signup_plan, a.acquisition_source, a.first_product
) as s
where s.segment_key not in ('state', 'country', 'industry')
    and (t.date + ('1 ' || :grain)::interval)::date - 1 + 30 <= :last
    and t.date >= date_trunc(:grain, (:first::date - 30)::timestamp) - ('1 ' || :grain)::interval
group by t.date, s.segment_key, s.segment_value
