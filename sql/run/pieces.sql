/*
description: >
  States over the days to compute, payment problems and deletions laid over the activity. A piece
  without a state says that a product's states end. Where a user stood before comes first.
*/
with overlapping as (
    select
        a.user_id,
        a.from_on as span_from_on,
        greatest(a.from_on, d.from_on) as from_on,
        least(a.to_on, d.to_on) as to_on,
        d.dunning_type
    from run.activity_spans as a
    inner join user_dunning_spans as d
        on d.user_id = a.user_id and d.from_on <= a.to_on and d.to_on >= a.from_on
    where a.scope = 'platform'
),

-- Days of an activity span with a payment problem.
troubles as (
    select user_id, span_from_on, range_agg(daterange(from_on, to_on, '[]')) as troubled
    from overlapping
    group by user_id, span_from_on
),

deletions as (
    select
        life.user_id,
        life.life_number,
        case when t.is_replay then life.ended_on else greatest(life.ended_on, :previous_as_of + 1) end as from_on,
        coalesce(following.started_on - 1, :as_of) as to_on
    from user_lives as life
    inner join run.touched as t on t.user_id = life.user_id
    left join user_lives as following
        on following.user_id = life.user_id and following.life_number = life.life_number + 1
    where life.ended_on <= :as_of
)

select
    a.user_id, a.scope, a.life_number, a.from_on, a.to_on,
    a.activity_state as state, a.activity_state, false as is_dunning, null as dunning_type, a.last_qualifying_on
from run.activity_spans as a
where a.scope <> 'platform'
    or not exists (select from troubles as t where t.user_id = a.user_id and t.span_from_on = a.from_on)
union all
select
    a.user_id, a.scope, a.life_number, o.from_on, o.to_on,
    case when a.activity_state = 'active' then 'dunning' else a.activity_state end, a.activity_state,
    true, o.dunning_type, a.last_qualifying_on
from overlapping as o
inner join run.activity_spans as a
    on a.user_id = o.user_id and a.scope = 'platform' and a.from_on = o.span_from_on
union all
select
    a.user_id, a.scope, a.life_number, lower(gap.days), upper(gap.days) - 1,
    a.activity_state, a.activity_state, false, null, a.last_qualifying_on
from troubles as t
inner join run.activity_spans as a
    on a.user_id = t.user_id and a.scope = 'platform' and a.from_on = t.span_from_on
cross join lateral unnest(datemultirange(daterange(a.from_on, a.to_on, '[]')) - t.troubled) as gap (days)
union all
select
    user_id, 'platform', life_number, from_on, to_on, 'deleted', null, false, null, null
from deletions
where from_on <= to_on
union all
select user_id, scope, life_number, ended_on, ended_on, null, null, false, null, null
from run.scope_lives
where scope <> 'platform' and is_over
union all
select
    s.user_id, s.scope, s.life_number, '-infinity', :previous_as_of,
    s.state, s.activity_state, s.is_dunning, s.dunning_type,
    case when s.state in ('dormant', 'churned') then s.last_qualifying_on end
from run.openings as s
