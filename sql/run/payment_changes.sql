/*
description: >
  Users whose payment problems may have changed, and the first day that this touches: by a payment or by terms of a
  subscription, their own or of an account they belong to, by a change of account, or by a new life.
*/
with payers as (
    select distinct entity_id
    from bronze.entity_facts
    where occurred_on <= :as_of and event_type in ('payment_failed', 'payment_method_expired')
),

-- What opens and closes problems; a start, a renewal and other terms move the end of a subscription.
news as (
    select said.entity_id, said.entity_type, said.said_on
    from (
        select entity_id, entity_type, occurred_on, load_id
        from bronze.entity_facts
        where event_type in (
                'payment_failed', 'payment_method_expired', 'payment_recovered',
                'subscription_started', 'subscription_changed', 'subscription_renewed',
                'subscription_canceled', 'subscription_expired', 'account_deleted'
            )
        union all
        select a.account_id, 'account', (a.updated_at at time zone l.business_time_zone)::date, a.load_id
        from bronze.accounts as a
        cross join ref.lifecycle as l
    ) as said (entity_id, entity_type, said_on, load_id)
    inner join payers as p on p.entity_id = said.entity_id
    where said.said_on <= :as_of and (said.said_on > :previous_as_of or said.load_id = any(:loads))
),

changes as (
    select entity_id as user_id, said_on as from_on
    from news
    where entity_type = 'user'
    union all
    select u.user_id, n.said_on
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
