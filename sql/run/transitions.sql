/*
description: >
  The changes of state as steps along legal edges, each with its time: that of the day's fact that
  last made the target true, midnight where none did, and never before the step before it.
*/
with changes as (
    select
        c.user_id, c.scope, c.life_number, c.from_on, c.state, c.is_dunning, s.kind,
        c.previous_life_number, c.previous_activity_state, c.previous_last_qualifying_on,
        c.from_on::timestamp at time zone l.business_time_zone as midnight,
        -- a product's states begin anew in a new life
        case when s.kind = 'product' and (c.life_number is distinct from c.previous_life_number) then '(start)'
            else coalesce(c.previous_state, '(start)') end as state_before
    from run.changes as c
    inner join ref.scopes as s on s.scope = c.scope
    cross join ref.lifecycle as l
    where c.state is not null
),

steps as (
    select c.*, p.seq, p.step_from, p.step_to
    from changes as c
    left join ref.transition_paths as p
        on p.scope_kind = c.kind and p.from_state = c.state_before and p.to_state = c.state
    where c.state_before <> c.state
),

-- Facts of the day that make a step's target true, but for those of payments.
facts as (
    select st.user_id, st.scope, st.from_on, st.seq, life.started_at as occurred_at, life.start_event_id as event_id
    from steps as st
    inner join user_lives as life on life.user_id = st.user_id and life.life_number = st.life_number
    where st.step_to = 'new' and st.kind = 'platform'
    union all
    select st.user_id, st.scope, st.from_on, st.seq, a.first_event_at, a.first_event_id
    from steps as st
    inner join run.touched_activity as a
        on a.user_id = st.user_id and a.active_on = st.from_on and a.scope = st.scope
    where st.step_to = 'new' and st.kind = 'product'
    union all
    (
        -- of several deletions on one day the last
        select distinct on (st.user_id, st.scope, st.from_on, st.seq)
            st.user_id, st.scope, st.from_on, st.seq, life.ended_at, life.end_event_id
        from steps as st
        inner join user_lives as life on life.user_id = st.user_id and life.ended_on = st.from_on
        where st.step_to = 'deleted'
        order by st.user_id, st.scope, st.from_on, st.seq, life.life_number desc
    )
    union all
    (
        select distinct on (st.user_id, st.scope, st.from_on, st.seq)
            st.user_id, st.scope, st.from_on, st.seq, a.first_qualifying_at, a.first_qualifying_event_id
        from steps as st
        inner join run.touched_activity as a
            on a.user_id = st.user_id and a.active_on = st.from_on and (st.kind = 'platform' or a.scope = st.scope)
        where a.first_qualifying_at is not null
            and st.step_to in ('active', 'returning', 'reactivated', 'dunning')
            -- activity makes a state true only where it was not so by itself
            and (
                st.previous_activity_state is null
                or st.previous_activity_state in ('new', 'dormant', 'churned')
                or st.life_number is distinct from st.previous_life_number
            )
        order by
            st.user_id, st.scope, st.from_on, st.seq, a.first_qualifying_at, a.first_qualifying_event_id
    )
),

-- A problem that is still open was ended by no payment, so 'active' is then only a stop on the way.
payments as (
    select st.user_id, st.scope, st.from_on, st.seq, d.opened_at as occurred_at, d.opening_event_id as event_id
    from steps as st
    inner join user_dunning_spans as d on d.user_id = st.user_id and d.from_on = st.from_on
    where st.step_to = 'dunning' and st.kind = 'platform'
    union all
    select st.user_id, st.scope, st.from_on, st.seq, d.closed_at, d.closing_event_id
    from steps as st
    inner join user_dunning_spans as d on d.user_id = st.user_id and d.to_on = st.from_on - 1
    where st.step_to = 'active' and st.kind = 'platform' and not st.is_dunning
),

-- For each step the fact of the day that last made its target true.
caused as (
    select
        st.*,
        greatest(f.occurred_at, p.occurred_at) as occurred_at,
        case when f.occurred_at >= p.occurred_at or p.occurred_at is null then f.event_id else p.event_id end as event_id
    from steps as st
    left join facts as f
        on f.user_id = st.user_id and f.scope = st.scope and f.from_on = st.from_on and f.seq = st.seq
    left join payments as p
        on p.user_id = st.user_id and p.scope = st.scope and p.from_on = st.from_on and p.seq = st.seq
),

dated as (
    select
        *,
        max(coalesce(occurred_at, midnight)) over day as transition_timestamp,
        lag(from_on) over (partition by user_id, scope order by from_on, seq) as previous_on
    from caused
    window day as (partition by user_id, scope, from_on order by seq)
)

select
    (
        lpad(to_hex(d.from_on - date '1970-01-01'), 8, '0')
        || substr(md5(concat_ws('|', d.user_id, d.scope, d.from_on, d.seq)), 9)
    )::uuid as transition_id,
    d.user_id,
    d.event_id as triggering_event_id,
    d.transition_timestamp,
    d.from_on as transition_on,
    d.seq,
    case
        when d.step_from <> '(start)'
            then d.from_on - coalesce(d.previous_on, (s.state_since at time zone l.business_time_zone)::date)
    end as days_in_previous_state,
    d.scope,
    nullif(d.step_from, '(start)') as from_state,
    d.step_to as to_state,
    case
        when d.step_to = 'new' and d.step_from = 'deleted' then 'restore'
        when d.step_to = 'new' and d.kind = 'product' then 'first_access'
        when d.step_to = 'new' then 'signup'
        when d.step_to = 'reactivated' and d.previous_last_qualifying_on is null then 'late_activation'
        when d.step_to in ('returning', 'reactivated') then 'activity'
        when d.step_to in ('dormant', 'churned') then 'inactivity'
        when d.step_to = 'deleted' then 'deletion'
        when d.step_to = 'dunning' then 'payment_problem'
        when d.step_from = 'dunning' and d.state = 'active' then 'payment_settled'
        when d.step_from = 'dunning' then 'inactivity'
        when d.step_from in ('returning', 'reactivated') then 'settled'
        else 'activity'
    end as reason
from dated as d
left join run.openings as s on s.user_id = d.user_id and s.scope = d.scope
cross join ref.lifecycle as l
