-- The columns of bronze.product_events say what those of bronze.events say.
do $$
declare
    attribute record;
begin
    for attribute in
        select a.attname as name, col_description(a.attrelid, a.attnum) as about
        from pg_attribute as a
        inner join pg_attribute as shown
            on shown.attrelid = 'bronze.product_events'::regclass and shown.attname = a.attname
        where a.attrelid = 'bronze.events'::regclass and a.attnum > 0 and not a.attisdropped
    loop
        execute format('comment on column bronze.product_events.%I is %L', attribute.name, attribute.about);
    end loop;
end
$$;
