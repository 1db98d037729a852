"""The warehouse: embedded server, connections, migrations, housekeeping."""

from monstera.warehouse.database import Warehouse, open_warehouse

__all__ = ["Warehouse", "open_warehouse"]
