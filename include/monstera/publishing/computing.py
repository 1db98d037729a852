"""The computation of a publish: runs the steps, all of a day or of a rebuild."""

from collections.abc import Callable
from datetime import date
from typing import Any

import psycopg

from monstera.publishing import rebuilding, scratch
from monstera.publishing.plan import Plan
from monstera.publishing.steps import FIRST, THEN, VIEWS
from monstera.segments import IN_BATCHES
from monstera.transforms.files import Kind, read_sql
from monstera.warehouse.database import one_row

ROUGH_STATISTICS = "set local default_statistics_target = 20"
"""They do for plans; full ones of wide scratch tables took longer than the tables."""
Progress = Callable[[str], None]


def compute(connection: "psycopg.Connection[Any]", plan: Plan, progress: Progress) -> None:
    """Runs all steps of a plan in the caller's transaction.

    Scratch tables of `run` stay for the rest of the publish; those of a rebuild that nobody reads
    any more are dropped on the way.
    """
    parameters: dict[str, Any] = {
        "as_of": plan.as_of,
        "previous_as_of": plan.previous_as_of,
        "loads": plan.loads,
        "first_late_day": plan.first_late_day,
        "first_reread_day": None,
        "part_from": plan.part and plan.part.start,
        "part_until": plan.part and plan.part.end,
        "part_scopes": list(plan.part.scopes) if plan.part else [],
    }
    run = _rebuild_step if plan.is_rebuild else run_step
    connection.execute(ROUGH_STATISTICS)
    for step in FIRST:
        progress(step)
        if step == "run/fresh_events":
            parameters["first_reread_day"] = _first_reread_day(connection)
        run(connection, step, parameters)
    batches = rebuilding.batches(connection) if plan.is_rebuild else 1
    for batch in range(batches):
        for step in IN_BATCHES:
            progress(step if batches == 1 else f"{step} ({batch + 1} of {batches})")
            run(connection, step, {**parameters, "batch": batch, "batches": batches})
    for step in THEN:
        progress(step)
        run(connection, step, parameters)
    connection.execute("set local default_statistics_target to default")


def run_step(
    connection: "psycopg.Connection[Any]",
    step: str,
    parameters: dict[str, Any],
    kind: Kind = "unlogged table",
) -> None:
    """Runs one file: those of `run/` become scratch tables, the others change tables."""
    file = read_sql(step)
    if file.schema != "run":
        file.execute(connection, parameters)
        return
    file.create(connection, parameters, "view" if step in VIEWS else kind)


def _rebuild_step(
    connection: "psycopg.Connection[Any]", step: str, parameters: dict[str, Any]
) -> None:
    """Runs one file of a rebuild, tells the planner, and drops what was read for the last time."""
    if step in rebuilding.FILLED_OTHERWISE:
        rebuilding.fill(connection, step)
    elif parameters.get("batch") and scratch.outlives_a_batch(step):
        read_sql(step).add(connection, parameters)
    else:
        run_step(connection, step, parameters, rebuilding.kind_of(step))
    rebuilding.analyze(connection, step)
    scratch.drop(connection, scratch.unread_after(step))


def _first_reread_day(connection: "psycopg.Connection[Any]") -> date | None:
    day: date | None = one_row(connection.execute("select min(from_on) from run.rereads"))[0]
    return day
