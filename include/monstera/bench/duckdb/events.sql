-- The columnar copy: the columns that the states are computed from.
create table events as
select *
from read_csv(
    $files,
    header = true,
    columns = {
        'user_id': 'uuid', 'occurred_on': 'date', 'occurred_at': 'timestamp', 'event_id': 'uuid',
        'scope': 'varchar', 'event_type': 'varchar', 'is_qualifying_event': 'boolean'
    }
);
