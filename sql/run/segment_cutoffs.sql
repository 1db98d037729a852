/*
description: >
  Where the ranks begin on each day from the first one that is computed on: the fewest events with fewer
  than the share of all users above them, the most with fewer than the share below them. Users with as many
  events rank alike.
*/
with first as (
    select greatest(
        least((select min(from_on) from run.segment_restarts), :previous_as_of + 1),
        (select min(from_on) from user_value_spans)
    ) as date
    from ref.segment_settings
),

spans as (
    select ranked.kind, ranked.events, greatest(s.from_on, f.date) as from_on, s.to_on
    from first as f
    inner join user_value_spans as s on s.to_on >= f.date and s.from_on <= :as_of
    cross join lateral (
        values ('recent', s.recent_events), ('lifetime', s.lifetime_events)
    ) as ranked (kind, events)
),

moves as (
    select kind, events, date, sum(users) as users
    from (
        select kind, events, from_on as date, 1 as users from spans
        union all
        select kind, events, to_on + 1, -1 from spans where to_on < :as_of
    ) as both_ways
    group by kind, events, date
),

counts as (
    select
        v.kind, v.events, c.date,
        coalesce(sum(m.users) over (partition by v.kind, v.events order by c.date), 0) as users
    from (select distinct kind, events from moves) as v
    cross join first as f
    inner join ref.calendar as c on c.date between f.date and :as_of
    left join moves as m on m.kind = v.kind and m.events = v.events and m.date = c.date
),

ranks as (
    select
        kind, events, date, users,
        sum(users) over day as all_users,
        sum(users) over (day order by events) - users as users_below,
        sum(users) over (day order by events desc) - users as users_above
    from counts
    where users > 0
    window day as (partition by kind, date)
)

select
    r.date,
    min(r.events) filter (
        where r.kind = 'recent' and r.events > 0 and r.users_above < r.all_users * s.high_value_share
    ) as high_value_events,
    max(r.events) filter (
        where r.kind = 'lifetime' and r.users_below < r.all_users * s.low_value_share
    ) as low_value_events
from ranks as r
cross join ref.segment_settings as s
group by r.date
