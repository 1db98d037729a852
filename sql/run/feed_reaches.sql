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
),

feeds as (
    select
        f.feed,
        f.at_column,
        known.first_on as begins_on,
        greatest(d.newest_on, known.last_on) as ends_on,
        case
            when :is_rebuild then known.first_on
            else least(:first, d.published_on + 1, d.moved_from, known.fresh_from)
        end as changed_from
    from (
        select distinct formula ->> 'feed' as feed, formula ->> 'at' as at_column
        from ref.metrics
        where kind = 'feed' and status <> 'retired'
    ) as f
    inner join deliveries as d on d.feed = f.feed
    cross join lateral bronze.feed_days(f.feed, f.at_column, d.fresh) as known
    where known.first_on is not null
)

select
    m.metric_id,
    date_trunc(m.grain, f.changed_from::timestamp)::date as first_on,
    f.begins_on,
    least(f.ends_on, :last) as ends_on
from feeds as f
inner join ref.metrics as m on m.formula ->> 'feed' = f.feed and m.formula ->> 'at' = f.at_column
where m.kind = 'feed' and m.status <> 'retired'
