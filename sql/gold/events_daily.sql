/*
description: >
  Counts the events of the days that fresh loads brought events of, and of those not counted yet, so
  that one old event does not count two years again; a rebuild counts every day.
*/
delete from gold.events_daily as known
where known.date between :first and :last
    and (
        :is_rebuild
        or known.date in (
            select e.occurred_on
            from bronze.events as e
            where e.occurred_on between :first and :last
                and e.load_id = any(array(
                    select load_id from ops.load_manifest
                    where status = 'loaded' and (published_as_of is null or published_as_of >= :last)
                ))
        )
    );

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
    group by b.event_type, coalesce(b.product_id, 'platform')
) as e
where c.date between :first and :last
    and not exists (select from gold.events_daily as known where known.date = c.date);
