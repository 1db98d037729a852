/*
description: >
  The payment and subscription facts up to the end of the day, of the user and of every account that
  the user belonged to by then.
*/
with accounts as (
    select distinct u.account_id
    from bronze.users as u
    cross join ref.lifecycle as l
    where u.user_id = :user_id
        and u.account_id is not null
        and (u.valid_from = '-infinity' or (u.valid_from at time zone l.business_time_zone)::date <= :day)
)

select
    case f.entity_type when 'user' then 'own' else 'account' end as payer,
    case when f.entity_type = 'account' then f.entity_id end as account_id,
    f.event_id,
    f.event_type,
    f.occurred_at,
    f.occurred_on,
    f.metadata ->> 'dunning_type' as dunning_type,
    case
        when pg_input_is_valid(f.metadata ->> 'effective_on', 'date') then (f.metadata ->> 'effective_on')::date
    end as effective_on
from bronze.entity_facts as f
where (f.entity_id = :user_id or f.entity_id in (select account_id from accounts))
    and f.occurred_on <= :day
    and f.event_type in (
        'payment_failed', 'payment_method_expired', 'payment_recovered', 'subscription_started',
        'subscription_renewed', 'subscription_canceled', 'subscription_expired', 'account_deleted'
    )
order by f.occurred_at, f.event_id
