/*
description: >
  The states of one day computed from all events up to it, as a model that is rebuilt every day
  would do: every user on the platform and in every product.
*/
create table bench_full_history as
with activity as (
    select
        e.user_id,
        e.occurred_on,
        coalesce(e.product_id, 'platform') as scope,
        bool_or(e.is_qualifying_event) as qualifies
    from bronze.events as e
    where e.occurred_on <= :as_of and e.user_id is not null
    group by e.user_id, e.occurred_on, coalesce(e.product_id, 'platform')
),

deadlines as (
    select
        a.user_id,
        a.scope,
        a.occurred_on,
        case when a.qualifies then a.occurred_on + s.active_days end as active_until,
        case when a.qualifies then a.occurred_on + s.churn_days end as dormant_until
    from activity as a
    inner join ref.scopes as s on s.scope = a.scope
),

scoped as (
    select * from deadlines where scope <> 'platform'
    union all
    select user_id, 'platform', occurred_on, max(active_until), max(dormant_until)
    from deadlines
    group by user_id, occurred_on
),

standing as (
    select
        user_id,
        scope,
        min(occurred_on) as first_on,
        max(active_until) as active_until,
        max(dormant_until) as dormant_until,
        max(active_until) filter (where occurred_on < :as_of) as active_until_before,
        max(dormant_until) filter (where occurred_on < :as_of) as dormant_until_before,
        coalesce(bool_or(active_until is not null) filter (where occurred_on = :as_of), false) as acts_today
    from scoped
    group by user_id, scope
),

started as (
    select
        u.user_id,
        'platform' as scope,
        (u.signed_up_at at time zone l.business_time_zone)::date as started_on,
        s.active_until, s.dormant_until, s.active_until_before, s.dormant_until_before,
        coalesce(s.acts_today, false) as acts_today
    from bronze.user_signups as u
    cross join ref.lifecycle as l
    left join standing as s on s.user_id = u.user_id and s.scope = 'platform'
    union all
    select
        user_id, scope, first_on, active_until, dormant_until, active_until_before, dormant_until_before, acts_today
    from standing
    where scope <> 'platform'
)

select
    t.user_id,
    t.scope,
    case
        when t.acts_today and t.active_until_before is null and :as_of - 1 - t.started_on > s.new_days
            then 'reactivated'
        when t.acts_today and t.dormant_until_before < :as_of - 1 then 'reactivated'
        when t.acts_today and t.active_until_before < :as_of - 1 and t.scope = 'platform' then 'returning'
        when t.active_until >= :as_of then 'active'
        when t.dormant_until >= :as_of then 'dormant'
        when t.active_until is not null then 'churned'
        when :as_of - t.started_on <= s.new_days then 'new'
        else 'churned'
    end as state
from started as t
inner join ref.scopes as s on s.scope = t.scope
