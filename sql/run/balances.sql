/*
description: Where each computed user stands in each scope at the end of the snapshot date.
*/
with standing as (
    select user_id, scope, life_number, state, activity_state, is_dunning, dunning_type
    from run.pieces
    where to_on = :as_of and state is not null
),

last_steps as (
    select user_id, scope, max(transition_timestamp) as transition_timestamp
    from run.transitions
    group by user_id, scope
),

next_dunning as (
    select d.user_id, min(case when d.from_on > :as_of then d.from_on else d.to_on + 1 end) as change_on
    from user_dunning_spans as d
    inner join run.touched as t on t.user_id = d.user_id
    where d.from_on > :as_of or d.to_on between :as_of and date '9999-12-31'
    group by d.user_id
)

select
    l.started_on,
    l.active_until,
    l.dormant_until,
    l.last_qualifying_on,
    least(
        case p.activity_state
            when 'returning' then :as_of + 1
            when 'reactivated' then :as_of + 1
            when 'active' then l.active_until + 1
            when 'dormant' then l.dormant_until + 1
            when 'new' then l.started_on + s.new_days + 1
            else 'infinity'
        end,
        case when l.scope = 'platform' and p.state <> 'deleted' then n.change_on end
    ) as next_change_on,
    l.life_number,
    coalesce(last_steps.transition_timestamp, stored.state_since) as state_since,
    l.started_at,
    l.last_qualifying_at,
    coalesce(l.opening_activation_date, a.activation_date) as activation_date,
    d.dunning_since,
    now() as updated_at,
    l.qualifying_events,
    l.user_id,
    p.is_dunning,
    l.scope,
    p.state,
    p.activity_state,
    p.dunning_type,
    l.last_qualifying_event_type
from run.scope_lives as l
inner join standing as p on p.user_id = l.user_id and p.scope = l.scope and p.life_number = l.life_number
inner join ref.scopes as s on s.scope = l.scope
left join last_steps on last_steps.user_id = l.user_id and last_steps.scope = l.scope
left join run.openings as stored on stored.user_id = l.user_id and stored.scope = l.scope
left join run.activations as a on a.user_id = l.user_id and a.scope = l.scope and a.life_number = l.life_number
left join user_dunning_spans as d
    on p.is_dunning and l.scope = 'platform' and d.user_id = l.user_id and :as_of between d.from_on and d.to_on
left join next_dunning as n on n.user_id = l.user_id
order by l.user_id
