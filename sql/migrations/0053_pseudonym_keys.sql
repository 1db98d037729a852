-- Ids that are loaded under another key than before would be taken for new entities, in silence.
create table ops.pseudonym_keys (
    key_version integer primary key,
    fingerprint uuid not null,
    first_used_at timestamptz not null default now()
);
comment on table ops.pseudonym_keys is 'The keys that ids were made pseudonyms with, recognised by a fingerprint; the keys themselves never reach the database.';
comment on column ops.pseudonym_keys.key_version is 'Number of the key, from 1; the highest is in use.';
comment on column ops.pseudonym_keys.fingerprint is 'Digest of a fixed text under the key.';
comment on column ops.pseudonym_keys.first_used_at is 'When the first load under the key began.';
grant select, insert on ops.pseudonym_keys to monstera_loader;
