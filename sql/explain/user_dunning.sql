/*
description: The open payment problem of a user at the end of the day, if there is one.
*/
select from_on, nullif(to_on, 'infinity') as to_on, dunning_type, dunning_since
from user_dunning_spans
where user_id = :user_id and :day between from_on and to_on
