/*
description: >
  Users whose attributes are not those known before, the first day of which that is so, and who invited them by
  what is said now or was said before.
*/
with users as (
    select user_id from run.attribute_spans
    union
    select user_id from run.life_changes
),

known as (
    select
        a.user_id, a.from_on, a.signup_on, a.is_alive, a.country, a.plan_type, a.acquisition_source, a.role,
        a.invited_by_user_id
    from user_attributes as a
    inner join users as u on u.user_id = a.user_id
),

fresh as (
    select
        user_id, from_on, signup_on, is_alive, country, plan_type, acquisition_source, role, invited_by_user_id
    from run.attribute_spans
),

differing as (
    (
        select * from known
        except
        select * from fresh
    )
    union all
    (
        select * from fresh
        except
        select * from known
    )
)

select
    user_id,
    min(from_on) as from_on,
    coalesce(array_agg(distinct invited_by_user_id) filter (where invited_by_user_id is not null), '{}') as inviters
from differing
group by user_id
