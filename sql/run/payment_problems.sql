/*
description: >
  Stretches of days at whose end a payment problem is open, for each payer: an account, or one life
  of a user. A problem opens with a failure and closes with a recovery, the subscription's end or,
  a user's own one, with the life.
*/
with accounts as (
    select account_id from run.account_changes
    union
    select u.account_id
    from bronze.users as u
    inner join run.payment_changes as c on c.user_id = u.user_id
    where u.account_id is not null
),

-- The ends of the subscriptions of accounts, whatever says them.
ends as (
    select account_id, acts_on, acts_at, event_id
    from run.contract_facts
    where kind in ('ended', 'deleted')
    union all
    select f.account_id, f.acts_on, f.acts_at, f.event_id
    from account_facts as f
    inner join accounts as a on a.account_id = f.account_id
    where f.kind in ('ended', 'deleted') and not exists (
            select from run.account_changes as c where c.account_id = f.account_id
        )
),

effective as (
    select
        f.entity_id,
        f.entity_type,
        f.event_type in ('payment_failed', 'payment_method_expired') as is_failure,
        case
            when f.metadata ->> 'dunning_type' in ('soft', 'grace', 'hard') then f.metadata ->> 'dunning_type'
        end as stated_type,
        f.acts_on,
        f.acting_event_id as event_id,
        f.acts_at,
        f.event_id as order_id,
        f.occurred_at,
        f.occurred_on
    from run.billing_facts as f
    where f.event_type in ('payment_failed', 'payment_method_expired', 'payment_recovered')
        and (
            f.entity_type = 'user' and f.entity_id in (select user_id from run.payment_changes)
            or f.entity_type = 'account' and f.entity_id in (select account_id from accounts)
        )
        or f.event_type in ('subscription_canceled', 'subscription_expired')
        and f.entity_type = 'user'
        and f.entity_id in (select user_id from run.payment_changes)
    union all
    -- what acts at midnight does so before an event of that moment
    select
        account_id, 'account', false, null, acts_on, event_id, acts_at,
        coalesce(event_id, '00000000-0000-0000-0000-000000000000'), acts_at, acts_on
    from ends
),

by_payer as (
    select
        e.*,
        coalesce(life.life_number, 0) as life_number,
        coalesce(life.ended_on, 'infinity') as life_ended_on
    from effective as e
    left join user_lives as life
        on e.entity_type = 'user'
        and life.user_id = e.entity_id
        and e.occurred_on >= life.started_on
        and (life.life_number = 1 or e.occurred_at >= life.started_at)
        and e.occurred_at < life.ended_at
    where e.entity_type = 'account' or life.user_id is not null
),

numbered as (
    select
        *,
        count(*) filter (where not is_failure) over (
            partition by entity_id, life_number order by acts_at, order_id
            rows between unbounded preceding and 1 preceding
        ) as problem_number
    from by_payer
),

counted as (
    select
        *,
        count(*) filter (where is_failure) over problem as failures,
        min(acts_at) filter (where is_failure) over problem as first_failed_at,
        min(acts_on) filter (where is_failure) over problem as first_failed_on,
        first_value(event_id) over problem as opening_event_id
    from numbered
    window problem as (partition by entity_id, life_number, problem_number order by acts_at, order_id)
),

days as (
    select distinct on (entity_id, life_number, acts_on)
        entity_id, entity_type, life_number, life_ended_on, acts_on, acts_at, event_id, is_failure, stated_type,
        failures, first_failed_at, first_failed_on, opening_event_id
    from counted
    where failures > 0  -- a recovery of nothing changes nothing
    order by entity_id, life_number, acts_on, acts_at desc, order_id desc
),

stretches as (
    select
        *,
        lead(acts_on) over payer as next_on,
        lead(is_failure) over payer as next_is_failure,
        lead(acts_at) over payer as next_at,
        lead(event_id) over payer as next_event_id
    from days
    window payer as (partition by entity_id, life_number order by acts_on)
)

select
    entity_id,
    entity_type,
    life_number,
    acts_on as from_on,
    least(coalesce(next_on, 'infinity'), life_ended_on) - 1 as to_on,
    failures,
    first_failed_at,
    first_failed_on,
    acts_at as last_failed_at,
    stated_type,
    case when first_failed_on = acts_on then first_failed_at end as opened_at,
    case when first_failed_on = acts_on then opening_event_id end as opening_event_id,
    case when not next_is_failure and next_event_id is not null then next_at end as closed_at,
    case when not next_is_failure then next_event_id end as closing_event_id
from stretches
where is_failure and acts_on < life_ended_on
