/*
description: >
  Brings what events derive from their type up to the definitions in force: the product, whether
  they count as activity, whether they are an activation step. Run once the definitions changed; the
  loader derives the same for new events.
*/
update bronze.events as e
set product_id = derived.product_id,
    is_qualifying_event = derived.is_qualifying_event,
    is_activation_event = derived.is_activation_event
from (
    select
        s.occurred_on,
        s.event_id,
        coalesce(t.product_id, s.metadata ->> 'product_id') as product_id,
        s.entity_type in ('user', 'admin')
        and t.is_qualifying and not t.is_passive and t.category <> 'system'
        and case
            when t.qualifies_when_key is null then true
            -- jsonb orders values of all kinds; only those of one kind compare
            when (
                jsonb_typeof(s.metadata -> t.qualifies_when_key)
                is distinct from jsonb_typeof(t.qualifies_when_value)
            ) then false
            when t.qualifies_when_operator = '='
                then s.metadata -> t.qualifies_when_key = t.qualifies_when_value
            when t.qualifies_when_operator = '!='
                then s.metadata -> t.qualifies_when_key <> t.qualifies_when_value
            when t.qualifies_when_operator = '>'
                then s.metadata -> t.qualifies_when_key > t.qualifies_when_value
            when t.qualifies_when_operator = '>='
                then s.metadata -> t.qualifies_when_key >= t.qualifies_when_value
            when t.qualifies_when_operator = '<'
                then s.metadata -> t.qualifies_when_key < t.qualifies_when_value
            when t.qualifies_when_operator = '<='
                then s.metadata -> t.qualifies_when_key <= t.qualifies_when_value
        end as is_qualifying_event,
        t.is_activation as is_activation_event
    from bronze.events as s
    inner join ref.event_types as t on t.event_type = s.event_type
) as derived
where derived.occurred_on = e.occurred_on
    and derived.event_id = e.event_id
    and (derived.product_id, derived.is_qualifying_event, derived.is_activation_event)
    is distinct from (e.product_id, e.is_qualifying_event, e.is_activation_event);
