-- Who ever used a feature is carried from day to day, so that a day need not read all days of use again.
create table silver.user_feature_adoptions (
    adopted_on date not null,
    user_id uuid not null,
    feature_id text not null,
    primary key (user_id, feature_id)
) partition by range (user_id);
comment on table silver.user_feature_adoptions is 'Features that each user has ever used, and since when.';
comment on column silver.user_feature_adoptions.adopted_on is 'Business day of the first use.';
comment on column silver.user_feature_adoptions.user_id is 'Pseudonym of the user.';
comment on column silver.user_feature_adoptions.feature_id is 'Feature; a sub-feature counts for its feature.';
create table silver.user_feature_adoptions_1 partition of silver.user_feature_adoptions
for values from (minvalue) to (maxvalue);

insert into silver.user_feature_adoptions (adopted_on, user_id, feature_id)
select min(used_on), user_id, feature_id from silver.user_feature_days group by user_id, feature_id;

-- A day reads the last 30 dates of use.
create index user_feature_days_used_on on silver.user_feature_days (used_on);

alter table silver.user_feature_adoptions owner to monstera_transformer;
alter table silver.user_feature_adoptions_1 owner to monstera_transformer;
grant select on silver.user_feature_adoptions to monstera_analyst, monstera_alerter;
