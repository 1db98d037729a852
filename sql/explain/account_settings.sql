/*
description: The thresholds that account states are decided by.
*/
select * from ref.account_settings
