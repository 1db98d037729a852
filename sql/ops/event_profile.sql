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
    select
        e.occurred_on,
        e.entity_type,
        e.location,
        e.product_id,
        count(*) as events,
        count(*) filter (where e.account_id is null) as without_account,
        count(*) filter (where e.session_id is null) as without_session,
        count(*) filter (where e.feature_id is null) as without_feature
    from bronze.events as e
    where e.occurred_on between (select min(date) from days) and :as_of
        and e.occurred_on in (select date from days)
    group by e.occurred_on, e.entity_type, e.location, e.product_id
),

countries as (
    select a.active_on, u.country, count(distinct a.user_id) as users
    from user_daily_activity as a
    inner join user_attributes as u on u.user_id = a.user_id and a.active_on between u.from_on and u.to_on
    where a.active_on between (select min(date) from days) and :as_of
        and a.active_on in (select date from days)
        and u.country is not null
    group by a.active_on, u.country
),

profiles as (
    select c.occurred_on, part.dimension, part.value, part.events
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
    select active_on, 'country', country, users from countries
)

insert into ops.event_profile (date, events, dimension, value)
select occurred_on, sum(events), dimension, value
from profiles
group by occurred_on, dimension, value;
