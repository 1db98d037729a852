-- The order of events of one moment no longer hangs on their ids, so the next publication counts all switches anew.
comment on column silver.user_product_switches.switches is 'Events in another product than the event in a product before; events of one moment count in the order of their products'' ids, those of no product not at all.';
