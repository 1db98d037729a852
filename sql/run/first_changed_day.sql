/*
description: The first day of which a number may differ from what is published; of a rebuild, the first day of all.
*/
select least(
    (select min(active_on) from run.activity_delta),
    (select min(date) from run.count_deltas),
    (select min(date) from run.account_count_deltas),
    (select min(from_on) from run.account_touched),
    (select min(from_on) from run.attribute_changes),
    :first_late_day,
    case when isfinite(:previous_as_of::date) then :previous_as_of + 1 end,
    :as_of
) as date
