/*
description: >
  Spans of activity states over the days to compute. Each run of activity reads: the day of return,
  active through its deadline, dormant through the second one, then churned.
*/
with runs as (
    -- the run that the days begin in: what was carried in, or the time before the first activity
    select
        l.user_id, l.scope, l.life_number, l.window_from, l.window_to,
        l.window_from as run_from,
        least(b.active_on - 1, l.window_to) as run_to,
        case when l.opening_active_until is null then 'new' else 'active' end as entered,
        case
            when l.opening_active_until is null then l.started_on + s.new_days
            else coalesce(b.active_before, l.active_until)
        end as first_deadline,
        case
            when l.opening_active_until is null then l.started_on + s.new_days
            else coalesce(b.dormant_before, l.dormant_until)
        end as second_deadline,
        case when l.opening_active_until is not null then coalesce(b.last_before, l.last_qualifying_on) end as last_on
    from run.scope_lives as l
    inner join ref.scopes as s on s.scope = l.scope
    left join run.activity_breaks as b
        on b.user_id = l.user_id and b.scope = l.scope and b.life_number = l.life_number and b.is_first
    union all
    select
        l.user_id, l.scope, l.life_number, l.window_from, l.window_to,
        b.active_on,
        least(b.next_break_on - 1, l.window_to),
        case
            when b.active_before is null and b.active_on - 1 - l.started_on > s.new_days then 'reactivated'
            when b.active_before is null then 'active'
            when b.active_on - 1 > b.dormant_before then 'reactivated'
            when s.kind = 'platform' then 'returning'
            else 'active'
        end,
        coalesce(b.run_active_until, l.active_until),
        coalesce(b.run_dormant_until, l.dormant_until),
        coalesce(b.run_last_on, l.last_qualifying_on)
    from run.activity_breaks as b
    inner join run.scope_lives as l
        on l.user_id = b.user_id and l.scope = b.scope and l.life_number = b.life_number
    inner join ref.scopes as s on s.scope = l.scope
)

select
    r.user_id,
    r.scope,
    r.life_number,
    greatest(span.from_on, r.run_from) as from_on,
    least(span.to_on, r.run_to) as to_on,
    span.activity_state,
    case when span.activity_state in ('dormant', 'churned') then r.last_on end as last_qualifying_on
from runs as r
cross join lateral (
    values
    (r.run_from, r.run_from, r.entered, r.entered in ('returning', 'reactivated')),
    (r.run_from, r.first_deadline, 'new', r.entered = 'new'),
    (r.run_from, r.first_deadline, 'active', r.entered = 'active'),
    (r.run_from + 1, r.first_deadline, 'active', r.entered in ('returning', 'reactivated')),
    (r.first_deadline + 1, r.second_deadline, 'dormant', true),
    (r.second_deadline + 1, 'infinity'::date, 'churned', true)
) as span (from_on, to_on, activity_state, applies)
where span.applies
    and span.from_on <= span.to_on
    and greatest(span.from_on, r.run_from) <= least(span.to_on, r.run_to)
