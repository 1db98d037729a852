"""How the warehouse stands: what is published, what was loaded, what is open."""

from typing import Any

from psycopg.rows import dict_row

from monstera.warehouse.database import Warehouse

_STATUS = """
select
    (select as_of from ops.current_publication) as as_of,
    (select max(version) from ref.definition_versions) as definition_version,
    (select definition_version from ops.current_publication) as published_definition_version,
    (select count(*) from ops.load_manifest where kind = 'file' and status = 'loaded') as files,
    (select count(*) from ops.load_manifest as refused
     where refused.status = 'refused' and not exists (
         select from ops.load_manifest as later
         where later.path = refused.path and later.load_id > refused.load_id
     )) as files_refused,
    (select coalesce(sum(rows_read), 0) from ops.load_manifest where kind = 'file')::bigint
        as rows_read,
    (select count(*) from bronze.event_quarantine) as quarantine,
    (select count(*) from ops.alert_incidents) as incidents,
    (select count(*) from ops.alert_incidents where resolved_at is null) as incidents_open
"""


def status(warehouse: Warehouse) -> dict[str, Any]:
    """The warehouse's address without its password, what it publishes, and counts."""
    with warehouse.connect() as connection:
        counts = connection.cursor(row_factory=dict_row).execute(_STATUS).fetchone()
    return {"warehouse_url": warehouse.address, **(counts or {})}
