/*
description: >
  Users whose payment problems may have changed, and the first day that this touches: by a payment
  of their own, of an account they belong to, by a change of account, or by a new life.
*/
with payments as (
    select entity_id, entity_type, occurred_on, load_id
    from bronze.entity_facts
    where occurred_on <= :as_of
        and event_type in (
            'payment_failed', 'payment_method_expired', 'payment_recovered',
            'subscription_canceled', 'subscription_expired', 'account_deleted'
        )
),

news as (
    select * from payments where occurred_on > :previous_as_of or load_id = any(:loads)
),

payers as (
    select distinct entity_id from payments
),

changes as (
    select entity_id as user_id, occurred_on as from_on
    from news
    where entity_type = 'user'
    union all
    select u.user_id, n.occurred_on
    from news as n
    inner join bronze.users as u on u.account_id = n.entity_id
    where n.entity_type = 'account'
    union all
    select u.user_id, (u.valid_from at time zone l.business_time_zone)::date
    from bronze.users as u
    cross join ref.lifecycle as l
    where (
        u.load_id = any(:loads)
        or (u.valid_from at time zone l.business_time_zone)::date > :previous_as_of
    )
    and (u.valid_from at time zone l.business_time_zone)::date <= :as_of
    and exists (
        select from bronze.users as v
        inner join payers as p on p.entity_id = v.account_id
        where v.user_id = u.user_id
    )
    union all
    select c.user_id, c.from_on
    from run.life_changes as c
    where c.user_id in (select entity_id from payers)
        or c.user_id in (select u.user_id from bronze.users as u inner join payers as p on p.entity_id = u.account_id)
)

select user_id, min(from_on) as from_on
from changes
group by user_id
