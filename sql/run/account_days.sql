/*
description: >
  The state of every account on each of the days to compute: the first that holds. new_paid and reactivated
  hold from their first day until something else held on one.
*/
with judged as (
    select
        g.*,
        g.is_deleted or not g.is_subscribed or g.frozen_type is not null or g.risk_signals <> '{}' as is_kept_from_calm,
        coalesce(g.total_seats < g.seats_before or g.mrr < g.mrr_before or g.tier_rank < g.tier_rank_before, false)
            as is_contraction,
        coalesce(
            g.total_seats > g.seats_before or g.mrr > g.mrr_before or g.tier_rank > g.tier_rank_before
            or g.is_usage_evaluated and (g.products_count > g.products_before or g.usage_is_up),
            false
        ) as is_expansion
    from run.account_signals as g
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

stated as (
    select
        t.*,
        case
            when t.is_deleted then 'deleted'
            when t.is_subscribed and t.frozen_type is not null then 'frozen'
            when not t.is_subscribed and t.first_paid_on is null and t.date <= t.trial_ends_on then 'trial'
            when not t.is_subscribed and (t.first_paid_on is null or t.date - t.ended_on > s.lapse_days) then 'churned'
            when not t.is_subscribed or t.risk_signals <> '{}' then 'at_risk'
            when t.is_reactivated then 'reactivated'
            when t.is_contraction and (not t.is_expansion or t.mrr < t.mrr_before) then 'contracting'
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
)

select
    account_id,
    date,
    admin_last_active_on,
    active_seats,
    case when not is_deleted then total_seats end as total_seats,
    events_30,
    events_prior_30,
    products_count,
    products_before,
    active_seats_before,
    events_total,
    usage_is_up,
    state,
    case
        when state = 'at_risk' and not is_subscribed then 'subscription_lapsed'
        when state = 'churned' and first_paid_on is null then 'trial_expired'
        when state = 'churned' then 'subscription_ended'
    end as state_reason,
    seat_utilization,
    mrr,
    mrr * rate as mrr_reporting,
    currency,
    rate,
    risk_signals,
    product_members,
    is_subscribed,
    frozen_type,
    first_mrr_on
from stated
