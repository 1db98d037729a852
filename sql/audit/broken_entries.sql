/*
description: >
  Entries of the audit log that were changed, taken out or cut off its end. An entry is named by the number it has,
  or should have; the newest must be the one that ops.audit_head knows.
*/
with linked as (
    select
        l.entry_id,
        l.hash = ops.audit_hash(l) as is_as_written,
        l.entry_id - lag(l.entry_id, 1, 0::bigint) over by_number as steps,
        l.previous_hash = lag(l.hash, 1, decode(repeat('00', 32), 'hex')) over by_number as follows
    from ops.audit_log as l
    window by_number as (order by l.entry_id)
)

select l.entry_id, 'changed' as flaw
from linked as l
where not l.is_as_written
union all
select l.entry_id - 1, 'missing'
from linked as l
where l.steps > 1
union all
select l.entry_id, 'does not follow the one before'
from linked as l
where not l.follows and l.steps = 1
union all
select h.entry_id, 'is not the newest one'
from ops.audit_head as h
left join ops.audit_log as newest on newest.entry_id = (select max(l.entry_id) from ops.audit_log as l)
where (h.entry_id, h.hash) is distinct from (coalesce(newest.entry_id, 0), coalesce(newest.hash, h.hash))
