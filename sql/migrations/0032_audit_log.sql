-- The audit log: who did or was refused what. Rows are added by one function and never change.
do $$
begin
    if not exists (select from pg_roles where rolname = 'monstera_auditor') then
        create role monstera_auditor nologin;
    end if;
exception when duplicate_object or unique_violation then null;  -- another database was first
end $$;

create table ops.audit_log (
    entry_id bigint primary key,
    recorded_at timestamptz not null,
    principal uuid not null,
    action text not null check (action ~ '^[a-z_]+\.[a-z_]+$'),
    subject text check (subject ~ '^[A-Za-z0-9_.:-]{1,100}$'),
    outcome text not null check (outcome in ('done', 'failed', 'refused')),
    counts jsonb not null
        check (jsonb_typeof(counts) = 'object' and not jsonb_path_exists(counts, '$.* ? (@.type() != "number")')),
    previous_hash bytea not null,
    hash bytea not null
);
comment on table ops.audit_log is 'What people and services did with the warehouse or were refused. Only added to; each entry carries the hash of the one before.';
comment on column ops.audit_log.entry_id is 'Number of the entry, from 1, without gaps.';
comment on column ops.audit_log.recorded_at is 'When, by the server''s clock.';
comment on column ops.audit_log.principal is 'Pseudonym of who did it; ops.audit_principal(name) says that of a name.';
comment on column ops.audit_log.action is 'What was done, e.g. alerts.acknowledge.';
comment on column ops.audit_log.subject is 'To what: a number, a rule, a version, a token; null: to no single thing.';
comment on column ops.audit_log.outcome is 'done, failed, or refused for want of a right.';
comment on column ops.audit_log.counts is 'Numbers about it, e.g. rows.';
comment on column ops.audit_log.previous_hash is 'Hash of the entry before; 32 zero bytes before the first.';
comment on column ops.audit_log.hash is 'SHA-256 over all other columns.';
create index audit_log_refused on ops.audit_log (recorded_at) where outcome = 'refused';

create table ops.audit_head (
    one_row boolean primary key default true check (one_row),
    entry_id bigint not null,
    hash bytea not null
);
comment on table ops.audit_head is 'The newest entry of the audit log; who adds one waits here for its turn.';
comment on column ops.audit_head.one_row is 'There is one row.';
comment on column ops.audit_head.entry_id is 'Its number; 0: there is none yet.';
comment on column ops.audit_head.hash is 'Its hash.';
insert into ops.audit_head (entry_id, hash) values (0, decode(repeat('00', 32), 'hex'));

create table ops.audit_secret (
    one_row boolean primary key default true check (one_row),
    inner_key uuid not null default gen_random_uuid(),
    outer_key uuid not null default gen_random_uuid()
);
comment on table ops.audit_secret is 'The keys of the pseudonyms in the audit log, which nobody but the owner may read.';
comment on column ops.audit_secret.one_row is 'There is one row.';
comment on column ops.audit_secret.inner_key is 'Key of the inner hash.';
comment on column ops.audit_secret.outer_key is 'Key of the outer hash.';
insert into ops.audit_secret default values;

create function ops.audit_principal(name text) returns uuid
language sql stable security definer set search_path = pg_catalog
begin atomic
    select encode(substr(sha256(uuid_send(k.outer_key) || sha256(uuid_send(k.inner_key) || convert_to(name, 'UTF8'))), 1, 16), 'hex')::uuid
    from ops.audit_secret as k;
end;
comment on function ops.audit_principal is 'The pseudonym by which the audit log knows a name: a nested hash under two keys.';

create function ops.audit_hash(entry ops.audit_log) returns bytea
language sql immutable
begin atomic
    select sha256(convert_to(jsonb_build_array(
        entry.entry_id, (extract(epoch from entry.recorded_at) * 1000000)::bigint, entry.principal, entry.action,
        entry.subject, entry.outcome, entry.counts, encode(entry.previous_hash, 'hex')
    )::text, 'UTF8'));
end;
comment on function ops.audit_hash is 'The hash that an entry of the audit log must have.';

create function ops.audit(who text, what text, subject text, outcome text, counts jsonb) returns bigint
language plpgsql security definer set search_path = pg_catalog as $$
declare
    entry ops.audit_log;
begin
    update ops.audit_head set entry_id = entry_id + 1 returning entry_id, hash into entry.entry_id, entry.previous_hash;
    entry.recorded_at := clock_timestamp();
    entry.principal := ops.audit_principal(who);
    entry.action := what;
    entry.subject := subject;
    entry.outcome := outcome;
    entry.counts := counts;
    entry.hash := ops.audit_hash(entry);
    insert into ops.audit_log values (entry.*);
    update ops.audit_head set hash = entry.hash;
    return entry.entry_id;
end $$;
comment on function ops.audit is 'Adds an entry to the audit log and returns its number.';

create function ops.refuse_audit_change() returns trigger
language plpgsql as $$
begin
    raise insufficient_privilege using message = 'The audit log is only added to.';
end $$;
comment on function ops.refuse_audit_change is 'Keeps everybody, the owner too, from changing the audit log.';
create trigger only_added_to before update or delete or truncate on ops.audit_log
    for each statement execute function ops.refuse_audit_change();
alter table ops.audit_log enable always trigger only_added_to;

revoke execute on function ops.audit_principal, ops.audit, ops.audit_hash from public;
grant execute on function ops.audit to monstera_loader, monstera_transformer, monstera_alerter, monstera_analyst, monstera_auditor;
grant usage on schema ops to monstera_auditor;
grant select on ops.audit_log, ops.audit_head to monstera_auditor, monstera_alerter;
grant execute on function ops.audit_principal, ops.audit_hash to monstera_auditor;
