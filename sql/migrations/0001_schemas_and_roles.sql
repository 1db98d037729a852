-- Schemas and the roles that may touch them. Roles belong to the cluster, so two databases of one
-- server share them: each is made only where it is missing.
do $$
declare
    name text;
begin
    foreach name in array array['monstera_loader', 'monstera_transformer', 'monstera_alerter', 'monstera_analyst'] loop
        if not exists (select from pg_roles where rolname = name) then
            begin
                execute format('create role %I nologin', name);
            exception when duplicate_object or unique_violation then null;  -- another database was first
            end;
        end if;
    end loop;
end $$;

create schema bronze;
create schema silver;
create schema gold;
create schema ref;
create schema ops;

comment on schema bronze is 'Events and feeds as delivered, validated, with pseudonyms for ids.';
comment on schema silver is 'States, activity and segments of every user, product and account.';
comment on schema gold is 'Metrics, ready to read.';
comment on schema ref is 'The definitions in force, compiled from YAML.';
comment on schema ops is 'How the warehouse ran: loads, publications, checks, alerts, restatements.';

grant usage on schema bronze, ref, ops to monstera_loader, monstera_transformer;
grant usage on schema silver, gold to monstera_transformer, monstera_alerter, monstera_analyst;
grant usage on schema ref, ops to monstera_alerter, monstera_analyst;
grant usage on schema bronze to monstera_alerter;
