"""What this Airflow's connections and variables say, over the environment's settings.

| Airflow | overrides |
|---|---|
| connection `monstera_warehouse` | `MONSTERA_WAREHOUSE_URL` |
| connection `monstera_pseudonyms`, its password | `MONSTERA_PSEUDONYM_KEY` |
| variable `monstera_landing_uri` | `MONSTERA_LANDING_URI` |
| connection `smtp_default` | mails as files in the folder `mails` of the home |

Only for code that runs in a task: a DAG file that asks would cost a query at every parsing.
"""

from dataclasses import dataclass
from functools import cached_property

from airflow.sdk import Connection, Variable
from airflow.sdk.exceptions import AirflowNotFoundException

from monstera.definitions import Definitions, load_definitions
from monstera.settings import Settings
from monstera.warehouse import Warehouse, open_warehouse

WAREHOUSE = "monstera_warehouse"
PSEUDONYMS = "monstera_pseudonyms"
LANDING = "monstera_landing_uri"
SMTP = "smtp_default"


@dataclass(frozen=True)
class Deployment:
    """Settings, and what they lead to when it is asked for."""

    settings: Settings

    @cached_property
    def warehouse(self) -> Warehouse:
        """The warehouse.

        Raises:
            monstera.warehouse.server.ServerError: the embedded server does not start.
        """
        return open_warehouse(self.settings)

    @cached_property
    def definitions(self) -> Definitions:
        """The definitions.

        Raises:
            monstera.definitions.DefinitionError: they are wrong.
        """
        return load_definitions(self.settings.definitions)


def deployment() -> Deployment:
    """This deployment; each call asks Airflow anew."""
    pseudonyms = connection(PSEUDONYMS)
    said = {
        "warehouse_url": _warehouse_url(),
        "pseudonym_key": pseudonyms and pseudonyms.password,
        "landing_uri": Variable.get(LANDING, default=None),
    }
    return Deployment(Settings(**{name: value for name, value in said.items() if value}))


def warehouse() -> Warehouse:
    """The warehouse of this deployment, for who needs nothing else: Airflow is asked only for that.

    Raises:
        monstera.warehouse.server.ServerError: the embedded server does not start.
    """
    url = _warehouse_url()
    return open_warehouse(Settings(warehouse_url=url) if url else Settings())


def _warehouse_url() -> str | None:
    found = connection(WAREHOUSE)
    return found.get_uri() if found else None


def connection(name: str) -> Connection | None:
    """Airflow's connection of that name, or None."""
    try:
        found: Connection = Connection.get(name)
    except AirflowNotFoundException:
        return None
    return found
