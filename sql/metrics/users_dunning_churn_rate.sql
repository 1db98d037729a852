/*
description: >
  Of the payment problems of users that opened in a period, the share whose user became churned within 90 days, while
  the problem was open or within 30 days of its end; of periods whose last problems have had their 90 days.
*/
with opened as (
    select
        d.user_id, d.from_on, date_trunc(:grain, d.from_on::timestamp)::date as date,
        -- a problem goes on as long as one stretch follows the other
        (
            select min(last.to_on)
            from user_dunning_spans as last
            where last.user_id = d.user_id and last.to_on >= d.from_on
                and not exists (
                    select from user_dunning_spans as next
                    where next.user_id = last.user_id and next.from_on = last.to_on + 1
                )
        ) as to_on
    from user_dunning_spans as d
    where d.from_on >= date_trunc(:grain, (:first::date - 90)::timestamp) - ('1 ' || :grain)::interval
        and (date_trunc(:grain, d.from_on::timestamp) + ('1 ' || :grain)::interval)::date - 1 + 90 <= :last
        and not exists (
            select from user_dunning_spans as before where before.user_id = d.user_id and before.to_on = d.from_on - 1
        )
),

judged as (
    select o.user_id, o.date, o.from_on, churn.is_there as is_churned
    from opened as o
    cross join lateral (
        select count(*) > 0 as is_there
        from user_state_transitions as t
        where t.user_id = o.user_id and t.scope = 'platform' and t.to_state = 'churned'
            and t.transition_on between o.from_on and o.from_on + 90
            and (o.to_on = 'infinity' or t.transition_on <= o.to_on + 31)
    ) as churn
)

select
    j.date,
    s.segment_key,
    s.segment_value,
    count(*) filter (where j.is_churned)::numeric / count(*) as value,
    count(*) filter (where j.is_churned) as numerator,
    count(*) as denominator
from judged as j
inner join user_attributes as a on a.user_id = j.user_id and a.from_on <= j.from_on and a.to_on >= j.from_on
cross join lateral (
    values
    ('all', 'all'),
    ('country', coalesce(a.country, 'unknown')),
    ('plan_type', coalesce(a.plan_type, 'unknown'))
) as s (segment_key, segment_value)
group by j.date, s.segment_key, s.segment_value
