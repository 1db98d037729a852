-- What accounts are broken down by, said once for all kinds of their metrics.
create function gold.account_segments_of(tier text, state text, created_on date, country text, industry text)
returns table (segment_key text, segment_value text)
language sql immutable as $$
    values
    ('all', 'all'),
    ('tier', coalesce(tier, 'none')),
    ('state', state),
    ('signup_month', to_char(created_on, 'YYYY-MM')),
    ('country', coalesce(country, 'unknown')),
    ('industry', coalesce(industry, 'unknown'))
$$;
comment on function gold.account_segments_of is 'The segments that an account with these attributes counts in.';
grant execute on function gold.account_segments_of to monstera_transformer;
