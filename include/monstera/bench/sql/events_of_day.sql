/*
description: >
  The events of one day. Each user has a temper by number: some come most days, some seldom, some
  in seasons, some hardly ever, so that about a fifth are there on any day and every state occurs.
  Chance is a hash of user and day, so that the same data comes out however the query runs.
*/
insert into bronze.events (
    occurred_at, received_at, load_id, event_id, entity_id, user_id, account_id, occurred_on, schema_version,
    is_qualifying_event, is_activation_event, entity_type, event_type, product_id, location, session_id, metadata
)
with tempers as (
    select
        n,
        (case
            when n % 20 < 2 then 700
            when n % 20 < 7 then 300
            when n % 20 < 14 then 50
            when n % 20 < 16 then (:day_number + n * 7) / 45 % 2 * 450
            when n % 20 < 18 then (:day_number + n * 7) / 80 % 2 * 450
            else 8
        end) as chance_in_1000,
        hashint8extended(n::bigint * 100000 + :day_number, 17) & 1048575 as dice
    from generate_series(1, :users) as n
    where n % 2 = 0 or not :half_are_quiet
),

visits as (
    select n, dice from tempers where dice < chance_in_1000 * 1048576 / 1000
),

actions as (
    select
        v.n,
        number,
        hashint8extended(v.n::bigint * 100000 + :day_number, 23 + number) & 1048575 as dice
    from visits as v
    cross join generate_series(1, 2) as number
    where number = 1 or v.dice % 10 < 4
),

events as (
    select
        *,
        1 + (n + floor(6 * power(dice / 1048576.0, 2))::integer) % 8 as product,
        dice % 5 as kind,
        :day::timestamp at time zone 'UTC' + make_interval(secs => 20000 + dice % 60000 + number) as at
    from actions
)

select
    at,
    at + interval '20 seconds',
    :load_id,
    md5(concat_ws(' ', n, :day_number, number))::uuid,
    md5('user ' || n)::uuid,
    md5('user ' || n)::uuid,
    md5('account ' || n / 50)::uuid,
    :day,
    1,
    kind <> 4,
    false,
    'user',
    'product_' || product || (array['_item_created', '_item_edited', '_item_edited', '_item_exported', '_seen'])[1 + kind],
    case when :with_products then 'product_' || product end,
    'web_app',
    'session ' || n || ' ' || :day_number,
    jsonb_build_object('project_id', md5('project ' || n / 4)::uuid)
    || case when product = 1 and kind = 3
            then jsonb_build_object('shared_with', md5('user ' || 1 + (n + dice % 20) % :users)::uuid)
        else '{}'
    end
from events
