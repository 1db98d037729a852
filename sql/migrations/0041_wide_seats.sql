-- The feed's other whole numbers have 64 bits too.
alter table bronze.accounts alter column total_seats type bigint;
