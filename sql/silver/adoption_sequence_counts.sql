/*
description: Adds what changed to the counts; a sequence that nobody follows any more goes.
*/
merge into adoption_sequence_counts as known
using run.adoption_sequences as change
    on change.product_sequence = known.product_sequence
when matched and known.users + change.users = 0 then delete
when matched then update set
    users = known.users + change.users,
    users_ending_here = known.users_ending_here + change.users_ending_here,
    days_to_complete = known.days_to_complete + change.days_to_complete,
    mature_users = known.mature_users + change.mature_users,
    retained_users = known.retained_users + change.retained_users
when not matched and change.users > 0 then insert values (
    change.users, change.users_ending_here, change.days_to_complete, change.mature_users, change.retained_users,
    change.product_sequence
);
