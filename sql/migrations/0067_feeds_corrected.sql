-- A delivery may correct rows of any earlier day, and move one to another day.
alter table ops.load_manifest add column moved_from date;
comment on column ops.load_manifest.moved_from is 'Earliest business day that a row of a further feed said before this load had it say another; null: none did.';

drop function bronze.feed_days;
create function bronze.feed_days(feed text, at_column text, loads bigint[]) returns table (
    first_on date, last_on date, fresh_from date
)
language plpgsql stable as $$
begin
    if bronze.has_columns(feed, array[at_column]) then
        return query execute format(
            'select min(%1$s), max(%1$s), min(%1$s) filter (where load_id = any($1)) from bronze.%2$I',
            bronze.day_of(feed, at_column), feed
        ) using loads;
    end if;
end $$;
comment on function bronze.feed_days is 'First and last business day of the rows of a feed, and the first of those that these loads brought; no row where it was never delivered.';

drop function bronze.feed_values;
create function bronze.feed_values(
    feed text, at_column text, value_column text, currency_column text, segment_columns text[], first_on date, last_on date
) returns table (date date, value numeric, currency text, segments text[])
language plpgsql stable as $$
begin
    if bronze.has_columns(feed, array_remove(array[at_column, value_column, currency_column], null)) then
        return query execute format(
            'select * from (select %1$s as date, %2$s::numeric, %3$s::text, array[%5$s]::text[] from bronze.%4$I) as f'
            ' where f.date between $1 and $2',
            bronze.day_of(feed, at_column),
            coalesce(quote_ident(value_column), 'null'),
            coalesce(quote_ident(currency_column), 'null'),
            feed,
            (
                select string_agg(case when bronze.has_columns(feed, array[s.name]) then quote_ident(s.name) else 'null' end, ', ' order by s.position)
                from unnest(segment_columns) with ordinality as s (name, position)
            )
        ) using first_on, last_on;
    end if;
end $$;
comment on function bronze.feed_values is 'Business day, value, currency and segments of the rows of a feed between two days; no rows where it was never delivered.';
