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
    select kind, events, from_on as date, 1 as users from spans
    union all
    select kind, events, to_on + 1, -1 from spans where to_on < :as_of
),

-- Stretches of days on which as many users have as many events; only those with a user become days.
stretches as (
    select
        kind, events, date as from_on,
        (sum(sum(users)) over of_value)::integer as users,
        coalesce(lead(date) over of_value - 1, :as_of) as to_on
    from moves
    group by kind, events, date
    window of_value as (partition by kind, events order by date)
),

counts as (
    select s.kind, s.events, c.date, s.users
    from stretches as s
    inner join ref.calendar as c on c.date between s.from_on and s.to_on
    where s.users > 0
),

ranks as (
    select
        kind, events, date, users,
        sum(users) over day as all_users,
        sum(users) over (day order by events) - users as users_below,
        sum(users) over (day order by events desc) - users as users_above
    from counts
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
