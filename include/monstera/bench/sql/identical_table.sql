/*
description: A table like bronze.events, with its columns, keys, indexes and partitions, empty.
*/
create table bench_events (like bronze.events including all) partition by range (occurred_on);

do $$
declare
    partition record;
begin
    for partition in
        select c.relname as name, pg_get_expr(c.relpartbound, c.oid) as bounds
        from pg_inherits as i
        inner join pg_class as c on c.oid = i.inhrelid
        where i.inhparent = 'bronze.events'::regclass
    loop
        execute format(
            'create table %I partition of bench_events %s', 'bench_' || partition.name, partition.bounds
        );
    end loop;
end $$
