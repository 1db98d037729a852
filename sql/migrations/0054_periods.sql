-- What several metrics counted off the calendar, each for itself.
create function gold.periods(grain text, first date, last date) returns table (date date, next_on date)
language sql immutable as $$
    select period::date, (period + ('1 ' || grain)::interval)::date
    from generate_series(date_trunc(grain, first::timestamp), last::timestamp, ('1 ' || grain)::interval) as period
$$;
comment on function gold.periods is 'Calendar days, weeks or months that the dates from first to last touch, each with its first date and that of the next one.';
grant execute on function gold.periods to monstera_transformer, monstera_analyst, monstera_alerter;
