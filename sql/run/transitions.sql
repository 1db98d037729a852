/*
description: >
  The changes of state as steps along legal edges, each with its time: that of the day's fact that
  last made the target true, midnight where none did, and never before the step before it.
*/
with changes as (
    select
        c.*,
        s.kind,
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

-- Activity makes a state true only where it was not so by itself.
qualifying as (
    select distinct on (st.user_id, st.scope, st.from_on)
        st.user_id, st.scope, st.from_on, a.first_qualifying_at, a.first_qualifying_event_id
    from steps as st
    inner join run.touched_activity as a
        on a.user_id = st.user_id and a.active_on = st.from_on and (st.kind = 'platform' or a.scope = st.scope)
    where a.first_qualifying_at is not null
        and st.step_to in ('active', 'returning', 'reactivated', 'dunning')
        and (
            st.previous_activity_state is null
            or st.previous_activity_state in ('new', 'dormant', 'churned')
            or st.life_number is distinct from st.previous_life_number
        )
    order by st.user_id, st.scope, st.from_on, a.first_qualifying_at, a.first_qualifying_event_id
),

facts as (
    select
        st.user_id, st.scope, st.life_number, st.from_on, st.seq, st.step_from, st.step_to, st.midnight, st.state,
        st.is_dunning, st.previous_last_qualifying_on, st.kind,
        life.started_at, life.start_event_id,
        ending.ended_at, ending.end_event_id,
        accessed.first_event_at, accessed.first_event_id,
        qualifying.first_qualifying_at as qualifying_at,
        qualifying.first_qualifying_event_id as qualifying_event_id,
        opening.opened_at,
        opening.opening_event_id,
        closing.closed_at,
        closing.closing_event_id
    from steps as st
    left join user_lives as life
        on st.step_to = 'new' and life.user_id = st.user_id and life.life_number = st.life_number
    left join user_lives as ending
        on st.step_to = 'deleted' and ending.user_id = st.user_id
        and ending.life_number = case when st.state = 'deleted' then st.life_number else st.previous_life_number end
    left join run.touched_activity as accessed
        on st.step_to = 'new' and st.kind = 'product'
        and accessed.user_id = st.user_id and accessed.active_on = st.from_on and accessed.scope = st.scope
    left join qualifying
        on qualifying.user_id = st.user_id and qualifying.scope = st.scope and qualifying.from_on = st.from_on
    left join user_dunning_spans as opening
        on st.step_to = 'dunning' and st.kind = 'platform'
        and opening.user_id = st.user_id and opening.from_on = st.from_on
    left join user_dunning_spans as closing
        on st.step_to = 'active' and st.kind = 'platform'
        and closing.user_id = st.user_id and closing.to_on = st.from_on - 1
),

-- For each step the fact of the day that last made its target true. A problem that is still open
-- was ended by no payment, so 'active' is then only a stop on the way.
caused as (
    select
        f.*,
        case f.step_to
            when 'new' then case when f.kind = 'platform' then f.started_at else f.first_event_at end
            when 'active' then greatest(f.qualifying_at, case when not f.is_dunning then f.closed_at end)
            when 'dunning' then greatest(f.qualifying_at, f.opened_at)
            when 'returning' then f.qualifying_at
            when 'reactivated' then f.qualifying_at
            when 'deleted' then f.ended_at
        end as occurred_at
    from facts as f
),

timed as (
    select
        c.*,
        case
            when c.step_to = 'new' and c.kind = 'platform' then c.start_event_id
            when c.step_to = 'new' then c.first_event_id
            when c.step_to = 'deleted' then c.end_event_id
            when c.occurred_at = c.qualifying_at then c.qualifying_event_id
            when c.step_to = 'active' then c.closing_event_id
            when c.step_to = 'dunning' then c.opening_event_id
        end as event_id,
        max(coalesce(c.occurred_at, c.midnight)) over (
            partition by c.user_id, c.scope, c.from_on, c.life_number order by c.seq
        ) as transition_timestamp
    from caused as c
),

dated as (
    select
        *,
        lag(from_on) over (partition by user_id, scope order by from_on, seq) as previous_on
    from timed
)

select
    (
        lpad(to_hex(d.from_on - date '1970-01-01'), 8, '0')
        || substr(md5(concat_ws('|', d.user_id, d.scope, d.from_on, d.seq)), 9)
    )::uuid as transition_id,
    d.user_id,
    case when d.occurred_at is not null then d.event_id end as triggering_event_id,
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
