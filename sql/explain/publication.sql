/*
description: What readers see, and the settings that decide states in it.
*/
select p.as_of, p.definition_version, l.business_time_zone, l.grace_days
from ops.current_publication as p
cross join ref.lifecycle as l
