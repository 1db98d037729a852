/*
description: >
  The state of every account on each of the days to compute: the first that holds. new_paid and reactivated
  hold from their first day until something else held on one; an account that has not paid yet was never in them.
*/
with judged as (
    select
        m.account_id,
        m.date,
        g.usage_is_up,
        g.risk_signals,
        f.is_deleted,
        f.is_subscribed,
        f.frozen_type,
        f.began_churned,
        f.subscribed_on,
        f.ended_on,
        f.first_paid_on,
        f.mrr < f.mrr_before as mrr_is_lower,
        f.is_deleted or not f.is_subscribed or f.frozen_type is not null or g.risk_signals <> '{}' as is_kept_from_calm,
        coalesce(f.seats < f.seats_before or f.mrr < f.mrr_before or f.tier_rank < f.tier_rank_before, false)
            as is_contraction,
        coalesce(
            f.seats > f.seats_before or f.mrr > f.mrr_before or f.tier_rank > f.tier_rank_before
            or g.is_usage_evaluated and (m.products_count > m.products_before or g.usage_is_up),
            false
        ) as is_expansion
    from run.account_signals as g
    inner join run.account_measures as m on m.account_id = g.account_id and m.date = g.date
    inner join account_fact_spans as f on f.account_id = m.account_id and f.from_on = m.facts_from_on
),

reactivating as (
    select
        j.*,
        not j.is_kept_from_calm
        and j.began_churned
        and j.date - j.subscribed_on <= s.reactivated_days
        and not bool_or(j.is_kept_from_calm) over (partition by j.account_id, j.subscribed_on order by j.date)
        and (o.date is null or o.date < j.subscribed_on or o.state = 'reactivated') as is_reactivated
    from judged as j
    cross join ref.account_settings as s
    left join run.account_openings as o on o.account_id = j.account_id
),

settling as (
    select
        r.*,
        r.is_kept_from_calm or r.is_reactivated or r.is_contraction or r.is_expansion as is_kept_from_new_paid
    from reactivating as r
),

paid as (
    select
        t.account_id,
        t.date,
        t.usage_is_up,
        t.risk_signals,
        case
            when t.is_deleted then 'deleted'
            when t.is_subscribed and t.frozen_type is not null then 'frozen'
            when not t.is_subscribed and t.date - t.ended_on > s.lapse_days then 'churned'
            when not t.is_subscribed or t.risk_signals <> '{}' then 'at_risk'
            when t.is_reactivated then 'reactivated'
            when t.is_contraction and (not t.is_expansion or t.mrr_is_lower) then 'contracting'
            when t.is_expansion then 'expanding'
            when t.date - t.first_paid_on <= s.new_paid_days
                and not bool_or(t.is_kept_from_new_paid) over (
                    partition by t.account_id, t.first_paid_on order by t.date
                )
                and (o.date is null or o.date < t.first_paid_on or o.state = 'new_paid') then 'new_paid'
            else 'active'
        end as state
    from settling as t
    cross join ref.account_settings as s
    left join run.account_openings as o on o.account_id = t.account_id
),

stated as (
    select
        m.account_id,
        m.date,
        m.admin_last_active_on,
        m.active_seats,
        case when not f.is_deleted then f.seats end as total_seats,
        m.events_30,
        m.events_prior_30,
        m.products_count,
        m.products_before,
        m.active_seats_before,
        m.events_total,
        coalesce(p.usage_is_up, false) as usage_is_up,
        case
            when p.state is not null then p.state
            when f.is_deleted then 'deleted'
            when m.date <= f.trial_ends_on then 'trial'
            else 'churned'
        end as state,
        case when f.is_subscribed then m.active_seats::numeric / nullif(f.seats, 0) end as seat_utilization,
        f.mrr,
        f.mrr * f.rate as mrr_reporting,
        f.currency,
        f.rate,
        coalesce(p.risk_signals, '{}') as risk_signals,
        m.product_members,
        f.is_subscribed,
        f.frozen_type,
        f.first_paid_on,
        f.first_mrr_on
    from run.account_measures as m
    inner join account_fact_spans as f on f.account_id = m.account_id and f.from_on = m.facts_from_on
    left join paid as p on p.account_id = m.account_id and p.date = m.date
)

select
    s.*,
    case
        when s.state = 'at_risk' and not s.is_subscribed then 'subscription_lapsed'
        when s.state = 'churned' and s.first_paid_on is null then 'trial_expired'
        when s.state = 'churned' then 'subscription_ended'
    end as state_reason
from stated as s
