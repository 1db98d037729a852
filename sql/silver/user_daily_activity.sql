/*
description: Adds the fresh events to what is known of each user, day and product.
*/
delete from user_daily_activity as a
using run.rereads as r
where r.user_id = a.user_id and a.active_on >= r.from_on;

insert into user_daily_activity
select * from run.activity_delta
where active_on > :previous_as_of  -- of which nothing is known yet
order by user_id;

insert into user_daily_activity as known
select * from run.activity_delta
where active_on <= :previous_as_of
on conflict (user_id, active_on, scope) do update set
    events = known.events + excluded.events,
    qualifying_events = known.qualifying_events + excluded.qualifying_events,
    first_event_at = least(known.first_event_at, excluded.first_event_at),
    first_event_id = case
        when (excluded.first_event_at, excluded.first_event_id) < (known.first_event_at, known.first_event_id)
            then excluded.first_event_id
        else known.first_event_id
    end,
    first_qualifying_at = least(known.first_qualifying_at, excluded.first_qualifying_at),
    first_qualifying_event_id = case
        when known.first_qualifying_at is null
            or (excluded.first_qualifying_at, excluded.first_qualifying_event_id)
            < (known.first_qualifying_at, known.first_qualifying_event_id)
            then excluded.first_qualifying_event_id
        else known.first_qualifying_event_id
    end,
    last_qualifying_at = greatest(known.last_qualifying_at, excluded.last_qualifying_at),
    last_qualifying_event_type = case
        when known.last_qualifying_at is null
            or (excluded.last_qualifying_at, excluded.last_qualifying_event_type)
            > (known.last_qualifying_at, known.last_qualifying_event_type)
            then excluded.last_qualifying_event_type
        else known.last_qualifying_event_type
    end;
