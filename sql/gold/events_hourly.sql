/*
description: >
  The last 24 hours by hour, from what is loaded, published or not: the hours before the newest
  event.
owner: data
grain: one row per hour
key: [hour]
columns:
  hour: {type: timestamptz, description: Beginning of the hour by the clocks of the business zone.}
  events: {type: bigint, minimum: 0, description: Accepted events.}
  active_users: {type: bigint, minimum: 0, description: Users with a qualifying event.}
  signups: {type: bigint, minimum: 0, description: Signups that an event tells of.}
  errors: {type: bigint, minimum: 0, description: 'Outcomes marked failed, and abandonments that name an error.'}
  qualifying_events: {type: bigint, minimum: 0, description: Qualifying events.}
  activations: {type: bigint, minimum: 0, description: Users with a step of activation.}
  outcomes: {type: bigint, minimum: 0, description: Events of category outcome.}
  error_rate: {type: numeric, nullable: true, minimum: 0, description: 'Errors for each outcome; null: no outcomes.'}
*/
with newest as (
    select max(e.occurred_at) as occurred_at, min(e.occurred_on) as occurred_on
    from bronze.events as e
    where e.occurred_on = (select max(occurred_on) from bronze.events)
),

hours as (
    select generate_series(
        date_trunc('hour', n.occurred_at, l.business_time_zone) - interval '23 hours',
        date_trunc('hour', n.occurred_at, l.business_time_zone),
        interval '1 hour'
    ) as hour, l.business_time_zone
    from newest as n
    cross join ref.lifecycle as l
)

select
    h.hour,
    count(e.event_id) as events,
    count(distinct e.user_id) filter (where e.is_qualifying_event) as active_users,
    count(*) filter (where e.event_type = 'user_signed_up') as signups,
    count(*) filter (where gold.is_error(t.category, e.metadata)) as errors,
    count(*) filter (where e.is_qualifying_event) as qualifying_events,
    count(distinct e.user_id) filter (where e.is_activation_event) as activations,
    count(*) filter (where t.category = 'outcome') as outcomes,
    count(*) filter (where gold.is_error(t.category, e.metadata))::numeric
    / nullif(count(*) filter (where t.category = 'outcome'), 0) as error_rate
from hours as h
left join bronze.events as e
    on e.occurred_on >= (select occurred_on - 2 from newest)
    and date_trunc('hour', e.occurred_at, h.business_time_zone) = h.hour
left join ref.event_types as t on t.event_type = e.event_type
group by h.hour
