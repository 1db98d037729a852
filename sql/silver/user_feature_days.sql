/*
description: Adds the features used on fresh days.
*/
delete from user_feature_days as d
using run.rereads as r
where r.user_id = d.user_id and d.used_on >= r.from_on;

update user_feature_days as d
set is_advanced = true
from run.feature_days as f
where f.user_id = d.user_id and f.used_on = d.used_on and f.feature_id = d.feature_id
    and f.is_advanced and not d.is_advanced;

insert into user_feature_days (used_on, user_id, feature_id, is_advanced)
select f.used_on, f.user_id, f.feature_id, f.is_advanced
from run.feature_days as f
where not exists (
    select from user_feature_days as d
    where d.user_id = f.user_id and d.used_on = f.used_on and d.feature_id = f.feature_id
);
