-- What a user is counted by, as one value: metrics group by it once and then add up its parts.
alter table silver.user_attributes add column profile text[] generated always as (array[
    coalesce(country, 'unknown'),
    coalesce(plan_type, 'unknown'),
    coalesce(acquisition_source, 'unknown'),
    coalesce(role, 'unknown'),
    lpad(extract(year from signup_on)::text, 4, '0') || '-' || lpad(extract(month from signup_on)::text, 2, '0')
]) stored;
comment on column silver.user_attributes.profile is 'Country, plan, channel, role and month of signup; what is not known is ''unknown''.';

create function gold.segments_of(profile text[], scope text default 'platform')
returns table (segment_key text, segment_value text)
language sql immutable as $$
    select s.segment_key, s.segment_value
    from unnest(
        array['all', 'country', 'plan_type', 'acquisition_source', 'role', 'signup_month'], 'all'::text || profile
    ) as s (segment_key, segment_value)
    where scope = 'platform'
    union all
    select 'product', scope
    where scope <> 'platform'
$$;
comment on function gold.segments_of is 'The segments that somebody with this profile counts in: on the platform the total and each attribute, in a product the product.';
grant execute on function gold.segments_of to monstera_transformer;

-- All rows of a publish have its version, which is there: no need to look it up for each of them.
alter table gold.metric_values drop constraint metric_values_definition_version_fkey;

-- A first publish fills it at once, and what is planned afterwards has to know that.
alter table gold.metric_values owner to monstera_transformer;
