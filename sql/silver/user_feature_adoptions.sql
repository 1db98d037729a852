/*
description: Adds the first uses of features, and puts those forward that became known late.
*/
delete from user_feature_adoptions as a
using run.rereads as r
where r.user_id = a.user_id and a.adopted_on >= r.from_on;

update user_feature_adoptions as a
set adopted_on = f.used_on
from (select user_id, feature_id, min(used_on) as used_on from run.feature_days group by user_id, feature_id) as f
where f.user_id = a.user_id and f.feature_id = a.feature_id and f.used_on < a.adopted_on;

insert into user_feature_adoptions (adopted_on, user_id, feature_id)
select min(f.used_on), f.user_id, f.feature_id
from run.feature_days as f
where not exists (
    select from user_feature_adoptions as a
    where a.user_id = f.user_id and a.feature_id = f.feature_id
)
group by f.user_id, f.feature_id;
