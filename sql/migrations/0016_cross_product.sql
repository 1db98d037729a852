-- Use across products: what the engine keeps of who adopted what in which order, and the counts over all
-- users, which a publish changes by what its users change. Partitioned like the tables of users, so that
-- a rebuild can exchange them.

create table silver.user_adoptions (
    adopted_on date not null,
    position integer not null,
    user_id uuid not null,
    is_retained boolean,
    product_id text not null,
    primary key (user_id, product_id)
) partition by range (user_id);
create index user_adoptions_adopted_on on silver.user_adoptions (adopted_on);
comment on table silver.user_adoptions is 'Products that each user has adopted in the life at hand, in their order: what the counts are made of.';
comment on column silver.user_adoptions.adopted_on is 'Business day of the first access.';
comment on column silver.user_adoptions.position is 'Position among the user''s adoptions, from 1; at one moment by product id.';
comment on column silver.user_adoptions.user_id is 'Pseudonym of the user.';
comment on column silver.user_adoptions.is_retained is 'Whether the user was active on the platform 90 days later; null: too early to say.';
comment on column silver.user_adoptions.product_id is 'Product.';

create table silver.adoption_sequence_counts (
    users bigint not null,
    users_ending_here bigint not null,
    days_to_complete bigint not null,
    mature_users bigint not null,
    retained_users bigint not null,
    product_sequence text[] not null,
    primary key (product_sequence)
) partition by range (product_sequence);
comment on table silver.adoption_sequence_counts is 'Users by the products that their adoptions begin with, in order.';
comment on column silver.adoption_sequence_counts.users is 'Users whose first adoptions are these.';
comment on column silver.adoption_sequence_counts.users_ending_here is 'Those of them who adopted nothing further.';
comment on column silver.adoption_sequence_counts.days_to_complete is 'Days from the first of these adoptions to the last, over all users.';
comment on column silver.adoption_sequence_counts.mature_users is 'Users whose last of these adoptions is 90 days old.';
comment on column silver.adoption_sequence_counts.retained_users is 'Those of them who were active on the platform on that day.';
comment on column silver.adoption_sequence_counts.product_sequence is 'Products in the order of adoption.';

create table silver.product_pair_counts (
    mature_on date not null,
    users bigint not null,
    co_adopters bigint not null,
    days_between bigint not null,
    retained bigint not null,
    product_a text not null,
    product_b text not null,
    primary key (product_a, product_b, mature_on)
) partition by range (product_a);
comment on table silver.product_pair_counts is 'Users who adopted two products, by the day on which 90 days since the adoption of the first one are over.';
comment on column silver.product_pair_counts.mature_on is 'Day of the adoption of product_a and 90 more; co_adopters, days_between and retained count from it on.';
comment on column silver.product_pair_counts.users is 'Users who adopted both, in whatever order.';
comment on column silver.product_pair_counts.co_adopters is 'Those of them who adopted product_b on the day of product_a or at most 90 days later.';
comment on column silver.product_pair_counts.days_between is 'Days between the two adoptions, over the co-adopters.';
comment on column silver.product_pair_counts.retained is 'Co-adopters who were active on the platform 90 days after the adoption of product_a.';
comment on column silver.product_pair_counts.product_a is 'Product.';
comment on column silver.product_pair_counts.product_b is 'Another product; *: all adopters of product_a.';

create table silver.user_journey_spans (
    from_on date not null,
    to_on date not null,
    user_id uuid not null,
    stage text not null check (stage in ('single', 'explorer', 'multi', 'platform')),
    primary key (user_id, from_on)
) partition by range (user_id);
comment on table silver.user_journey_spans is 'Stages of each user''s journey across the products as stretches of days.';
comment on column silver.user_journey_spans.from_on is 'First day.';
comment on column silver.user_journey_spans.to_on is 'Last day; infinity: until something changes it.';
comment on column silver.user_journey_spans.user_id is 'Pseudonym of the user.';
comment on column silver.user_journey_spans.stage is 'single, explorer, multi or platform.';

create table silver.user_adoptions_1 partition of silver.user_adoptions for values from (minvalue) to (maxvalue);
create table silver.adoption_sequence_counts_1 partition of silver.adoption_sequence_counts
for values from (minvalue) to (maxvalue);
create table silver.product_pair_counts_1 partition of silver.product_pair_counts
for values from (minvalue) to (maxvalue);
create table silver.user_journey_spans_1 partition of silver.user_journey_spans for values from (minvalue) to (maxvalue);

grant select, insert, update, delete on all tables in schema silver to monstera_transformer;
grant select on all tables in schema silver to monstera_analyst, monstera_alerter;
do $$
declare
    name regclass;
begin
    for name in
        select oid from pg_class
        where relnamespace = 'silver'::regnamespace and relkind in ('r', 'p')
            and relowner <> 'monstera_transformer'::regrole
    loop
        execute format('alter table %s owner to monstera_transformer', name);
    end loop;
end $$;
