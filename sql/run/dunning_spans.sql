/*
description: >
  Days at whose end a payment problem is open for a user, by their own payments or those of the
  account they belong to that day, with the kind of dunning.
*/
with memberships as (
    select
        u.user_id,
        u.account_id,
        (u.valid_from at time zone l.business_time_zone)::date as from_on,
        case
            when u.valid_to = 'infinity' then 'infinity'::date
            else (u.valid_to at time zone l.business_time_zone)::date - 1
        end as to_on
    from bronze.users as u
    inner join run.payment_changes as c on c.user_id = u.user_id
    cross join ref.lifecycle as l
),

pieces as (
    select
        p.entity_id as user_id, p.from_on, p.to_on, p.failures, p.first_failed_at, p.first_failed_on,
        p.last_failed_at, p.stated_type, p.opened_at, p.opening_event_id, p.closed_at, p.closing_event_id
    from run.payment_problems as p
    where p.entity_type = 'user'
    union all
    select
        m.user_id,
        greatest(p.from_on, m.from_on),
        least(p.to_on, m.to_on),
        p.failures, p.first_failed_at, p.first_failed_on, p.last_failed_at, p.stated_type,
        case when p.from_on >= m.from_on then p.opened_at end,
        case when p.from_on >= m.from_on then p.opening_event_id end,
        case when p.to_on < m.to_on then p.closed_at end,
        case when p.to_on < m.to_on then p.closing_event_id end
    from run.payment_problems as p
    inner join memberships as m
        on m.account_id = p.entity_id and m.from_on <= m.to_on and m.from_on <= p.to_on and m.to_on >= p.from_on
    where p.entity_type = 'account'
),

-- Where problems overlap (the user's and the account's), the failures of both count.
cuts as (
    select user_id, from_on as cut_on from pieces
    union
    select user_id, to_on + 1 from pieces where to_on < 'infinity'
),

stretches as (
    select
        user_id,
        cut_on as from_on,
        coalesce(lead(cut_on) over (partition by user_id order by cut_on) - 1, 'infinity') as to_on
    from cuts
),

together as (
    select
        s.user_id,
        s.from_on,
        s.to_on,
        sum(p.failures) as failures,
        min(p.first_failed_at) as first_failed_at,
        min(p.first_failed_on) as first_failed_on,
        (array_agg(p.stated_type order by p.last_failed_at desc))[1] as stated_type,
        min(p.opened_at) filter (where p.from_on = s.from_on) as opened_at,
        (array_agg(p.opening_event_id order by p.opened_at, p.opening_event_id)
            filter (where p.from_on = s.from_on))[1] as opening_event_id,
        max(p.closed_at) filter (where p.to_on = s.to_on) as closed_at,
        (array_agg(p.closing_event_id order by p.closed_at desc nulls last, p.closing_event_id desc)
            filter (where p.to_on = s.to_on))[1] as closing_event_id
    from stretches as s
    inner join pieces as p on p.user_id = s.user_id and p.from_on <= s.from_on and p.to_on >= s.to_on
    group by s.user_id, s.from_on, s.to_on
)

select
    t.user_id,
    kind.from_on,
    kind.to_on,
    kind.dunning_type,
    t.first_failed_at as dunning_since,
    case when kind.from_on = t.from_on then t.opened_at end as opened_at,
    case when kind.from_on = t.from_on then t.opening_event_id end as opening_event_id,
    case when kind.to_on = t.to_on then t.closed_at end as closed_at,
    case when kind.to_on = t.to_on then t.closing_event_id end as closing_event_id
from together as t
cross join ref.lifecycle as l
cross join lateral (
    values
    (t.from_on, t.to_on, coalesce(t.stated_type, 'soft'), t.stated_type is not null or t.failures = 1),
    (
        t.from_on, least(t.to_on, t.first_failed_on + l.grace_days), 'grace',
        t.stated_type is null and t.failures > 1
    ),
    (
        greatest(t.from_on, t.first_failed_on + l.grace_days + 1), t.to_on, 'hard',
        t.stated_type is null and t.failures > 1
    )
) as kind (from_on, to_on, dunning_type, applies)
where kind.applies and kind.from_on <= kind.to_on
