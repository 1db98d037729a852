-- A view cannot get columns in between: the next `monstera init` makes it, and what reads it, again.
drop view if exists gold.metrics_product_analytics cascade;
