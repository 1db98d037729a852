-- The calendar begins where the time of computers does: a source that knows no time of creation may
-- say 1970-01-01, which is the day before in the west.
insert into ref.calendar
select
    day::date,
    date_trunc('week', day)::date,
    date_trunc('month', day)::date
from generate_series(timestamp '1969-12-31', '1989-12-31', '1 day') as day;
comment on table ref.calendar is 'Every date from 1969-12-31 to 2100.';
analyze ref.calendar;
