"""The whole way in one process: set up, load what was delivered, publish, day by day.

What the DAGs do task by task, for people at a terminal and for tests.
"""

from collections.abc import Callable, Collection, Iterator
from datetime import date, timedelta
from typing import Any

import psycopg

from monstera import audit
from monstera.cross_product import compare_retention
from monstera.definitions import Definitions, compile_definitions, load_definitions
from monstera.definitions.compiler import version_in_force
from monstera.loading import LoadReport, load, open_pseudonyms
from monstera.loading import Progress as LoadProgress
from monstera.publishing import Part, Publication, publish, rebuild
from monstera.settings import Settings
from monstera.transforms import create_views
from monstera.warehouse import Warehouse
from monstera.warehouse.migrate import migrate

Progress = Callable[[str], None]


def initialise(warehouse: Warehouse, settings: Settings) -> int:
    """Runs the migrations, makes the readers' views, brings the definitions into force.

    Returns the definition version in force. Running it again changes nothing.

    Raises:
        monstera.definitions.DefinitionError: the definitions do not hold.
        monstera.warehouse.migrate.MigrationError: a migration fails.
    """
    definitions = load_definitions(settings.definitions)
    migrations = migrate(warehouse)
    with warehouse.transaction() as connection:
        create_views(connection)
        if migrations:
            audit.append(connection, "warehouse.upgrade", counts={"migrations": len(migrations)})
        return _bring_into_force(connection, definitions)


def load_delivered(
    warehouse: Warehouse,
    settings: Settings,
    until_dt: date | None = None,
    feeds: Collection[str] | None = None,
    progress: LoadProgress | None = None,
) -> LoadReport:
    """Loads every complete file not yet loaded, delivered up to `until_dt`; of all feeds, or some.

    Raises:
        monstera.definitions.DefinitionError: the definitions do not hold.
    """
    definitions = definitions_in_force(warehouse, settings)
    return load(
        warehouse,
        definitions,
        settings.landing,
        open_pseudonyms(settings),
        until_dt=until_dt,
        feeds=feeds,
        progress=progress,
    )


def definitions_in_force(warehouse: Warehouse, settings: Settings) -> Definitions:
    """The definitions of the folder, in force from now on where they changed."""
    definitions = load_definitions(settings.definitions)
    with warehouse.transaction() as connection:
        _bring_into_force(connection, definitions)
    return definitions


def _bring_into_force(connection: "psycopg.Connection[Any]", definitions: Definitions) -> int:
    """Compiles definitions; a new version is entered into the audit log."""
    before = version_in_force(connection)
    version = compile_definitions(connection, definitions)
    if version != before:
        audit.append(connection, "definitions.change", subject=version)
    return version


def run_day(
    warehouse: Warehouse, settings: Settings, day: date, progress: Progress | None = None
) -> Publication:
    """Loads what was delivered up to `day` and publishes as of its end."""
    load_delivered(warehouse, settings, until_dt=day)
    return publish(warehouse, day, progress=progress)


def run(
    warehouse: Warehouse,
    settings: Settings,
    start: date,
    end: date,
    progress: Progress | None = None,
) -> Iterator[Publication]:
    """Runs every day from `start` to `end`, both included, and compares retention at the end."""
    for number in range((end - start).days + 1):
        yield run_day(warehouse, settings, start + timedelta(days=number), progress)
    compare_retention(warehouse, end)


def recompute(
    warehouse: Warehouse,
    settings: Settings,
    as_of: date | None,
    reason: str,
    part: Part | None = None,
    progress: Progress | None = None,
) -> Publication:
    """Brings the definitions into force and recomputes everything in one pass, or a part of it."""
    definitions_in_force(warehouse, settings)
    publication = rebuild(warehouse, as_of, reason=reason, part=part, progress=progress)
    compare_retention(warehouse, publication.as_of)
    return publication
