/*
description: People that fresh events invite or share with; a key may name one or a list of them.
*/
select
    e.occurred_on as contacted_on,
    e.user_id,
    person.id::uuid as contact_id,
    bool_or(p.is_invitation) as is_invitation
from run.fresh_events as e
inner join ref.segment_people as p on p.event_type = e.event_type
cross join lateral jsonb_array_elements_text(
    case jsonb_typeof(e.metadata -> p.key)
        when 'array' then e.metadata -> p.key
        when 'string' then jsonb_build_array(e.metadata -> p.key)
        else '[]'
    end
) as person (id)
where pg_input_is_valid(person.id, 'uuid') and person.id::uuid <> e.user_id
group by e.occurred_on, e.user_id, person.id::uuid
