"""What readers see."""

from datetime import date

from monstera.warehouse import Warehouse


def published_as_of(warehouse: Warehouse) -> date | None:
    """Snapshot date that readers see; None before the first publish."""
    with warehouse.connect() as connection:
        row = connection.execute("select as_of from ops.current_publication").fetchone()
    return row[0] if row else None
