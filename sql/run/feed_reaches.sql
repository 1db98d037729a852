/*
description: >
  From which day on every metric of a feed is computed, whole periods of it, and which days the feed speaks of: from its
  first row to its newest delivery or row. What fresh deliveries brought, or moved to another day, may be of any earlier
  day, and a delivery after a gap tells of the days in it.
*/
with deliveries as (
    select
        feed,
        max(dt) as newest_on,
        max(dt) filter (where published_as_of < :last) as published_on,
        min(moved_from) filter (where published_as_of is null or published_as_of >= :last) as moved_from,
        array_agg(load_id) filter (where published_as_of is null or published_as_of >= :last) as fresh
    from ops.load_manifest
    where status = 'loaded'
    group by feed
)

select
    m.metric_id,
    date_trunc(
        m.grain,
        case
            when :is_rebuild then known.first_on
            else least(:first, d.published_on + 1, d.moved_from, known.fresh_from)
        end::timestamp
    )::date as first_on,
    known.first_on as begins_on,
    least(:last, greatest(d.newest_on, known.last_on)) as ends_on
from ref.metrics as m
inner join deliveries as d on d.feed = m.formula ->> 'feed'
cross join lateral bronze.feed_days(m.formula ->> 'feed', m.formula ->> 'at', d.fresh) as known
where m.kind = 'feed' and m.status <> 'retired' and known.first_on is not null
