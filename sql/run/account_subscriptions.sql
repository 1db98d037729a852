/*
description: >
  The subscription of each account whose facts changed, at the end of each day on which something happens to
  it. A subscription lasts from a start to an end; it begins with the terms that the start names, and what a
  later fact does not name stays.
*/
with ordered as (
    select
        f.*,
        count(*) filter (where kind in ('ended', 'deleted')) over (
            partition by account_id order by position rows between unbounded preceding and 1 preceding
        ) as subscription_number
    from run.account_facts as f
),

started as (
    select
        o.*,
        bool_or(kind in ('started', 'continued')) over (
            partition by account_id, subscription_number order by position
        ) as has_started
    from ordered as o
),

standing as (
    select
        account_id,
        acts_on,
        position,
        has_started and kind not in ('ended', 'deleted') as is_subscribed,
        silver.merged(terms) filter (where has_started) over (
            partition by account_id, subscription_number order by position
        ) as terms,
        max(acts_at) filter (where kind in ('started', 'continued')) over (partition by account_id, acts_on)
            as started_at
    from started
),

days as (
    select distinct on (account_id, acts_on)
        account_id,
        acts_on,
        is_subscribed,
        started_at,
        case when is_subscribed then terms ->> 'tier' end as tier,
        case
            when is_subscribed and jsonb_typeof(terms -> 'seats') = 'number'
                then least(greatest((terms ->> 'seats')::numeric, 0), 2147483647)::integer
        end as seats,
        case
            when is_subscribed and jsonb_typeof(terms -> 'mrr') = 'number'
                then greatest((terms ->> 'mrr')::numeric, 0)
            else 0
        end as mrr,
        upper(terms ->> 'currency') as currency,
        case
            when is_subscribed and pg_input_is_valid(terms ->> 'renewal_on', 'date')
                then (terms ->> 'renewal_on')::date
        end as renewal_on
    from standing
    order by account_id, acts_on, position desc
),

turns as (
    select
        d.*,
        is_subscribed and not lag(is_subscribed, 1, false) over account as begins,
        not is_subscribed and lag(is_subscribed, 1, false) over account as ends,
        lead(acts_on) over account as next_on
    from days as d
    window account as (partition by account_id order by acts_on)
)

select
    t.account_id,
    t.acts_on as from_on,
    coalesce(t.next_on - 1, 'infinity') as to_on,
    t.is_subscribed,
    t.begins,
    case when t.is_subscribed then max(t.acts_on) filter (where t.begins) over account end as subscribed_on,
    max(t.acts_on) filter (where t.ends) over account as ended_on,
    min(t.acts_on) filter (where t.begins) over account as first_paid_on,
    min(t.started_at) filter (where t.begins) over account as first_paid_at,
    min(t.acts_on) filter (where t.mrr > 0) over account as first_mrr_on,
    t.tier,
    tiers.rank as tier_rank,
    t.seats,
    t.mrr,
    coalesce(t.currency, s.reporting_currency) as currency,
    t.renewal_on
from turns as t
cross join ref.account_settings as s
left join ref.account_tiers as tiers on tiers.tier = t.tier
window account as (partition by t.account_id order by t.acts_on)
