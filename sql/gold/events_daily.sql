/*
description: >
  Counts the events of the days that fresh loads brought events of, or took some from by a deletion or a later signup,
  and of those not counted yet, so that one old event does not count two years again; a rebuild counts every day.
notes: >
  What was accepted before it was known to lie outside a life does not count, as if it had been refused at the
  door, so that the order of arrival changes nothing.
*/
with fresh as (
    select array_agg(load_id) as loads from ops.load_manifest
    where status = 'loaded' and (published_as_of is null or published_as_of >= :last)
),

moved as (
    select entity_id, min(occurred_on) as from_on
    from bronze.entity_facts
    where load_id = any((select loads from fresh)::bigint[])
        and event_type in ('user_deleted', 'user_restored', 'account_deleted')
    group by entity_id
    union all
    select user_id, '-infinity'
    from bronze.user_signups
    where load_id = any((select loads from fresh)::bigint[]) and event_occurred_at < feed_created_at
)

delete from gold.events_daily as known
where known.date between :first and :last
    and (
        :is_rebuild
        or known.date in (
            select e.occurred_on
            from bronze.events as e
            where e.occurred_on between :first and :last and e.load_id = any((select loads from fresh)::bigint[])
        )
        or known.date in (
            select e.occurred_on
            from moved as m
            inner join bronze.events as e on e.entity_id = m.entity_id and e.occurred_on >= m.from_on
            where e.occurred_on between :first and :last
        )
    );

with absences as (
    select
        entity_id,
        event_type,
        occurred_at as from_at,
        lead(occurred_at, 1, 'infinity') over (partition by entity_id order by occurred_at, event_id) as until_at
    from bronze.entity_facts
    where event_type in ('user_deleted', 'user_restored', 'account_deleted')
),

outside as materialized (
    select entity_id, from_at, until_at from absences
    where event_type <> 'user_restored'
    union all
    select s.user_id, '-infinity', date_trunc('day', s.feed_created_at, l.business_time_zone)
    from bronze.user_signups as s
    cross join ref.lifecycle as l
    where s.event_occurred_at < s.feed_created_at
)

insert into gold.events_daily (date, events, qualifying_events, failed_events, event_type, product_id)
select c.date, e.events, e.qualifying_events, e.failed_events, e.event_type, e.product_id
from ref.calendar as c
cross join lateral (
    select
        count(*) as events,
        count(*) filter (where b.is_qualifying_event) as qualifying_events,
        count(*) filter (where gold.is_error(t.category, b.metadata)) as failed_events,
        b.event_type,
        coalesce(b.product_id, 'platform') as product_id
    from bronze.events as b
    left join ref.event_types as t on t.event_type = b.event_type
    where b.occurred_on = c.date
        and not exists (
            select from outside as o
            where o.entity_id = b.entity_id and b.occurred_at >= o.from_at and b.occurred_at < o.until_at
                -- what says when something lives is never outside a life itself
                and b.event_type not in (
                    'user_signed_up', 'user_deleted', 'user_restored', 'account_created', 'account_deleted'
                )
        )
    group by b.event_type, coalesce(b.product_id, 'platform')
) as e
where c.date between :first and :last
    and not exists (select from gold.events_daily as known where known.date = c.date);
