/*
description: >
  What events and the accounts feed say of the accounts that changed, ranked by how it acts within a day: 1 at
  midnight, 2 what the feed says of the day, 3 the day's events, which therefore win. Facts before the creation
  or after the deletion of an account do not count.
*/
with versions as (
    select
        a.*,
        (a.updated_at at time zone l.business_time_zone)::date as updated_on,
        row_number() over version as number,
        lag(a.subscription_tier) over version as tier_before,
        lag(a.total_seats) over version as seats_before,
        lag(a.monthly_recurring_revenue) over version as mrr_before,
        lag(a.currency) over version as currency_before,
        lag(a.contract_renewal_date) over version as renewal_before,
        lag(a.trial_ends_on) over version as trial_before
    from bronze.accounts as a
    inner join run.account_changes as c on c.account_id = a.account_id
    cross join ref.lifecycle as l
    window version as (partition by a.account_id order by a.updated_at)
),

all_events as (
    select f.entity_id as account_id, f.*
    from run.billing_facts as f
    inner join run.account_changes as c on c.account_id = f.entity_id
    where f.entity_type = 'account'
),

-- The creation: what the feed said last, else the event, else the first thing known.
said as (
    select distinct on (account_id) account_id, account_created_at
    from versions
    where account_created_at is not null
    order by account_id, updated_at desc
),

births as (
    select distinct on (account_id) account_id, occurred_at, event_id
    from all_events
    where event_type = 'account_created'
    order by account_id, occurred_at, event_id
),

firsts as (
    select account_id, min(known_at) as known_at
    from (
        select account_id, updated_at from versions
        union all
        select account_id, occurred_at from all_events
    ) as known (account_id, known_at)
    group by account_id
),

lives as (
    select
        c.account_id,
        created.created_at,
        (created.created_at at time zone l.business_time_zone)::date as created_on,
        case when said.account_created_at is null then births.event_id end as created_by,
        deleted.occurred_at as deleted_at
    from run.account_changes as c
    cross join ref.lifecycle as l
    left join said on said.account_id = c.account_id
    left join births on births.account_id = c.account_id
    left join firsts on firsts.account_id = c.account_id
    left join (
        select account_id, min(occurred_at) as occurred_at
        from all_events
        where event_type = 'account_deleted'
        group by account_id
    ) as deleted on deleted.account_id = c.account_id
    cross join lateral (
        select coalesce(said.account_created_at, births.occurred_at, firsts.known_at) as created_at
    ) as created
    where (created.created_at at time zone l.business_time_zone)::date <= :as_of
),

events as (
    select e.*, life.created_at, life.created_on, life.deleted_at
    from all_events as e
    inner join lives as life on life.account_id = e.account_id
    where e.event_type = 'account_deleted' and e.occurred_at = life.deleted_at
        or e.occurred_on >= life.created_on and e.occurred_at <= coalesce(life.deleted_at, 'infinity')
),

of_events as (
    select
        e.account_id,
        greatest(e.acts_on, e.created_on) as acts_on,
        case when e.acts_on = e.occurred_on then 3 else 1 end as rank,
        greatest(e.acts_at, case when e.acts_on < e.created_on then e.created_at end) as acts_at,
        e.acting_event_id as event_id,
        e.event_id as order_id,
        case e.event_type
            when 'trial_started' then 'trial'
            when 'subscription_started' then 'started'
            when 'subscription_changed' then 'changed'
            when 'subscription_renewed' then 'renewed'
            when 'subscription_canceled' then 'ended'
            when 'subscription_expired' then 'ended'
            when 'account_paused' then 'paused'
            when 'account_resumed' then 'resumed'
            when 'account_deleted' then 'deleted'
        end as kind,
        case e.event_type
            when 'subscription_started' then jsonb_build_object('auto_renew', true)
            when 'subscription_canceled' then jsonb_build_object('auto_renew', true)
            when 'subscription_expired' then jsonb_build_object('auto_renew', true)
            else '{}'
        end || jsonb_strip_nulls(jsonb_build_object(
            'tier', e.metadata -> 'tier',
            'seats', e.metadata -> 'seats',
            'mrr', e.metadata -> 'mrr',
            'currency', e.metadata -> 'currency',
            'renewal_on', e.metadata -> 'renewal_on',
            'auto_renew', e.metadata -> 'auto_renew',
            'trial_ends_on', e.metadata -> 'trial_ends_on',
            'pause_type', e.metadata -> 'pause_type',
            'resume_on', e.metadata -> 'resume_on'
        )) as terms
    from events as e
),

-- The feed's first version holds from the creation on, unless an event by then says how it came to be.
feed as (
    select
        v.*,
        dated.acts_on,
        dated.acts_at,
        coalesce(v.monthly_recurring_revenue, 0) > 0
        and coalesce(v.monthly_recurring_revenue, 0) <> coalesce(v.mrr_before, 0) as continues,
        coalesce(v.monthly_recurring_revenue, 0) > 0 and coalesce(v.mrr_before, 0) <= 0 as begins,
        coalesce(v.monthly_recurring_revenue, 0) <= 0 and coalesce(v.mrr_before, 0) > 0 as ends
    from versions as v
    inner join lives as life on life.account_id = v.account_id
    cross join lateral (
        select v.number = 1 and not exists (
            select from of_events as e
            where e.account_id = v.account_id and e.acts_on <= v.updated_on and e.kind in ('trial', 'started', 'ended')
        ) as holds_before
    ) as first_version
    cross join lateral (
        select
            case when holds_before then life.created_on else greatest(v.updated_on, life.created_on) end as acts_on,
            case when holds_before then life.created_at else greatest(v.updated_at, life.created_at) end as acts_at
    ) as dated
    where dated.acts_on <= :as_of and v.updated_at <= coalesce(life.deleted_at, 'infinity')
),

of_feed as (
    select
        f.account_id,
        f.acts_on,
        f.acts_at,
        f.updated_at,
        case when f.continues then 'continued' when f.ends then 'ended' else 'changed' end as kind,
        jsonb_strip_nulls(jsonb_build_object(
            'tier', case when f.begins or f.subscription_tier is distinct from f.tier_before then f.subscription_tier end,
            'seats', case when f.begins or f.total_seats is distinct from f.seats_before then f.total_seats end,
            'mrr', case when f.continues then f.monthly_recurring_revenue end,
            'currency', case when f.begins or f.currency is distinct from f.currency_before then f.currency end,
            'renewal_on',
            case
                when f.begins or f.contract_renewal_date is distinct from f.renewal_before
                    then f.contract_renewal_date
            end,
            'auto_renew', case when f.ends then true end
        )) as terms
    from feed as f
    union all
    select f.account_id, f.acts_on, f.acts_at, f.updated_at, 'trial', jsonb_build_object('trial_ends_on', f.trial_ends_on)
    from feed as f
    where f.trial_ends_on is distinct from f.trial_before and f.trial_ends_on is not null
),

facts as (
    select account_id, created_on as acts_on, 0 as rank, created_at as acts_at, created_by as event_id,
        null::uuid as order_id, 'created' as kind, '{}'::jsonb as terms
    from lives
    union all
    select account_id, acts_on, rank, acts_at, event_id, order_id, kind, terms
    from of_events
    where kind is not null
    union all
    select f.account_id, f.acts_on, 2, f.acts_at, null, null, f.kind, f.terms
    from of_feed as f
    where (f.kind <> 'changed' or f.terms <> '{}')
        and not (f.kind = 'ended' and exists (
            select from of_events as e
            where e.account_id = f.account_id
                and e.acts_on = f.acts_on
                and e.kind in ('started', 'changed', 'renewed', 'ended')
        ))
),

-- A subscription that does not renew by itself ends on its renewal day, unless by then it was renewed.
renewals as (
    select
        account_id,
        acts_on,
        rank,
        acts_at,
        order_id,
        silver.merged(terms) over (
            partition by account_id order by acts_on, rank, acts_at, order_id rows unbounded preceding
        ) as merged
    from facts
),

renewal_terms as (
    select
        account_id, acts_on, rank, acts_at, order_id,
        case
            when pg_input_is_valid(merged ->> 'renewal_on', 'date') then (merged ->> 'renewal_on')::date
        end as renewal_on,
        merged -> 'auto_renew' = 'false' as is_last
    from renewals
),

renewal_changes as (
    select
        r.*,
        coalesce(
            lag((renewal_on, is_last)::text) over (partition by account_id order by acts_on, rank, acts_at, order_id)
            <> (renewal_on, is_last)::text,
            true
        ) as is_change
    from renewal_terms as r
),

unrenewed as (
    select
        account_id,
        acts_on,
        renewal_on,
        is_last,
        lead(acts_on) over (partition by account_id order by acts_on, rank, acts_at, order_id) as next_on
    from renewal_changes
    where is_change
)

select account_id, acts_on, rank, acts_at, event_id, order_id, kind, terms
from facts
union all
select u.account_id, u.renewal_on, 1, u.renewal_on::timestamp at time zone l.business_time_zone, null, null,
    'ended', '{}'
from unrenewed as u
cross join ref.lifecycle as l
where u.is_last and u.renewal_on > u.acts_on and (u.next_on is null or u.next_on > u.renewal_on)
