/*
description: >
  What the events of the snapshot date look like, and those of the nine weeks before where that was not
  written down yet. Later deliveries leave it as it was when the day was published.
table: ops.event_profile
*/
delete from ops.event_profile
where date = :as_of;

with days as (
    select c.date
    from ref.calendar as c
    where c.date between :as_of - 62 and :as_of
        and not exists (select from ops.event_profile as known where known.date = c.date)
),

counted as (
    select d.date, e.*
    from days as d
    cross join lateral (
        select
            entity_type,
            location,
            product_id,
            count(*) as events,
            count(*) filter (where account_id is null) as without_account,
            count(*) filter (where session_id is null) as without_session,
            count(*) filter (where feature_id is null) as without_feature
        from bronze.events
        where occurred_on = d.date
        group by entity_type, location, product_id
    ) as e
),

countries as (
    select d.date, e.country, e.users
    from days as d
    cross join lateral (
        select u.country, count(distinct u.user_id) as users
        from bronze.events as b
        inner join user_attributes as u on u.user_id = b.user_id and d.date between u.from_on and u.to_on
        where b.occurred_on = d.date and u.country is not null
        group by u.country
    ) as e
),

profiles as (
    select c.date, part.dimension, part.value, part.events
    from counted as c
    cross join lateral (
        values
        ('all', 'all', c.events),
        ('entity_type', c.entity_type, c.events),
        ('location', c.location, c.events),
        ('product', c.product_id, c.events),
        ('missing', 'product_id', case when c.product_id is null then c.events else 0 end),
        ('missing', 'account_id', c.without_account),
        ('missing', 'session_id', c.without_session),
        ('missing', 'feature_id', c.without_feature)
    ) as part (dimension, value, events)
    where part.value is not null
    union all
    select date, 'country', country, users from countries
)

insert into ops.event_profile (date, events, dimension, value)
select date, sum(events), dimension, value
from profiles
group by date, dimension, value;
