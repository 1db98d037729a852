-- What further metrics read: failures among the events, the columns of feeds, the stages of funnels.
alter table gold.events_daily add column failed_events bigint not null default 0;
comment on column gold.events_daily.failed_events is 'Those that say so: outcomes marked failed, abandonments with an error.';
truncate gold.events_daily;  -- counted anew with the next publish

-- Feeds exist only where they are declared and were delivered once, and a folder may declare any.
create function bronze.day_of(feed text, at_column text) returns text
language sql stable as $$
    select case
        when atttypid = 'date'::regtype then quote_ident(at_column)
        else format(
            '(%I at time zone %L)::date', at_column, (select business_time_zone from ref.lifecycle)
        )
    end
    from pg_attribute
    where attrelid = to_regclass('bronze.' || quote_ident(feed)) and attname = at_column
$$;
comment on function bronze.day_of is 'The business day of a column of a feed, as SQL.';

create function bronze.feed_days(feed text, at_column text) returns table (first_on date, last_on date)
language plpgsql stable as $$
begin
    if bronze.has_columns(feed, array[at_column]) then
        return query execute format('select min(%1$s), max(%1$s) from bronze.%2$I', bronze.day_of(feed, at_column), feed);
    end if;
end $$;
comment on function bronze.feed_days is 'First and last business day of the rows of a feed; no row where it was never delivered.';

create function bronze.feed_values(
    feed text, at_column text, value_column text, currency_column text, first_on date, last_on date, loads bigint[]
) returns table (date date, value numeric, currency text)
language plpgsql stable as $$
begin
    if bronze.has_columns(feed, array_remove(array[at_column, value_column, currency_column], null)) then
        return query execute format(
            'select * from (select %1$s as date, %2$s::numeric, %3$s::text from bronze.%4$I) as f'
            ' where f.date <= $2'
            ' and (f.date >= $1 or f.date in (select %1$s from bronze.%4$I where load_id = any($3)))',
            bronze.day_of(feed, at_column),
            coalesce(quote_ident(value_column), 'null'),
            coalesce(quote_ident(currency_column), 'null'),
            feed
        ) using first_on, last_on, loads;
    end if;
end $$;
comment on function bronze.feed_values is 'Business day, value and currency of the rows of a feed between two days, and of the earlier days that these loads touch; no rows where it was never delivered.';

create function gold.next_stage(reached integer, stages integer[]) returns integer
language sql immutable as $$
    select case when reached + 1 = any(stages) then reached + 1 else reached end
$$;
comment on function gold.next_stage is 'The stage of a funnel after an event that belongs to these stages.';
create aggregate gold.last_stage (integer[]) (sfunc = gold.next_stage, stype = integer, initcond = '1');  -- noqa: LT01
comment on aggregate gold.last_stage(integer[]) is 'The stage of a funnel that somebody at its first one gets to, from the stages that their events belong to, in order.';  -- noqa: LT01
