/*
description: One sequential scan of the events table, parallel as configured.
*/
select count(*), sum(length(event_type)) from bronze.events
