/*
description: >
  Keeps the retention of users of so many products on a day and so many days later, and beside it that of like
  users of one product.
*/
insert into gold.product_count_retention (
    as_of, horizon_days, products, users, retained, matched_users, matched_retention, control_retention, difference,
    difference_low, difference_high, greatest_imbalance
) values (
    :as_of, :horizon_days, :products, :users, :retained, :matched_users, :matched_retention, :control_retention,
    :difference, :difference_low, :difference_high, :greatest_imbalance
);
