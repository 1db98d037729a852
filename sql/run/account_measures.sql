/*
description: >
  The numbers of every account on each of the days to compute: what is counted is the opening balance plus
  the changes up to the day; what it is compared with stood a window of days before. `facts_from_on` names
  the stretch of facts that the day lies in.
*/
with products as (
    select
        account_id,
        date as from_on,
        lead(date - 1, 1, 'infinity') over (partition by account_id order by date) as to_on,
        product_members,
        products_count
    from run.account_products
    union all
    -- before the first product is in use, where members are counted anew
    select r.account_id, '-infinity', coalesce(min(p.date) - 1, 'infinity'), '{}', 0
    from run.account_ranges as r
    left join run.account_products as p on p.account_id = r.account_id
    where r.is_recount
    group by r.account_id
),

days as (
    select
        r.account_id,
        r.is_recount,
        r.from_on as first_on,
        f.from_on as facts_from_on,
        f.admin_since,
        f.is_deleted,
        p.product_members,
        p.products_count,
        greatest(f.from_on, r.from_on, p.from_on) + n as date
    from run.account_ranges as r
    inner join account_fact_spans as f on f.account_id = r.account_id and f.to_on >= r.from_on and f.from_on <= :as_of
    inner join products as p on p.account_id = r.account_id and p.to_on >= greatest(f.from_on, r.from_on) and p.from_on <= least(f.to_on, :as_of)
    cross join lateral generate_series(
        0, least(f.to_on, p.to_on, :as_of) - greatest(f.from_on, r.from_on, p.from_on)
    ) as n
),

counted as (
    select
        d.account_id,
        d.date,
        d.first_on,
        d.facts_from_on,
        d.admin_since,
        d.product_members,
        d.products_count,
        coalesce(o.events_total, 0) + coalesce(sum(e.qualifying_events) over account, 0)::bigint as events_total,
        case
            when d.is_deleted then 0
            else case when d.is_recount then 0 else o.active_seats end + coalesce(sum(s.seats) over account, 0)::integer
        end as active_seats,
        -- of the last tenure the last day
        max(array[a.admin_since, a.last_active_on]) filter (where a.account_id is not null) over account as admin_active
    from days as d
    left join run.account_openings as o on o.account_id = d.account_id
    left join run.account_events as e on e.account_id = d.account_id and e.date = d.date
    left join run.account_seats as s on s.account_id = d.account_id and s.date = d.date
    left join run.account_admins as a
        on a.account_id = d.account_id and a.admin_since = d.admin_since and a.date = d.date
    window account as (partition by d.account_id order by d.date)
),

compared as (
    select
        c.*,
        coalesce(lag(c.events_total, s.window_days) over account, month_ago.events_total, 0) as total_before,
        coalesce(lag(c.events_total, 2 * s.window_days) over account, two_months_ago.events_total, 0)
            as total_long_before,
        coalesce(lag(c.products_count, s.window_days) over account, month_ago.products_count, 0) as products_before,
        coalesce(lag(c.active_seats, s.window_days) over account, month_ago.active_seats, 0) as active_seats_before
    from counted as c
    cross join ref.account_settings as s
    -- what lies before the days to compute is looked up, and is not there in a rebuild
    left join lateral (
        select a.events_total, a.products_count, a.active_seats from account_days as a
        where c.date - s.window_days < c.first_on and a.account_id = c.account_id and a.date = c.date - s.window_days
        order by a.date
        limit 1
    ) as month_ago on true
    left join lateral (
        select a.events_total from account_days as a
        where c.date - 2 * s.window_days < c.first_on and a.account_id = c.account_id
            and a.date = c.date - 2 * s.window_days
        order by a.date
        limit 1
    ) as two_months_ago on true
    window account as (partition by c.account_id order by c.date)
)

select
    account_id,
    date,
    facts_from_on,
    case when admin_active[1] = admin_since then admin_active[2] end as admin_last_active_on,
    active_seats,
    active_seats_before,
    (events_total - total_before)::integer as events_30,
    (total_before - total_long_before)::integer as events_prior_30,
    products_count,
    products_before,
    events_total,
    product_members
from compared
