/*
description: >
  The state of a user at the end of the day on the platform and in each adopted product, with what
  decides it: the activity of the life at hand up to the day, the deadlines that it sets, and the
  first qualifying event of the days that set them.
*/
with life as (
    select user_id, started_on, ended_on
    from user_lives
    where user_id = :user_id and started_on <= :day
    order by life_number desc
    limit 1
),

activity as (
    select
        counted.scope,
        a.active_on,
        a.qualifying_events,
        a.first_event_at,
        a.first_qualifying_at,
        a.first_qualifying_event_id,
        case when a.scope <> 'platform' then a.scope end as product_id,
        a.active_on + s.active_days as active_until,
        a.active_on + s.churn_days as dormant_until
    from life
    inner join user_daily_activity as a
        on a.user_id = life.user_id and a.active_on between life.started_on and :day and a.active_on < life.ended_on
    inner join ref.scopes as s on s.scope = a.scope
    cross join lateral (
        select 'platform'
        union
        select a.scope
    ) as counted (scope)
),

sums as (
    select
        scope,
        min(active_on) as started_on,
        min(first_event_at) as started_at,
        sum(qualifying_events)::bigint as qualifying_events,
        max(active_on) filter (where qualifying_events > 0) as last_qualifying_on,
        max(active_on) filter (where qualifying_events > 0 and active_on < :day) as previous_qualifying_on
    from activity
    group by scope
),

events as (
    select
        a.*,
        jsonb_build_object(
            'event_id', a.first_qualifying_event_id,
            'event_type', e.event_type,
            'occurred_at', a.first_qualifying_at,
            'occurred_on', a.active_on,
            'product_id', a.product_id
        ) as event
    from activity as a
    left join bronze.events as e on e.occurred_on = a.active_on and e.event_id = a.first_qualifying_event_id
    where a.qualifying_events > 0
),

active as (
    select distinct on (scope) scope, active_until, event
    from events
    order by scope, active_until desc, active_on desc, first_qualifying_at, first_qualifying_event_id
),

dormant as (
    select distinct on (scope) scope, dormant_until, event
    from events
    order by scope, dormant_until desc, active_on desc, first_qualifying_at, first_qualifying_event_id
)

select
    span.scope,
    span.state,
    span.activity_state,
    span.is_dunning,
    span.dunning_type,
    step.transition_timestamp as state_since,
    case when span.scope = 'platform' then life.started_on else sums.started_on end as started_on,
    case when span.scope <> 'platform' then sums.started_at end as first_access_at,
    case when span.scope = 'platform' then life.started_on else sums.started_on end + s.new_days as new_until,
    coalesce(sums.qualifying_events, 0) as qualifying_events,
    sums.last_qualifying_on,
    sums.previous_qualifying_on,
    :day - sums.last_qualifying_on as days_since_last_qualifying_event,
    active.active_until,
    active.event as active_set_by,
    dormant.dormant_until,
    dormant.event as dormant_set_by
from user_state_spans as span
inner join ref.scopes as s on s.scope = span.scope
cross join life
left join sums on sums.scope = span.scope
-- while the user is deleted, no activity counts
left join active on active.scope = span.scope and span.activity_state is not null
left join dormant on dormant.scope = span.scope and span.activity_state is not null
left join lateral (
    select t.transition_timestamp
    from user_state_transitions as t
    where t.user_id = span.user_id and t.scope = span.scope and t.transition_on <= :day
    order by t.transition_on desc, t.seq desc
    limit 1
) as step on true
where span.user_id = :user_id and span.from_on <= :day and span.to_on >= :day
order by span.scope <> 'platform', span.scope
