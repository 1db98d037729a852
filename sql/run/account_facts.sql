/*
description: All facts of the accounts that changed, their payment problems among them, in the order in which they act.
*/
with lives as (
    select account_id, acts_on as created_on
    from run.contract_facts
    where kind = 'created'
),

problems as (
    select p.*
    from run.payment_problems as p
    inner join lives as life on life.account_id = p.entity_id and p.from_on >= life.created_on
    where p.entity_type = 'account'
),

facts as (
    select account_id, acts_on, rank, acts_at, event_id, order_id, kind, terms
    from run.contract_facts
    union all
    select entity_id, from_on, 3, last_failed_at, opening_event_id, opening_event_id, 'payment_problem',
        jsonb_build_object('failed_on', first_failed_on)
    from problems
    union all
    select
        p.entity_id, p.to_on + 1,
        case when p.closed_at is null then 1 else 3 end,
        coalesce(p.closed_at, (p.to_on + 1)::timestamp at time zone l.business_time_zone),
        p.closing_event_id, p.closing_event_id, 'payment_settled', '{}'
    from problems as p
    cross join ref.lifecycle as l
    where p.to_on < 'infinity'
)

select
    account_id,
    acts_on,
    row_number() over (
        partition by account_id order by acts_on, rank, acts_at, order_id, kind, terms
    )::integer as position,
    kind,
    acts_at,
    event_id,
    terms
from facts
