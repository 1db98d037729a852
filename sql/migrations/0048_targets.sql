-- Whether a value reaches its target is said once for all tables that ask.
create function gold.is_on_target(value numeric, target jsonb) returns boolean
language sql immutable as $$
    select case target ->> 'op'
        when '>' then value > (target ->> 'value')::numeric
        when '>=' then value >= (target ->> 'value')::numeric
        when '<' then value < (target ->> 'value')::numeric
        when '<=' then value <= (target ->> 'value')::numeric
        when '=' then value = (target ->> 'value')::numeric
    end
$$;
comment on function gold.is_on_target is 'Whether a value reaches the target of its metric; null where there is none of either.';
grant execute on function gold.is_on_target to monstera_transformer, monstera_analyst, monstera_alerter;
