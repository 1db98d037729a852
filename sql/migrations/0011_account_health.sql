-- Health is stored as it was published, with what it is made of.
create table silver.account_health (
    account_id uuid not null,
    date date not null,
    health_model text not null,
    health_score numeric,
    health_score_components jsonb not null,
    primary key (account_id, date)
) partition by range (account_id);
create table silver.account_health_1 partition of silver.account_health for values from (minvalue) to (maxvalue);
create index account_health_date on silver.account_health (date);
comment on table silver.account_health is 'Health of every account on every day on which it was neither churned nor deleted.';
comment on column silver.account_health.account_id is 'Pseudonym of the account.';
comment on column silver.account_health.date is 'Business day.';
comment on column silver.account_health.health_model is 'Model that it was computed by.';
comment on column silver.account_health.health_score is 'From 0 to 100; null where nothing can be measured.';
comment on column silver.account_health.health_score_components is 'Component → {value, weight, inputs}; value null: no data, left out of the score.';
grant select on silver.account_health to monstera_analyst, monstera_alerter;
-- a rebuild puts a fresh partition in the place of the published one
alter table silver.account_health owner to monstera_transformer;
alter table silver.account_health_1 owner to monstera_transformer;
