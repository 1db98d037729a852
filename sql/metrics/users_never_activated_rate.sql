/*
description: >
  Of the users whose new days ended in a period without a qualifying event before it (they were new at its start, or
  signed up in it), the share that churned for that reason in it.
*/
with ended as (
    select
        l.user_id, l.started_on, l.started_on + scope.new_days + 1 as ended_on,
        date_trunc(:grain, (l.started_on + scope.new_days + 1)::timestamp)::date as date
    from user_lives as l
    inner join ref.scopes as scope on scope.scope = 'platform'
    where l.started_on + scope.new_days + 1 between date_trunc(:grain, :first::timestamp) and :last
        and l.ended_on > l.started_on + scope.new_days + 1
),

members as (
    select
        e.user_id, e.date, t.user_id is not null as is_churned,
        a.profile
    from ended as e
    left join user_state_transitions as t
        on t.user_id = e.user_id and t.scope = 'platform' and t.transition_on = e.ended_on
        and t.from_state = 'new' and t.to_state = 'churned'
    inner join user_attributes as a on a.user_id = e.user_id and a.from_on <= e.ended_on and a.to_on >= e.ended_on
    where e.started_on >= e.date
        or exists (
            select from user_state_spans as s
            where s.user_id = e.user_id and s.scope = 'platform' and s.state = 'new'
                and s.from_on < e.date and s.to_on >= e.date - 1
        )
)

select
    m.date,
    s.segment_key,
    s.segment_value,
    count(*) filter (where m.is_churned)::numeric / count(*) as value,
    count(*) filter (where m.is_churned) as numerator,
    count(*) as denominator
from members as m
cross join lateral gold.segments_of(m.profile) as s
where s.segment_key <> 'signup_month'
group by m.date, s.segment_key, s.segment_value
