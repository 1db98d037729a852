-- What an error is, said once for the counts by day and by hour.
create function gold.is_error(category text, metadata jsonb) returns boolean
language sql immutable as $$
    select category = 'outcome' and metadata @> '{"failed": true}'
        or category = 'abandonment' and metadata ?| array['error', 'error_code', 'error_type']
$$;
comment on function gold.is_error is 'Whether an event of this category says that something went wrong: an outcome marked failed, or an abandonment that names an error.';
grant execute on function gold.is_error to monstera_transformer, monstera_analyst, monstera_alerter;
