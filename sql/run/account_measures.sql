/*
description: >
  The numbers of every account on each of the days to compute: what is counted is the opening balance plus
  the changes up to the day.
*/
with days as (
    select
        f.*,
        r.from_on as first_on,
        r.is_recount,
        greatest(f.from_on, r.from_on) + n as date
    from run.account_ranges as r
    inner join account_fact_spans as f on f.account_id = r.account_id and f.to_on >= r.from_on and f.from_on <= :as_of
    cross join lateral generate_series(0, least(f.to_on, :as_of) - greatest(f.from_on, r.from_on)) as n
),

counted as (
    select
        d.*,
        coalesce(o.events_total, 0) + coalesce(sum(e.qualifying_events) over account, 0) as events_total,
        case when d.is_recount then 0 else o.active_seats end + coalesce(sum(s.seats) over account, 0) as active_seats,
        p.product_members as members_now,
        p.products_count as count_now,
        count(p.account_id) over account as product_change,
        case when not d.is_recount then o.product_members end as opening_members,
        case when not d.is_recount then o.products_count end as opening_count,
        max(a.last_active_on) over (partition by d.account_id, d.admin_since order by d.date) as admin_last_active_on
    from days as d
    left join run.account_openings as o on o.account_id = d.account_id
    left join run.account_events as e on e.account_id = d.account_id and e.date = d.date
    left join run.account_seats as s on s.account_id = d.account_id and s.date = d.date
    left join run.account_products as p on p.account_id = d.account_id and p.date = d.date
    left join run.account_admins as a
        on a.account_id = d.account_id and a.admin_since = d.admin_since and a.date = d.date
    window account as (partition by d.account_id order by d.date)
)

select
    c.account_id,
    c.date,
    c.first_on,
    c.is_deleted,
    c.is_subscribed,
    c.began_churned,
    c.is_dunning,
    c.frozen_type,
    c.trial_ends_on,
    c.subscribed_on,
    c.ended_on,
    c.first_paid_on,
    c.first_mrr_on,
    c.tier_rank,
    c.tier_rank_before,
    c.seats as total_seats,
    c.seats_before,
    c.mrr,
    c.mrr_before,
    c.currency,
    c.rate,
    c.renewal_on,
    c.urgent_ticket_since,
    c.nps,
    c.csat,
    c.admin_last_active_on,
    c.events_total::bigint as events_total,
    c.active_seats::integer as active_seats,
    coalesce(first_value(c.members_now) over since_change, c.opening_members, '{}') as product_members,
    coalesce(first_value(c.count_now) over since_change, c.opening_count, 0) as products_count
from counted as c
window since_change as (partition by c.account_id, c.product_change order by c.date)
