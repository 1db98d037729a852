/*
description: Accounts of which facts are new or act for the first time; theirs are read again, all of them.
*/
with zone as (
    select business_time_zone as name from ref.lifecycle
),

dated as (
    select entity_id as account_id, occurred_on as changed_on, load_id
    from bronze.entity_facts
    where entity_type = 'account'
    union all
    select a.account_id, (a.updated_at at time zone zone.name)::date, a.load_id
    from bronze.accounts as a
    cross join zone
    union all
    select t.account_id, (t.updated_at at time zone zone.name)::date, t.load_id
    from bronze.tickets() as t
    cross join zone
    union all
    select s.account_id, (s.answered_at at time zone zone.name)::date, s.load_id
    from bronze.survey_answers() as s
    cross join zone
)

select distinct account_id
from dated
where load_id = any(:loads) or :previous_as_of = '-infinity' or changed_on > :previous_as_of and changed_on <= :as_of
