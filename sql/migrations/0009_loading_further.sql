-- Names of accounts, and what makes rows that come again cheap.
do $$
begin
    if not exists (select from pg_roles where rolname = 'monstera_directory') then
        create role monstera_directory nologin;
    end if;
exception when duplicate_object or unique_violation then null;  -- another database was first
end $$;

create table bronze.account_directory (
    account_id uuid primary key,
    display_name text not null,
    updated_at timestamptz not null,
    load_id bigint not null
);
comment on table bronze.account_directory is 'Display names of accounts, where the definitions say that they are kept; for monstera_directory alone.';
comment on column bronze.account_directory.account_id is 'Pseudonym of the account.';
comment on column bronze.account_directory.display_name is 'The name, as delivered last.';
comment on column bronze.account_directory.updated_at is 'When the source made the version that has the name.';
comment on column bronze.account_directory.load_id is 'Load that brought it.';

grant usage on schema bronze to monstera_directory;
grant select on bronze.account_directory to monstera_directory;
grant select, insert, update, delete on bronze.account_directory to monstera_loader;

create table ops.loaded_blocks (
    digest uuid primary key,
    basis uuid not null,
    load_id bigint not null references ops.load_manifest on delete cascade,
    row_count integer not null,
    rest integer[] not null,
    unknown_columns jsonb not null,
    first_occurred_on date not null,
    first_event_id uuid not null
);
comment on table ops.loaded_blocks is 'Blocks of lines with what is stored of them, which needs no second look when it comes again, in whatever file.';
comment on column ops.loaded_blocks.digest is 'Digest of the lines under the key of the pseudonyms.';
comment on column ops.loaded_blocks.basis is 'Digest of the definitions and of the erased people that the block was judged under; under others it is read again.';
comment on column ops.loaded_blocks.load_id is 'Load that read the block last.';
comment on column ops.loaded_blocks.row_count is 'Rows in the block of which the events are stored.';
comment on column ops.loaded_blocks.rest is 'Places of the other lines, from 0: they are read again, alone.';
comment on column ops.loaded_blocks.unknown_columns is 'Columns or metadata keys that were dropped, with the number of rows that had them.';
comment on column ops.loaded_blocks.first_occurred_on is 'Business day of the earliest event in the block; once that is gone, the block is read again.';
comment on column ops.loaded_blocks.first_event_id is 'That event.';
create index loaded_blocks_load on ops.loaded_blocks (load_id);
grant select, insert, update, delete on ops.loaded_blocks to monstera_loader;
