"""The audit of a publish: every check on what it touched, before readers see it."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import psycopg
from psycopg.types.json import Jsonb

from monstera.transforms.files import SQL, SqlFile, read_sql
from monstera.warehouse import Warehouse
from monstera.warehouse.database import WarehouseError, one_row, publishing_held

KEPT_ROWS = 100


@dataclass(frozen=True)
class CheckResult:
    """How one check or monitor went: what must hold, and the first `rows` of those that broke it.

    Severity `error` stops the publish, `warn` does not, `notice` is a monitor's: unusual, and
    perhaps right.
    """

    check: str
    dataset: str
    severity: str
    as_of: date
    description: str
    rows_failed: int = 0
    rows: Sequence[dict[str, Any]] = field(default=())

    @property
    def passed(self) -> bool:
        """Whether no row broke it."""
        return self.rows_failed == 0


class AuditFailed(WarehouseError):
    """A check of severity `error` failed, so nothing was published."""

    def __init__(self, results: Sequence[CheckResult]) -> None:
        self.results = results
        failed = [r for r in results if not r.passed and r.severity == "error"]
        lines = [
            f"  {r.check}: {r.rows_failed} of {r.dataset} do not hold to this: {r.description}"
            for r in failed
        ]
        super().__init__(
            "Nothing was published, since these checks failed:\n"
            + "\n".join(lines)
            + "\nThe rows are in ops.check_failures; what to do is in docs/runbooks/checks.md."
        )


def audit(
    connection: "psycopg.Connection[Any]", as_of: date, *, in_full: bool
) -> list[CheckResult]:
    """Runs the checks of `sql/checks/`, the contracts on those in `run.touched`, and the monitors.

    `in_full` adds the checks that cannot look at a part (`when: full` in their header), and lets
    the contracts look at everybody.
    """
    results = _checks_and_contracts(connection, as_of, in_full=in_full)
    read_sql("ops/event_profile").execute(connection, {"as_of": as_of})
    results += [_run(connection, file, as_of, "notice") for file in _files("monitors")]
    return results


def audit_in_full(warehouse: Warehouse, as_of: date) -> list[CheckResult]:
    """Runs every check and contract on all that is published, and keeps the results."""
    with publishing_held(warehouse) as connection:
        read_sql("quality/everything").execute(connection, {"as_of": as_of})
        results = _checks_and_contracts(connection, as_of, in_full=True)
        connection.rollback()
    keep_results(warehouse, results)
    return results


def _checks_and_contracts(
    connection: "psycopg.Connection[Any]", as_of: date, *, in_full: bool
) -> list[CheckResult]:
    from monstera.quality.contracts import broken_contracts  # slow to import, and DAG files wait

    results = [
        _run(connection, file, as_of, file.header["severity"])
        for file in _files("checks")
        if in_full or file.header.get("when") != "full"
    ]
    results += [
        CheckResult(
            check=f"contract_{name}",
            dataset=f"silver.{name}",
            severity="error",
            as_of=as_of,
            description="Every column holds what its view declares.",
            rows_failed=len(rows),
            rows=rows,
        )
        for name, rows in broken_contracts(connection, as_of, in_full=in_full).items()
    ]
    return results


def keep_results(warehouse: Warehouse, results: Sequence[CheckResult]) -> None:
    """Writes results down in a transaction of their own, so that they outlive a failed publish."""
    with warehouse.transaction("monstera_transformer") as connection:
        for result in results:
            inserted = connection.execute(
                "insert into ops.check_results"
                " (check_name, dataset, severity, as_of, passed, rows_failed)"
                " values (%s, %s, %s, %s, %s, %s) returning check_result_id",
                [
                    result.check, result.dataset, result.severity, result.as_of,
                    result.passed, result.rows_failed,
                ],
            )  # fmt: skip
            (result_id,) = one_row(inserted)
            for row in result.rows:
                connection.execute(
                    "insert into ops.check_failures (check_result_id, failed_row) values (%s, %s)",
                    [result_id, Jsonb(row)],
                )


def _files(folder: str) -> list[SqlFile]:
    return [read_sql(f"{folder}/{path.stem}") for path in sorted((SQL / folder).glob("*.sql"))]


def _run(
    connection: "psycopg.Connection[Any]", file: SqlFile, as_of: date, severity: str
) -> CheckResult:
    select = file.render(connection, {"as_of": as_of}).as_string(connection)
    rows = connection.execute(
        f"select to_jsonb(failed), count(*) over () from ({select}) as failed limit {KEPT_ROWS}"
    ).fetchall()
    return CheckResult(
        check=file.name,
        dataset=file.header["dataset"],
        severity=severity,
        as_of=as_of,
        description=file.header["description"],
        rows_failed=rows[0][1] if rows else 0,
        rows=[row for row, _ in rows],
    )
