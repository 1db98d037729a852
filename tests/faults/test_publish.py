"""Whatever happens to a publish, the warehouse is as before it or as after it, and goes on."""

import os
import random
import resource
import signal
import threading
import time
from collections.abc import Callable, Iterator
from datetime import date, datetime, timedelta
from pathlib import Path

import psycopg
import pytest

from lifecycle.world import World
from monstera.publishing import publish
from monstera.transforms import create_views
from monstera.warehouse import Warehouse
from monstera.warehouse.database import WarehouseError
from monstera.warehouse.migrate import migrate
from monstera.warehouse.server import EmbeddedServer

FIRST = date(2026, 1, 1)
DAYS = 40
KILLS = 50


def _populate(world: World, seed: int = 7) -> None:
    """60 users with random activity, payments and deletions over `DAYS` days."""
    dice = random.Random(seed)
    start = datetime.combine(FIRST, datetime.min.time()).astimezone()
    for number in range(60):
        name = f"u{number}"
        signup = start + timedelta(days=dice.randrange(10), seconds=number)
        world.user(name, signup)
        for _ in range(dice.randrange(15)):
            at = signup + timedelta(days=dice.random() * (DAYS - 10))
            kind = dice.choice(["used"] * 6 + ["viewed", "payment_failed", "user_deleted"])
            product = dice.choice(["editor", "workspace", None])
            world.event(name, at, kind, product if kind in ("used", "viewed") else None)
    world.deliver()


def _days() -> list[date]:
    return [FIRST + timedelta(days=number) for number in range(0, DAYS, 4)]


@pytest.fixture(scope="module")
def undisturbed(new_warehouse: Callable[[], Warehouse], tmp_path_factory) -> dict:
    """The rows that a world without faults ends with."""
    world = World(new_warehouse(), tmp_path_factory.mktemp("undisturbed"))
    _populate(world)
    for day in _days():
        world.publish(day)
    return world.fingerprint()


def test_a_publish_that_is_killed_leaves_before_or_after(
    warehouse: Warehouse, tmp_path: Path, undisturbed: dict
) -> None:
    world = World(warehouse, tmp_path)
    _populate(world)
    dice = random.Random(3)
    days = _days()
    begun = time.perf_counter()
    world.publish(FIRST)
    one_publish = time.perf_counter() - begun
    hits = 0
    before, as_of = world.fingerprint(), _as_of(world)
    for kill in range(KILLS):
        day = days[kill * len(days) // KILLS]
        child = os.fork()
        if child == 0:
            try:
                world.publish(day)
            finally:
                os._exit(0)
        time.sleep(dice.random() * one_publish * 0.6)
        hits += _kill_inside_transaction(warehouse, child)
        if kill % 5 == 0:
            after = world.fingerprint()
            assert after == before or _as_of(world) > as_of
            before, as_of = after, _as_of(world)
    assert hits >= KILLS // 2  # the rest were killed before they began or after they ended
    for day in days:
        world.publish(day)
    assert world.fingerprint() == undisturbed


def _kill_inside_transaction(warehouse: Warehouse, child: int) -> int:
    """Kills the child; 1 where its transaction was open at that moment."""
    with warehouse.connect() as connection:
        open_transactions = connection.execute(
            "select count(*) from pg_stat_activity where datname = current_database()"
            " and pid <> pg_backend_pid() and xact_start is not null"
            " and backend_type = 'client backend'"
        ).fetchone()
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    return min(1, open_transactions[0])


def _as_of(world: World) -> date:
    return world.rows("select as_of from ops.current_publication")[0][0]


def test_two_publishes_at_once_have_one_effect(
    warehouse: Warehouse, tmp_path: Path, undisturbed: dict
) -> None:
    world = World(warehouse, tmp_path)
    _populate(world)
    for day in _days():
        twins = [threading.Thread(target=world.publish, args=[day]) for _ in range(2)]
        for twin in twins:
            twin.start()
        for twin in twins:
            twin.join()
    assert world.fingerprint() == undisturbed


@pytest.fixture
def own_server(tmp_path: Path) -> Iterator[EmbeddedServer]:
    """A server that may be shot, with the settings of production."""
    server = EmbeddedServer(tmp_path / "postgres", {"shared_buffers": "128MB"})
    server.start()
    yield server
    server.stop("immediate")


@pytest.fixture
def own_world(own_server: EmbeddedServer, tmp_path: Path) -> World:
    """The same company on that server."""
    own_server.create_database("monstera")
    warehouse = Warehouse(own_server.url("monstera"))
    migrate(warehouse)
    with warehouse.transaction() as connection:
        create_views(connection)
    world = World(warehouse, tmp_path / "definitions")
    _populate(world)
    return world


def test_the_database_may_restart_in_the_middle(
    own_server: EmbeddedServer, own_world: World, undisturbed: dict
) -> None:
    world = own_world
    dice = random.Random(5)
    failures = 0
    for day in _days():
        stopper = threading.Timer(dice.random() * 0.2, own_server.stop, ["immediate"])
        stopper.start()
        try:
            world.publish(day)
        except (psycopg.Error, WarehouseError):
            failures += 1
        stopper.join()
        own_server.start()
        world.publish(day)
    assert failures > 0
    assert world.fingerprint() == undisturbed


def test_the_disk_may_be_full(
    own_server: EmbeddedServer, own_world: World, undisturbed: dict
) -> None:
    """The kernel refuses the publishing backend to write any file beyond its first 64 kB, as a full
    disk would: tables cannot grow, and where the log cannot either, the server restarts.
    """
    world = own_world
    dice = random.Random(11)
    failures = 0
    for day in _days():
        steps_until_full = dice.randrange(30)

        def fill_disk(_: str) -> None:
            nonlocal steps_until_full
            steps_until_full -= 1
            if steps_until_full == 0:
                _let_no_file_grow(own_server)

        try:
            publish(world.warehouse, day, progress=fill_disk)
        except (psycopg.Error, WarehouseError):
            failures += 1
        _wait_until_ready(own_server)
        world.publish(day)
    assert failures > len(_days()) / 2
    assert world.fingerprint() == undisturbed


def _let_no_file_grow(server: EmbeddedServer) -> None:
    with psycopg.connect(server.libpq("monstera")) as connection:
        backends = connection.execute(
            "select pid from pg_stat_activity where datname = current_database()"
            " and pid <> pg_backend_pid() and xact_start is not null"
        ).fetchall()
    for (pid,) in backends:
        resource.prlimit(pid, resource.RLIMIT_FSIZE, (65_536, 65_536))


def _wait_until_ready(server: EmbeddedServer) -> None:
    for _ in range(600):
        if server.is_ready():
            return
        time.sleep(0.1)
    raise TimeoutError("The server did not come back.")
