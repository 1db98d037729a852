-- The states of all users on all days up to getvariable('as_of') from the events alone, for users
-- who neither leave nor fail to pay.
create or replace table user_daily_activity as
select
    user_id,
    occurred_on as active_on,
    scope,
    count(*) as events,
    count(*) filter (where is_qualifying_event) as qualifying_events,
    min(occurred_at) as first_event_at,
    arg_min(event_id, occurred_at) as first_event_id,
    min(occurred_at) filter (where is_qualifying_event) as first_qualifying_at,
    arg_min(event_id, occurred_at) filter (where is_qualifying_event) as first_qualifying_event_id,
    max(occurred_at) filter (where is_qualifying_event) as last_qualifying_at,
    arg_max(event_type, occurred_at) filter (where is_qualifying_event) as last_qualifying_event_type
from events
where occurred_on <= getvariable('as_of')
group by all;

create or replace temporary table qualifying_days as
with days as (
    select
        a.user_id, a.scope, a.active_on, a.first_qualifying_at, a.first_qualifying_event_id,
        a.active_on + s.active_days as active_until,
        a.active_on + s.churn_days as dormant_until
    from user_daily_activity as a
    inner join scopes as s on s.scope = a.scope
    where a.qualifying_events > 0
)

select * from days where scope <> 'platform'
union all
select
    user_id, 'platform', active_on, min(first_qualifying_at),
    arg_min(first_qualifying_event_id, first_qualifying_at), max(active_until), max(dormant_until)
from days
group by user_id, active_on;

create or replace temporary table starts as
select user_id, 'platform' as scope, signed_up_at as started_at, cast(signed_up_at as date) as started_on, null as event_id
from signups
union all
select user_id, scope, min(first_event_at), min(active_on), arg_min(first_event_id, first_event_at)
from user_daily_activity
where scope <> 'platform'
group by user_id, scope;

-- The days on which activity begins, or resumes after a gap; one row starts one run.
create or replace temporary table runs as
with carried as (
    select
        *,
        max(active_until) over earlier as active_before,
        max(dormant_until) over earlier as dormant_before,
        max(active_until) over everything as last_active_until,
        max(dormant_until) over everything as last_dormant_until
    from qualifying_days
    window
        earlier as (
            partition by user_id, scope order by active_on rows between unbounded preceding and 1 preceding
        ),
        everything as (partition by user_id, scope)
)

select
    user_id, scope, active_on, active_before, dormant_before, first_qualifying_at, first_qualifying_event_id,
    lead(active_on) over run as next_active_on,
    coalesce(lead(active_before) over run, last_active_until) as active_until,
    coalesce(lead(dormant_before) over run, last_dormant_until) as dormant_until
from carried
where active_before is null or active_on - 1 > active_before
window run as (partition by user_id, scope order by active_on);

create or replace table user_state_spans as
with stretches as (
    -- before the first qualifying day
    select
        s.user_id, s.scope, s.started_on as run_from,
        coalesce(r.active_on - 1, date '9999-12-31') as run_to,
        'new' as entered,
        s.started_on + p.new_days as active_until,
        s.started_on + p.new_days as dormant_until
    from starts as s
    inner join scopes as p on p.scope = s.scope
    left join runs as r on r.user_id = s.user_id and r.scope = s.scope and r.active_before is null
    union all
    select
        r.user_id, r.scope, r.active_on,
        coalesce(r.next_active_on - 1, date '9999-12-31'),
        case
            when r.active_before is null and r.active_on - 1 - s.started_on > p.new_days then 'reactivated'
            when r.active_before is null then 'active'
            when r.active_on - 1 > r.dormant_before then 'reactivated'
            when r.scope = 'platform' then 'returning'
            else 'active'
        end,
        r.active_until,
        r.dormant_until
    from runs as r
    inner join starts as s on s.user_id = r.user_id and s.scope = r.scope
    inner join scopes as p on p.scope = r.scope
),

pieces as (
    select user_id, scope, run_to, run_from as from_on, run_from as to_on, entered as state
    from stretches
    where entered in ('returning', 'reactivated')
    union all
    select
        user_id, scope, run_to,
        case when entered in ('returning', 'reactivated') then run_from + 1 else run_from end,
        active_until,
        case when entered = 'new' then 'new' else 'active' end
    from stretches
    union all
    select user_id, scope, run_to, active_until + 1, dormant_until, 'dormant' from stretches
    union all
    select user_id, scope, run_to, dormant_until + 1, date '9999-12-31', 'churned' from stretches
)

select user_id, scope, from_on, least(to_on, run_to) as to_on, state
from pieces
where from_on <= least(to_on, run_to) and from_on <= getvariable('as_of');

create or replace table user_state_transitions as
with changes as (
    select
        c.*,
        lag(c.state) over (partition by c.user_id, c.scope order by c.from_on) as state_before
    from user_state_spans as c
),

steps as (
    select user_id, scope, from_on, 0 as seq, state_before as from_state, state as to_state
    from changes
    where state_before is not null
    union all
    select user_id, scope, from_on, 0, null, 'new' from changes where state_before is null
    union all
    select user_id, scope, from_on, 1, 'new', state from changes where state_before is null and state <> 'new'
)

select
    md5(concat_ws('|', t.user_id, t.scope, t.from_on, t.seq)) as transition_id,
    t.user_id,
    t.scope,
    t.from_on as transition_on,
    t.seq,
    t.from_state,
    t.to_state,
    case
        when t.to_state = 'new' then s.started_at
        when t.from_state in ('returning', 'reactivated') then cast(t.from_on as timestamp)
        else coalesce(q.first_qualifying_at, cast(t.from_on as timestamp))
    end as transition_timestamp,
    case
        when t.to_state = 'new' then s.event_id
        when t.from_state in ('returning', 'reactivated') then null
        else q.first_qualifying_event_id
    end as triggering_event_id,
    t.from_on - lag(t.from_on) over (partition by t.user_id, t.scope order by t.from_on, t.seq) as days_in_previous_state
from steps as t
inner join starts as s on s.user_id = t.user_id and s.scope = t.scope
left join runs as q on q.user_id = t.user_id and q.scope = t.scope and q.active_on = t.from_on;

create or replace table user_states as
select
    s.user_id,
    s.scope,
    s.state,
    s.from_on as state_since,
    a.qualifying_events,
    a.last_qualifying_at
from user_state_spans as s
left join (
    select user_id, scope, sum(qualifying_events) as qualifying_events, max(last_qualifying_at) as last_qualifying_at
    from user_daily_activity
    where scope <> 'platform'
    group by user_id, scope
    union all
    select user_id, 'platform', sum(qualifying_events), max(last_qualifying_at)
    from user_daily_activity
    group by user_id
) as a on a.user_id = s.user_id and a.scope = s.scope
where s.to_on >= getvariable('as_of') and s.from_on <= getvariable('as_of');
