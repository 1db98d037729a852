/*
description: Puts the payment problems that changed in the place of those that were known.
*/
delete from user_dunning_spans as d
using run.payment_changes as c
where c.user_id = d.user_id;

insert into user_dunning_spans (
    user_id, from_on, to_on, dunning_type, dunning_since, opened_at, opening_event_id, closed_at, closing_event_id
)
select
    user_id, from_on, to_on, dunning_type, dunning_since, opened_at, opening_event_id, closed_at, closing_event_id
from run.dunning_spans;
