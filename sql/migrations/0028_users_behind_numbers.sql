-- How many users must stand behind a number across products, and what the matched comparison says.
alter table ref.lifecycle
add column support_minimum_users integer not null default 10 check (support_minimum_users >= 1);
comment on column ref.lifecycle.support_minimum_users is 'Users that must stand behind a number across products; with fewer it is null.';
comment on table gold.product_count_retention is 'Retention by the number of products that users were active in, as it is and beside users of one product who were alike by what is measured of them. Users who differ in what is not measured (need, team, intent) may use more products and stay for that reason: the matched difference is nearer to what products do than the raw rates, and no proof of it.';
