-- Accounts are broken down too by how they came: plan, channel and first product of who founded them.
drop function gold.account_segments_of;
create function gold.account_segments_of(
    tier text, state text, created_on date, country text, industry text,
    signup_plan text default null, acquisition_source text default null, first_product text default null
) returns table (segment_key text, segment_value text)
language sql immutable as $$
    values
    ('all', 'all'),
    ('tier', coalesce(tier, 'none')),
    ('state', state),
    ('signup_month', to_char(created_on, 'YYYY-MM')),
    ('country', coalesce(country, 'unknown')),
    ('industry', coalesce(industry, 'unknown')),
    ('signup_plan', coalesce(signup_plan, 'unknown')),
    ('acquisition_source', coalesce(acquisition_source, 'unknown')),
    ('first_product', coalesce(first_product, 'none'))
$$;
comment on function gold.account_segments_of is 'The segments that an account with these attributes counts in.';
grant execute on function gold.account_segments_of to monstera_transformer;

-- Rows of a feed can be counted by columns of theirs; one that no delivery has brought yet is null.
drop function bronze.feed_values;
create function bronze.feed_values(
    feed text, at_column text, value_column text, currency_column text, segment_columns text[],
    first_on date, last_on date, loads bigint[]
) returns table (date date, value numeric, currency text, segments text[])
language plpgsql stable as $$
begin
    if bronze.has_columns(feed, array_remove(array[at_column, value_column, currency_column], null)) then
        return query execute format(
            'select * from (select %1$s as date, %2$s::numeric, %3$s::text, array[%5$s]::text[] from bronze.%4$I) as f'
            ' where f.date <= $2'
            ' and (f.date >= $1 or f.date in (select %1$s from bronze.%4$I where load_id = any($3)))',
            bronze.day_of(feed, at_column),
            coalesce(quote_ident(value_column), 'null'),
            coalesce(quote_ident(currency_column), 'null'),
            feed,
            (
                select string_agg(case when bronze.has_columns(feed, array[s.name]) then quote_ident(s.name) else 'null' end, ', ' order by s.position)
                from unnest(segment_columns) with ordinality as s (name, position)
            )
        ) using first_on, last_on, loads;
    end if;
end $$;
comment on function bronze.feed_values is 'Business day, value, currency and segments of the rows of a feed between two days, and of the earlier days that these loads touch; no rows where it was never delivered.';
