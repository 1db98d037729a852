"""The audit log on a real server: added to in order, never changed, and tampering is seen."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from uuid import UUID

import psycopg
import pytest

from monstera import audit
from monstera.pipeline import initialise
from monstera.settings import Settings
from monstera.transforms import read_sql
from monstera.warehouse import Warehouse

ROLES = ["loader", "transformer", "alerter", "analyst", "auditor", "directory"]


@pytest.fixture(scope="module")
def whole(new_warehouse: Callable[[], Warehouse]) -> Warehouse:
    """A log of four entries that tests leave as it was."""
    warehouse = new_warehouse()
    add(warehouse, 4)
    return warehouse


def add(warehouse: Warehouse, times: int) -> None:
    with warehouse.transaction() as connection:
        for number in range(times):
            audit.append(connection, "alerts.silence", subject=number, who="ada")


def entries(warehouse: Warehouse, columns: str = "entry_id") -> list[tuple]:
    with warehouse.connect() as connection:
        return connection.execute(f"select {columns} from ops.audit_log order by 1").fetchall()


def tamper(connection: "psycopg.Connection", statement: str) -> None:
    """What somebody with every right can do after switching the trigger off."""
    connection.execute("alter table ops.audit_log disable trigger all")
    connection.execute(statement)
    connection.execute("alter table ops.audit_log enable always trigger only_added_to")


@pytest.mark.parametrize("statement", [
    "update ops.audit_log set outcome = 'failed'",
    "delete from ops.audit_log",
    "truncate ops.audit_log",
    "set session_replication_role = replica; delete from ops.audit_log",
])  # fmt: skip
def test_not_even_the_owner_changes_an_entry(whole: Warehouse, statement: str) -> None:
    with (
        pytest.raises(psycopg.errors.InsufficientPrivilege, match="only added to"),
        whole.connect() as connection,
    ):
        connection.execute(statement)
    assert len(entries(whole)) == 4


def test_no_role_writes_into_the_table_and_every_role_of_the_application_may_add(
    whole: Warehouse,
) -> None:
    may_add = "select has_function_privilege(%s, 'ops.audit(text,text,text,text,jsonb)', 'execute')"
    with whole.connect() as connection:
        for role in [f"monstera_{name}" for name in ROLES]:
            for right in ("insert", "update", "delete", "truncate"):
                for table in ("audit_log", "audit_head", "audit_secret"):
                    has = "select has_table_privilege(%s, %s, %s)"
                    row = connection.execute(has, [role, f"ops.{table}", right]).fetchone()
                    assert row == (False,), (role, table, right)
            expected = role != "monstera_directory"
            assert connection.execute(may_add, [role]).fetchone() == (expected,), role
    with whole.transaction("monstera_analyst") as connection:
        audit.append(connection, "warehouse.access", outcome="refused")
        connection.rollback()


def test_names_are_pseudonyms_and_texts_are_refused(whole: Warehouse) -> None:
    """A mail address as subject and a text among the counts are against the table's rules."""
    ((_, ada), (_, again), *_) = entries(whole, "entry_id, principal")
    assert isinstance(ada, UUID) and ada == again
    for wrong in ({"subject": "ada@example.com"}, {"counts": {"mail": "ada@example.com"}}):
        with (
            pytest.raises(psycopg.errors.CheckViolation),
            whole.transaction() as connection,
        ):
            audit.append(connection, "alerts.silence", **wrong)
    with (
        pytest.raises(psycopg.errors.InsufficientPrivilege),
        whole.transaction("monstera_analyst") as connection,
    ):
        connection.execute("select ops.audit_principal('ada')")


def test_an_entry_stands_if_what_it_tells_of_stands(warehouse: Warehouse) -> None:
    with warehouse.connect() as connection:
        audit.append(connection, "alerts.silence")
        connection.rollback()
    add(warehouse, 1)
    assert entries(warehouse) == [(1,)]  # and the number is not lost
    audit.verify(warehouse)


def test_many_at_once_make_one_chain(warehouse: Warehouse) -> None:
    """Eight writers of 25 entries in transactions of their own: 200, numbered without a gap."""

    def write(_: int) -> None:
        for _ in range(25):
            add(warehouse, 1)

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(write, range(8)))
    assert entries(warehouse) == [(number,) for number in range(1, 201)]
    times = [at for _, at in entries(warehouse, "entry_id, recorded_at")]
    assert times == sorted(times)
    assert audit.verify(warehouse).entry_id == 200


@pytest.mark.parametrize(("statement", "flaws"), [
    ("update ops.audit_log set subject = '7' where entry_id = 2", ["entry 2: changed"]),
    ("update ops.audit_log set recorded_at = recorded_at - interval '1 s' where entry_id = 3",
     ["entry 3: changed"]),
    ("delete from ops.audit_log where entry_id = 2", ["entry 2: missing"]),
    ("delete from ops.audit_log where entry_id = 1", ["entry 1: missing"]),
    ("delete from ops.audit_log where entry_id > 2", ["entry 4: is not the newest one"]),
    ("delete from ops.audit_log", ["entry 4: is not the newest one"]),
    ("update ops.audit_log as l set outcome = 'failed', hash = ops.audit_hash((l.entry_id,"
     " l.recorded_at, l.principal, l.action, l.subject, 'failed', l.counts, l.previous_hash,"
     " l.hash)) where entry_id = 2", ["entry 3: does not follow the one before"]),
])  # fmt: skip
def test_tampering_is_seen(whole: Warehouse, statement: str, flaws: list[str]) -> None:
    with whole.connect() as connection:
        tamper(connection, statement)
        found = read_sql("audit/broken_entries").execute(connection).fetchall()
        connection.rollback()
    assert [f"entry {number}: {flaw}" for number, flaw in found] == flaws
    audit.verify(whole)


def test_a_cut_tail_with_its_head_is_seen_by_a_head_that_was_kept_elsewhere(
    warehouse: Warehouse,
) -> None:
    add(warehouse, 4)
    kept = audit.verify(warehouse)
    with warehouse.connect() as connection:
        tamper(
            connection,
            "delete from ops.audit_log where entry_id > 2; update ops.audit_head"
            " set (entry_id, hash) = (select entry_id, hash from ops.audit_log where entry_id = 2)",
        )
    assert audit.verify(warehouse).entry_id == 2  # the log alone looks whole
    with pytest.raises(audit.AuditLogBroken, match="entry 4: is not the one"):
        audit.verify(warehouse, audit.Head.parse(str(kept)))
    add(warehouse, 2)  # others in their place
    with pytest.raises(audit.AuditLogBroken, match="entry 4: is not the one"):
        audit.verify(warehouse, kept)


def test_what_fails_is_entered_as_failed(warehouse: Warehouse) -> None:
    with audit.recorded(warehouse, "history.rebuild") as counts:
        counts["rows"] = 5
    with pytest.raises(ZeroDivisionError), audit.recorded(warehouse, "history.rebuild"):
        1 / 0  # noqa: B018
    columns = "entry_id, action, outcome, counts"
    assert [row[1:] for row in entries(warehouse, columns)] == [
        ("history.rebuild", "done", {"rows": 5}), ("history.rebuild", "failed", {}),
    ]  # fmt: skip


def test_definitions_that_come_into_force_are_entered_once(
    warehouse: Warehouse, tmp_path: Path
) -> None:
    settings = Settings(definitions=tmp_path)
    (tmp_path / "lifecycle.yaml").write_text("grace_days: 14\n")
    for _ in range(2):
        version = initialise(warehouse, settings)
    columns = "entry_id, action, subject, outcome"
    assert entries(warehouse, columns) == [(1, "definitions.change", str(version), "done")]
