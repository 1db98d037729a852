/*
description: The numbers behind the user's segments at the end of the day, within the life of that day.
*/
with life as (
    select started_on, life_number
    from user_lives
    where user_id = :user_id and started_on <= :day and ended_on > :day
    order by life_number desc
    limit 1
),

uses as (
    select a.scope, a.active_on, :day - a.active_on as age, a.qualifying_events as events
    from user_daily_activity as a
    cross join life as l
    where a.user_id = :user_id and a.qualifying_events > 0 and a.active_on between l.started_on and :day
),

activity as (
    select
        coalesce(sum(events) filter (where age < 30), 0) as events_30,
        coalesce(sum(events) filter (where age between 30 and 59), 0) as events_30_before,
        count(distinct active_on) filter (where age < 30) as active_days_30,
        count(distinct active_on) filter (where age < 90) as active_days_90,
        count(distinct age / 7) filter (where age < 84) as active_weeks_of_12,
        count(distinct age / 30) filter (where age < 90) as active_months_of_3,
        count(distinct scope) filter (where age < 30 and scope <> 'platform') as products_30,
        count(distinct scope) filter (where age between 30 and 59 and scope <> 'platform') as products_30_before,
        min(age) as days_since_last_event,
        max(age) as days_since_first_event
    from uses
),

-- How many of the latest blocks of 7 days, one after the other, have an event each.
weeks as (
    select count(*) filter (where week = active_weeks_before) as active_weeks_in_a_row
    from (
        select age / 7 as week, row_number() over (order by age / 7) - 1 as active_weeks_before
        from uses
        group by age / 7
    ) as blocks
),

given_up as (
    select count(*) as products_given_up
    from (
        select scope from uses where scope <> 'platform' group by scope having min(age) between 30 and 59
    ) as products
),

months as (
    select
        date_trunc('month', active_on::timestamp) as month,
        max(active_on) > :day - 90 as is_recent,
        min(active_on) - lag(max(active_on)) over (order by date_trunc('month', active_on::timestamp)) - 1 as silent_days
    from uses
    group by date_trunc('month', active_on::timestamp)
),

seasons as (
    select
        count(*) as months_90,
        count(earlier.month) as months_90_a_year_before,
        min((
            select max(since.silent_days)
            from months as since
            where since.month > m.month - interval '1 year' and since.month <= m.month
        )) as longest_silence_since
    from months as m
    left join months as earlier on earlier.month = m.month - interval '1 year'
    where m.is_recent
),

features as (
    select
        count(distinct d.feature_id) as features_used,
        count(distinct d.feature_id) filter (where d.used_on > :day - 30) as features_30,
        count(distinct d.used_on) filter (where d.is_advanced) as days_of_advanced_use,
        :day - max(d.used_on) filter (where d.is_advanced) as days_since_advanced_use
    from user_feature_days as d
    cross join life as l
    where d.user_id = :user_id and d.used_on between l.started_on and :day
),

states as (
    select s.scope, s.from_on, s.to_on, s.activity_state
    from user_state_spans as s
    inner join life as l on l.life_number = s.life_number
    where s.user_id = :user_id and s.from_on <= :day
),

products as (
    select
        count(distinct scope) filter (
            where to_on >= :day and activity_state in ('active', 'reactivated')
        ) as products_active,
        count(distinct scope) as products_tried,
        (
            select count(*) from ref.products as f
            where f.kind = 'feature' and f.is_active and f.parent_id in (select scope from states)
        ) as features_of_them
    from states
    where scope <> 'platform'
),

platform as (
    select
        count(*) filter (where activity_state = 'reactivated') as reactivations,
        :day - max(from_on) filter (where activity_state = 'reactivated') as days_since_reactivation,
        :day - least(coalesce(max(to_on) filter (where not is_active), min(from_on) - 1), :day) as days_active_in_a_row
    from (
        select *, activity_state in ('active', 'returning', 'reactivated') as is_active
        from states
        where scope = 'platform'
    ) as states_of_platform
),

ranked as (
    select
        max(v.recent_events) as events_up_to_last,
        max(c.high_value_events) as high_value_from,
        max(v.lifetime_events) as events_of_life,
        max(c.low_value_events) as low_value_to
    from user_value_spans as v
    left join silver.segment_cutoffs as c on c.date = :day
    where v.user_id = :user_id and :day between v.from_on and v.to_on
),

contacts as (
    select c.contact_id
    from user_contacts as c
    cross join life as l
    where c.user_id = :user_id and c.contacted_on between l.started_on and :day
    union
    select a.user_id
    from user_attributes as a
    cross join life as l
    where a.invited_by_user_id = :user_id and a.user_id <> :user_id and a.signup_on >= l.started_on and a.from_on <= :day
),

inviters as (
    select user_id from user_contacts
    where contact_id = :user_id and is_invitation and contacted_on <= :day
    union
    select invited_by_user_id from user_attributes
    where user_id = :user_id and invited_by_user_id <> :user_id and from_on <= :day
),

people as (
    select
        (select count(*) from contacts) as people,
        (select count(*) from inviters) as invited_by
),

runs as (
    select
        count(*) filter (where r.started_on > :day - 90) as runs_90,
        count(*) filter (where r.started_on > :day - 90 and r.completed_on <= :day) as runs_90_completed,
        count(*) filter (where r.completed_on <= :day) as runs_completed
    from user_workflow_runs as r
    inner join life as l on l.life_number = r.life_number
    where r.user_id = :user_id and r.started_on <= :day
)

select
    :day - life.started_on as journey_days,
    :day - life.started_on - activity.days_since_first_event as days_to_first_event,
    *
from activity
cross join life
cross join weeks
cross join given_up
cross join seasons
cross join features
cross join products
cross join platform
cross join ranked
cross join people
cross join runs
