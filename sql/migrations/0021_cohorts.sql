-- Cohorts by calendar periods.
create function gold.periods_between(grain text, earlier date, later date) returns integer
language sql immutable as $$
    select case grain
        when 'day' then later - earlier
        when 'week' then (date_trunc('week', later::timestamp)::date - date_trunc('week', earlier::timestamp)::date) / 7
        else (12 * (extract(year from later) - extract(year from earlier)) + extract(month from later) - extract(month from earlier))::integer
    end
$$;
comment on function gold.periods_between is 'Calendar days, weeks or months from the one that holds a date to the one that holds a later one.';
grant execute on function gold.periods_between to monstera_transformer;
