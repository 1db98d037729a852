/*
description: >
  Stretches of days on which a member counts as what the health of the account looks at. Of accounts that are
  not counted anew, those alone of members of whom one may begin or end on the days to compute.
*/
with windows as (
    select
        s.window_days,
        :previous_as_of::date + 1 - s.window_days as first_before,
        :as_of::date - s.window_days as last_before
    from ref.account_settings as s
),

moved as (
    select user_id from run.changes where scope = 'platform'
    union
    select user_id from run.segment_changes where dimension in ('engagement_intensity', 'feature_adoption')
    union
    -- what began or ended a window of days ago moves with the days
    select s.user_id
    from windows as w
    inner join user_segment_spans as s
        on s.from_on between w.first_before and w.last_before
        or s.to_on between w.first_before - 1 and w.last_before - 1
    where s.dimension = 'engagement_intensity' and s.value = 'power'
    union
    select m.user_id
    from windows as w
    inner join account_members as m
        on m.from_on > '-infinity' and m.from_on between w.first_before and w.last_before
        or m.to_on < 'infinity' and m.to_on between w.first_before - 1 and w.last_before - 1
    union
    select life.user_id
    from windows as w
    inner join user_lives as life on life.started_on between w.first_before and w.last_before
),

members as (
    select m.user_id, m.account_id, m.from_on, m.to_on, r.from_on as first_on
    from run.account_ranges as r
    inner join account_members as m on m.account_id = r.account_id
    where r.is_recount
    union all
    select m.user_id, m.account_id, m.from_on, m.to_on, r.from_on
    from moved
    inner join account_members as m on m.user_id = moved.user_id
    inner join run.account_ranges as r on r.account_id = m.account_id and not r.is_recount
    -- spares a rebuild, where all is counted anew
    where exists (select from run.account_ranges as carried_on where not carried_on.is_recount)
),

segments as (
    select
        m.user_id, m.account_id, s.dimension, s.value,
        greatest(s.from_on, m.from_on) as from_on,
        least(s.to_on, m.to_on) as to_on
    from windows as w
    cross join members as m
    inner join user_segment_spans as s
        on s.user_id = m.user_id
        and s.from_on <= m.to_on
        and s.to_on >= greatest(m.from_on, m.first_on - w.window_days - 1)
    where s.dimension = 'engagement_intensity' and s.value <> 'inactive'
        or s.dimension = 'feature_adoption' and s.value in ('advanced', 'completionist')
),

power_before as (
    select s.user_id, s.account_id, s.from_on + w.window_days as from_on, s.to_on + w.window_days as to_on
    from segments as s
    cross join windows as w
    where s.value = 'power'
),

newcomers as (
    select
        m.account_id,
        greatest(life.started_on, m.from_on) as from_on,
        least(life.started_on + w.window_days - 1, life.ended_on - 1, m.to_on) as to_on,
        min(a.active_on) as active_on
    from windows as w
    cross join members as m
    inner join user_lives as life
        on life.user_id = m.user_id and life.started_on between m.first_on - w.window_days and :as_of
    left join user_daily_activity as a
        on a.user_id = life.user_id
        and a.active_on >= life.started_on
        and a.active_on < least(life.ended_on, life.started_on + w.window_days)
        and a.qualifying_events > 0
    group by m.user_id, m.account_id, m.from_on, m.to_on, life.started_on, life.ended_on, w.window_days
),

stretches as (
    select account_id, 'engaged' as counts_as, from_on, to_on
    from segments
    where dimension = 'engagement_intensity'
    union all
    select e.account_id, 'adopting', greatest(e.from_on, f.from_on), least(e.to_on, f.to_on)
    from segments as e
    inner join segments as f
        on f.account_id = e.account_id and f.user_id = e.user_id and f.from_on <= e.to_on and f.to_on >= e.from_on
    where e.dimension = 'engagement_intensity' and f.dimension = 'feature_adoption'
    union all
    select account_id, 'power_before', from_on, to_on from power_before
    union all
    select b.account_id, 'power_kept', greatest(b.from_on, s.from_on), least(b.to_on, s.to_on)
    from power_before as b
    inner join segments as s
        on s.account_id = b.account_id and s.user_id = b.user_id and s.from_on <= b.to_on and s.to_on >= b.from_on
    where s.value = 'power'
    union all
    select account_id, 'new', from_on, to_on from newcomers
    union all
    select account_id, 'activated', greatest(from_on, active_on), to_on from newcomers where active_on is not null
)

select account_id, counts_as, from_on, to_on
from stretches
where from_on <= to_on and from_on <= :as_of
