-- The first publication after an upgrade is a rebuild, which fills the tables that the upgrade made.
grant select on public.monstera_migrations to monstera_transformer;
