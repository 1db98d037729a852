"""Two loads at once, a load that is killed, files of any size."""

import gzip
import random
import subprocess
import sys
import time
from datetime import timedelta
from multiprocessing import get_context
from multiprocessing.process import BaseProcess
from pathlib import Path

import orjson

from .builders import DT, KEY, Landing, event, user
from .worker import run

WORKER = Path(__file__).with_name("worker.py")
MAX_MEMORY_MB = 512
USERS = 100_000
KILLS = 15
SNAPSHOT = """
select md5(string_agg(t, '' order by t)) from (
    select (to_jsonb(e) - 'load_id')::text from bronze.events as e
    union all select (to_jsonb(f) - 'load_id')::text from bronze.entity_facts as f
    union all select (to_jsonb(u) - 'load_id')::text from bronze.users as u
    union all select (to_jsonb(s) - 'load_id')::text from bronze.user_signups as s
    union all select q.path || q.line_number || q.raw from bronze.event_quarantine as q
    union all select m.path || m.status || m.rows_read || m.accepted || m.quarantined
    from ops.load_manifest as m
) as rows (t)
"""


def _arguments(landing: Landing) -> list[str]:
    return [
        landing.warehouse.url,
        str(landing.folder.parent / "definitions"),
        str(landing.folder),
        KEY,
    ]


def _worker(landing: Landing) -> BaseProcess:
    """A load in another process, begun."""
    processes = get_context("forkserver")
    processes.set_forkserver_preload(["monstera.loading"])
    worker = processes.Process(target=run, args=_arguments(landing))
    worker.start()
    return worker


def _is_in_transaction(landing: Landing) -> bool:
    """Whether another process has a transaction open in this database."""
    return landing.rows(
        "select exists (select from pg_stat_activity where datname = current_database()"
        " and xact_start is not null and pid <> pg_backend_pid()"
        " and backend_type = 'client backend')"
    )[0]


def _deliver(landing: Landing, days: int, rows: int) -> None:
    landing.put("users", [user(f"u{number}") for number in range(10)])
    for day in range(days):
        landing.put(
            "events",
            [
                *(event(f"{day}-{number}", entity_id=f"u{number % 11}") for number in range(rows)),
                event(f"f{day}", event_type="payment_failed", metadata=None),
                b"nonsense %d" % day,
            ],
            DT + timedelta(days=day),
            "part.jsonl.gz",
        )


def test_two_loads_at_once_load_each_file_once(landing: Landing) -> None:
    _deliver(landing, days=12, rows=500)
    workers = [_worker(landing), _worker(landing)]
    for worker in workers:
        worker.join()
    assert [worker.exitcode for worker in workers] == [0, 0]
    stored, accepted = landing.rows(
        "select (select count(*) from bronze.events), sum(accepted) from ops.load_manifest"
        " where feed = 'events'"
    )[0]
    assert stored == accepted
    assert landing.rows("select count(*), count(distinct path) from ops.load_manifest") == [
        (13, 13)
    ]
    assert landing.load().files == []


def test_a_killed_load_leaves_before_or_after_and_the_next_finishes(landing: Landing) -> None:
    _deliver(landing, days=KILLS * 3, rows=200)
    chance = random.Random(7)
    in_transaction = 0
    for _ in range(KILLS):
        worker = _worker(landing)
        while worker.is_alive() and not _is_in_transaction(landing):
            time.sleep(0.005)
        time.sleep(chance.uniform(0, 0.15))
        in_transaction += _is_in_transaction(landing)
        worker.kill()
        worker.join()
        unaccounted = landing.rows(
            "select count(*) from ops.load_manifest"
            " where finished_at is null or rows_read <> accepted + duplicate + quarantined"
        )
        orphans = landing.rows(
            "select (select count(*) from bronze.events e where not exists"
            " (select from ops.load_manifest m where m.load_id = e.load_id))"
        )
        assert (unaccounted, orphans) == ([0], [0])
    landing.load()
    assert in_transaction >= KILLS / 2
    killed = landing.rows(SNAPSHOT)

    with landing.warehouse.connect() as connection:
        connection.execute(
            "truncate bronze.events, bronze.entity_facts, bronze.users, bronze.user_signups,"
            " bronze.event_quarantine, ops.load_manifest, ops.loaded_blocks"
        )
    landing.load()
    assert landing.rows(SNAPSHOT) == killed
    assert landing.rows("select count(*) from ops.load_manifest where status = 'loaded'") == [
        KILLS * 3 + 1
    ]


def _peak_memory(landing: Landing) -> tuple[int, int, float]:
    """Rows read and accepted by a load in a process of its own, and the MB that it held at most."""
    command = [sys.executable, str(WORKER), *_arguments(landing)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    read, accepted, memory = done.stdout.split()
    return int(read), int(accepted), float(memory)


def test_memory_is_bounded_whatever_the_file(landing: Landing) -> None:
    with gzip.open(landing.put("users", b"", name="large.jsonl.gz"), "wb", 1) as packed:
        packed.writelines(orjson.dumps(user(f"u{number}")) + b"\n" for number in range(USERS))
    rows = 120_000
    with gzip.open(landing.put("events", b"", name="large.jsonl.gz"), "wb", 1) as packed:
        for number in range(rows):
            row = event(
                f"{number}", entity_id=f"u{number % USERS}", session_id=f"{number * 7919:040x}"
            )
            packed.write(orjson.dumps(row) + b"\n")
        packed.write(b'{"entity_id":"')
        for number in range(100):  # a line of 100 MB
            packed.write(random.Random(number).randbytes(500_000).hex().encode())
        packed.write(b'"}\n')
    read, accepted, memory = _peak_memory(landing)
    assert (read, accepted) == (rows + 1 + USERS, rows + USERS)
    assert memory < MAX_MEMORY_MB


def test_memory_is_bounded_however_many_bad_rows_there_are(landing: Landing) -> None:
    rows = 50_000
    landing.put("events", b"{}\n" * rows)
    read, accepted, memory = _peak_memory(landing)
    assert (read, accepted) == (rows, 0)
    assert memory < MAX_MEMORY_MB
    assert landing.rows("select line_number from bronze.event_quarantine") == [1]
