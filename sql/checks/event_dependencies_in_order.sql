/*
description: An event happens after the events that it depends on.
dataset: bronze.events
severity: warn
when: full
*/
with firsts as (
    select e.entity_id, e.event_type, min(e.occurred_at) as first_at
    from bronze.events as e
    where e.event_type in (select event_type from ref.event_types where depends_on <> '{}')
        or e.event_type in (select unnest(depends_on) from ref.event_types)
    group by e.entity_id, e.event_type
)

select f.entity_id, f.event_type, needed.event_type as depends_on
from firsts as f
inner join ref.event_types as t on t.event_type = f.event_type
cross join lateral unnest(t.depends_on) as needed (event_type)
left join firsts as before on before.entity_id = f.entity_id and before.event_type = needed.event_type
where before.first_at is null or before.first_at > f.first_at
