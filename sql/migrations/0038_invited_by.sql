-- Who invited a user is an attribute like the others: segments count the people somebody invited.
alter table silver.user_attributes add column invited_by_user_id uuid;
comment on column silver.user_attributes.invited_by_user_id is 'Pseudonym of the user who invited them; null: nobody, or not known.';
create index user_attributes_invited_by on silver.user_attributes (invited_by_user_id)
where invited_by_user_id is not null;
