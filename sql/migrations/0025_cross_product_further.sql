-- Use across products, further: switches between products, and retention by the number of products.
create table silver.user_product_switches (
    active_on date not null,
    switches integer not null,
    user_id uuid not null,
    primary key (user_id, active_on)
) partition by range (user_id);
create index user_product_switches_active_on on silver.user_product_switches (active_on);
comment on table silver.user_product_switches is 'How often each user went from one product to another, on days with events in several.';
comment on column silver.user_product_switches.active_on is 'Business day.';
comment on column silver.user_product_switches.switches is 'Events in another product than the event in a product before; events of no product do not count.';
comment on column silver.user_product_switches.user_id is 'Pseudonym of the user.';
create table silver.user_product_switches_1 partition of silver.user_product_switches
for values from (minvalue) to (maxvalue);
alter table silver.user_product_switches owner to monstera_transformer;
alter table silver.user_product_switches_1 owner to monstera_transformer;
grant select on silver.user_product_switches to monstera_analyst, monstera_alerter;

create table gold.product_count_retention (
    as_of date not null,
    horizon_days integer not null check (horizon_days > 0),
    products integer not null check (products between 1 and 4),
    users bigint not null,
    retained bigint not null,
    retention_rate numeric generated always as (retained::numeric / users) stored,
    matched_users bigint,
    matched_retention numeric,
    control_retention numeric,
    difference numeric,
    difference_low numeric,
    difference_high numeric,
    greatest_imbalance numeric,
    computed_at timestamptz not null default now(),
    primary key (as_of, horizon_days, products)
);
comment on table gold.product_count_retention is 'Retention by the number of products that users were active in, as it is and beside users of one product who were alike by what is measured of them. Users who differ in what is not measured (need, team, intent) may use more products and stay for that reason: the matched difference bounds what products do, it does not prove it.';
comment on column gold.product_count_retention.as_of is 'Business day on which it was looked who is still active.';
comment on column gold.product_count_retention.horizon_days is 'Days before as_of on which the products were counted: 30, 60 or 90.';
comment on column gold.product_count_retention.products is 'Products that the user was active in then; 4: four or more.';
comment on column gold.product_count_retention.users is 'Users who were active on the platform then, with so many products.';
comment on column gold.product_count_retention.retained is 'Those of them who are active on the platform at as_of.';
comment on column gold.product_count_retention.retention_rate is 'retained / users: as it is, without any comparison.';
comment on column gold.product_count_retention.matched_users is 'Users for whom a like user of one product was found; null: too few to compare, or one product.';
comment on column gold.product_count_retention.matched_retention is 'Share of the matched users who are retained.';
comment on column gold.product_count_retention.control_retention is 'The same of their like users of one product.';
comment on column gold.product_count_retention.difference is 'matched_retention - control_retention.';
comment on column gold.product_count_retention.difference_low is 'Lower end of its 95 % interval.';
comment on column gold.product_count_retention.difference_high is 'Upper end of its 95 % interval.';
comment on column gold.product_count_retention.greatest_imbalance is 'Greatest standardised mean difference of what was matched on; above 0.1 the two groups are not alike and the comparison says little.';
comment on column gold.product_count_retention.computed_at is 'When it was computed.';
alter table gold.product_count_retention owner to monstera_transformer;
grant select on gold.product_count_retention to monstera_analyst, monstera_alerter;
