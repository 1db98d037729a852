"""A local Airflow on the embedded server: its folder, its login, its environment.

Its state lies below the home in `airflow/`; its secrets are made once, readable by their owner
alone.
"""

import base64
import json
import os
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

import psycopg

from monstera.private_files import made_once
from monstera.settings import PROJECT, Settings
from monstera.warehouse.database import embedded_server

DATABASE = "airflow"
USER = "admin"
HOST = "127.0.0.1"
DEFAULT_PORT = 8080
PORT_VARIABLE = "MONSTERA_AIRFLOW_PORT"
PARALLELISM = 4  # workers are forked before they are needed, and each costs memory


def _key() -> str:
    return secrets.token_urlsafe(64)


def _fernet_key() -> str:
    """32 random bytes in URL-safe Base64, as Fernet wants them."""
    return base64.urlsafe_b64encode(secrets.token_bytes(32)).decode()


@dataclass(frozen=True)
class LocalAirflow:
    """The Airflow of one home."""

    settings: Settings

    @property
    def folder(self) -> Path:
        """Where it keeps logs, secrets and the supervisor's lock."""
        return self.settings.home_path / "airflow"

    @property
    def port(self) -> int:
        """Port of the API server and the UI."""
        return int(os.environ.get(PORT_VARIABLE, DEFAULT_PORT))

    @property
    def url(self) -> str:
        """Address of the UI."""
        return f"http://{HOST}:{self.port}"

    @property
    def passwords_file(self) -> Path:
        """The file in which Airflow looks the logins up."""
        return self.folder / "passwords.json"

    def make_database(self) -> None:
        """Starts the server and makes Airflow's database where it is missing.

        Its commits do not wait for the disk: what a crash of the machine takes of them are states
        of tasks in its last second, and a task that runs again changes nothing that was right.
        """
        server = embedded_server(self.settings)
        server.start()
        server.create_database(DATABASE)
        with psycopg.connect(server.libpq(DATABASE)) as connection:
            connection.execute(f"alter database {DATABASE} set synchronous_commit to off")

    def password(self) -> str:
        """The password of `USER`."""
        made = made_once(self.passwords_file, lambda: json.dumps({USER: secrets.token_hex(8)}))
        return str(json.loads(made)[USER])

    def environment(self) -> dict[str, str]:
        """This process's environment and what Airflow's components need besides.

        The secrets are preset because each component would otherwise make one of its own at the
        first start and refuse the others' tokens.
        """
        self.password()
        server = embedded_server(self.settings)
        return dict(os.environ) | {
            "AIRFLOW_HOME": str(self.folder),
            "AIRFLOW__CORE__DAGS_ARE_PAUSED_AT_CREATION": "False",
            "AIRFLOW__CORE__DAGS_FOLDER": str(PROJECT / "dags"),
            "AIRFLOW__CORE__EXECUTOR": "LocalExecutor",
            "AIRFLOW__CORE__FERNET_KEY": self._secret("fernet.key", _fernet_key),
            "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
            "AIRFLOW__CORE__PARALLELISM": str(PARALLELISM),
            "AIRFLOW__CORE__PLUGINS_FOLDER": str(PROJECT / "plugins"),
            "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_PASSWORDS_FILE": str(self.passwords_file),
            "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_USERS": f"{USER}:admin",
            "AIRFLOW__API__BASE_URL": self.url,  # by it the workers reach the execution API
            "AIRFLOW__API__HOST": HOST,
            "AIRFLOW__API__PORT": str(self.port),
            "AIRFLOW__API__SECRET_KEY": self._secret("api.key"),
            "AIRFLOW__API__WORKERS": "1",
            "AIRFLOW__API_AUTH__JWT_SECRET": self._secret("jwt.key"),
            "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": server.url(DATABASE, driver="psycopg2"),
            "AIRFLOW__LOGGING__BASE_LOG_FOLDER": str(self.folder / "logs"),
            "AIRFLOW__SCHEDULER__SCHEDULER_IDLE_SLEEP_TIME": "0.5",
            "MONSTERA_FIRST_DAY": self._first_day(),
            "MONSTERA_HOME": str(self.settings.home_path),
        }

    def _first_day(self) -> str:
        """The day before Airflow was first started here: its run covers all history before it."""
        yesterday = date.today() - timedelta(days=1)
        return made_once(self.folder / "first_day", yesterday.isoformat)

    def _secret(self, name: str, make: Callable[[], str] = _key) -> str:
        return made_once(self.folder / name, make)
