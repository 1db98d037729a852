/*
description: An event type that is declared unique happens once per entity.
dataset: bronze.events
severity: warn
when: full
*/
select e.entity_id, e.event_type, count(*) as times
from bronze.events as e
where e.event_type in (select event_type from ref.event_types where is_unique and not is_built_in)
group by e.entity_id, e.event_type
having count(*) > 1
