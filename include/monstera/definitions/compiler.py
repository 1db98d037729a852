"""Definitions into the tables of the schema `ref`."""

import json
from collections.abc import Iterable, Mapping
from typing import Any

from psycopg import Connection, Cursor, sql
from psycopg.rows import tuple_row
from psycopg.types.json import Jsonb

from monstera.definitions.definitions import Definitions, Document
from monstera.definitions.evolution import broken_promises, changes, moved_days
from monstera.definitions.problems import DefinitionError
from monstera.definitions.segment_tables import segment_tables
from monstera.definitions.transitions import LEGAL_TRANSITIONS, shortest_paths

LOCK = "monstera.definitions"

Rows = Iterable[Mapping[str, Any]]


def compile_definitions(connection: "Connection[Any]", definitions: Definitions) -> int:
    """Brings definitions into force and returns their version; does nothing where they are.

    Everything happens in the caller's transaction; two callers at once wait for each other.

    Raises:
        DefinitionError: a stored event would change its meaning or its day, see
            `broken_promises` and `moved_days`.
    """
    cursor = connection.cursor(row_factory=tuple_row)
    cursor.execute("select pg_advisory_xact_lock(hashtext(%s))", [LOCK])
    cursor.execute(
        "select version, hash, document from ref.definition_versions order by version desc limit 1"
    )
    in_force = cursor.fetchone()
    if in_force and in_force[1] == definitions.hash:
        return int(in_force[0])
    previous: Document | None = in_force[2] if in_force else None
    if previous and (problems := broken_promises(definitions, previous)):
        raise DefinitionError(problems)
    if previous and (problems := moved_days(definitions, previous)) and has_events(connection):
        raise DefinitionError(problems)
    version = _new_version(cursor, definitions, previous)
    _replace_rows(cursor, tables(definitions), version)
    return version


def version_in_force(connection: "Connection[Any]") -> int | None:
    """The version of the definitions in force; None: none are yet."""
    cursor = connection.cursor(row_factory=tuple_row)
    row = cursor.execute("select max(version) from ref.definition_versions").fetchone()
    return row[0] if row else None


def previous_document(connection: "Connection[Any]") -> Document | None:
    """The document of the definitions in force; None: none are yet."""
    cursor = connection.cursor(row_factory=tuple_row)
    cursor.execute("select document from ref.definition_versions order by version desc limit 1")
    row = cursor.fetchone()
    return row[0] if row else None


def has_events(connection: "Connection[Any]") -> bool:
    """Whether events are stored, whose days the definitions in force decided."""
    cursor = connection.cursor(row_factory=tuple_row)
    row = cursor.execute("select exists (select from bronze.events)").fetchone()
    return row is not None and bool(row[0])


def tables(definitions: Definitions) -> dict[str, Rows]:
    """The rows of each table of `ref`, without their version, in an order that they can go in."""
    lifecycle = {"one_row": True, **definitions.lifecycle.model_dump()}
    return {
        "lifecycle": [lifecycle],
        "products": _products(definitions),
        "scopes": _scopes(definitions),
        "activation_paths": _activation_paths(definitions),
        "event_types": _event_types(definitions),
        "event_aliases": [
            {"alias": alias, "event_type": name} for alias, name in definitions.aliases.items()
        ],
        "legal_transitions": _legal_transitions(),
        "transition_paths": _transition_paths(),
        **_account_tables(definitions),
        "metrics": _metrics(definitions),
        "workflows": _workflows(definitions),
        "workflow_steps": _workflow_steps(definitions),
        **segment_tables(definitions.segments),
    }


def _new_version(cursor: Cursor[Any], definitions: Definitions, previous: Document | None) -> int:
    document = definitions.document()
    changed = changes(previous, document) if previous else []
    cursor.execute(
        "insert into ref.definition_versions (hash, history_hash, changes, document)"
        " values (%s, %s, %s, %s) returning version",
        [definitions.hash, definitions.history_hash, Jsonb(changed), Jsonb(document)],
    )
    row = cursor.fetchone()
    assert row is not None
    return int(row[0])


def _replace_rows(cursor: Cursor[Any], rows_by_table: dict[str, Rows], version: int) -> None:
    for table in reversed(rows_by_table):
        cursor.execute(sql.SQL("delete from {}").format(sql.Identifier("ref", table)))
    for table, rows in rows_by_table.items():
        records = [{**row, "definition_version": version} for row in rows]
        cursor.execute(
            sql.SQL(
                "insert into {table} select * from jsonb_populate_recordset(null::{table}, %s)"
            ).format(table=sql.Identifier("ref", table)),
            [Jsonb(records, dumps=lambda value: json.dumps(value, default=str))],
        )
        # Autovacuum leaves small tables alone, and plans guessed a thousand rows for one.
        cursor.execute(sql.SQL("analyze {}").format(sql.Identifier("ref", table)))


def _products(definitions: Definitions) -> Rows:
    for product in definitions.products.values():
        lineage = definitions.lineage(product.id)
        yield {
            "product_id": product.id,
            "name": product.name,
            "kind": product.kind,
            "parent_id": product.parent,
            "family": next((item.family for item in lineage if item.family), None),
            "tier": next((item.tier for item in lineage if item.tier), None),
            "owner": next((item.owner for item in lineage if item.owner), None),
            "description": product.description,
            "is_active": product.is_active,
            "is_advanced": product.is_advanced,
        }


def _scopes(definitions: Definitions) -> Rows:
    for scope, thresholds in definitions.scopes.items():
        kind = "product" if scope in definitions.products else "platform"
        yield {"scope": scope, "kind": kind, **thresholds.model_dump()}


def _activation_paths(definitions: Definitions) -> Rows:
    for product in definitions.products.values():
        for number, path in enumerate(product.activation_definition, start=1):
            yield {
                "product_id": product.id,
                "path_number": number,
                "event_types": path.events,
                "timeframe_days": path.timeframe_days,
            }


def _event_types(definitions: Definitions) -> Rows:
    for event_type in definitions.event_types.values():
        condition = event_type.qualifies_when
        product = definitions.products.get(event_type.product or "")
        yield {
            "event_type": event_type.event_type,
            "product_id": event_type.product,
            "feature_id": event_type.feature,
            "category": event_type.category,
            "is_qualifying": event_type.is_qualifying,
            "is_activation": event_type.is_activation,
            "is_unique": event_type.is_unique,
            "is_passive": event_type.passive,
            "is_built_in": event_type.is_built_in,
            "qualifies_when_key": condition and condition.key,
            "qualifies_when_operator": condition and condition.operator,
            "qualifies_when_value": condition and condition.value,
            "depends_on": event_type.depends_on,
            "metadata_fields": {
                key: field.model_dump(exclude_none=True)
                for key, field in event_type.metadata.items()
            },
            "schema_versions": event_type.schema_versions,
            "owner": event_type.owner or (product and product.owner),
            "status": event_type.status,
            "description": event_type.description,
        }


def _legal_transitions() -> Rows:
    for kind, edges in LEGAL_TRANSITIONS.items():
        for ordinal, (from_state, to_state) in enumerate(edges):
            yield {
                "scope_kind": kind,
                "ordinal": ordinal,
                "from_state": from_state,
                "to_state": to_state,
            }


def _transition_paths() -> Rows:
    for kind, edges in LEGAL_TRANSITIONS.items():
        for (from_state, to_state), path in shortest_paths(edges).items():
            for seq, (step_from, step_to) in enumerate(path):
                yield {
                    "scope_kind": kind,
                    "from_state": from_state,
                    "to_state": to_state,
                    "seq": seq,
                    "step_from": step_from,
                    "step_to": step_to,
                }


def _account_tables(definitions: Definitions) -> dict[str, Rows]:
    accounts = definitions.accounts
    settings = {
        "one_row": True,
        "reporting_currency": accounts.reporting_currency,
        "health_model": accounts.health_model,
        **accounts.thresholds.model_dump(),
    }
    return {
        "account_settings": [settings],
        "account_tiers": [
            {"tier": tier, "rank": rank} for rank, tier in enumerate(accounts.tiers, start=1)
        ],
        "currency_rates": [
            {"currency": currency, **rate.model_dump()}
            for currency, rates in accounts.currency_rates.items()
            for rate in rates
        ],
        "health_components": [
            {"health_model": model_id, "component": component_id, "weight": component.weight}
            for model_id, model in accounts.health_models.items()
            for component_id, component in model.components.items()
        ],
        "health_inputs": [
            {
                "health_model": model_id, "component": component_id, "input": name,
                "zero_at": scale[0], "full_at": scale[1],
            }
            for model_id, model in accounts.health_models.items()
            for component_id, component in model.components.items()
            for name, scale in component.inputs.items()
        ],
    }  # fmt: skip


def _metrics(definitions: Definitions) -> Rows:
    for metric in definitions.metrics.values():
        yield {
            **metric.model_dump(
                mode="json", by_alias=True, exclude={"id", "approval", "no_alert_because"}
            ),
            "metric_id": metric.id,
            "entity": metric.entity,
            "kind": metric.formula.kind,
            "status": metric.status,
            "approval_log": [step.model_dump(mode="json") for step in metric.approval],
            "created_on": metric.created_on,
            "modified_on": metric.modified_on or metric.approval[-1].date,
        }


def _workflows(definitions: Definitions) -> Rows:
    for workflow in definitions.workflows.values():
        of_events = (_product_of(definitions, name) for _, name in workflow.named_events())
        yield {
            "workflow_id": workflow.id,
            "name": workflow.name,
            "products": workflow.products or sorted({product for product in of_events if product}),
            "window_days": workflow.window_days,
            "owner": workflow.owner,
            "description": workflow.description,
        }


def _workflow_steps(definitions: Definitions) -> Rows:
    for workflow in definitions.workflows.values():
        kinds = ("start", *["step"] * len(workflow.steps), "completion")
        steps = [
            *zip(kinds, range(1, len(kinds) + 1), workflow.sequence, strict=True),
            *(("abandonment", 0, event_type) for event_type in workflow.abandonment),
        ]
        for kind, seq, event_type in steps:
            yield {
                "workflow_id": workflow.id,
                "kind": kind,
                "seq": seq,
                "event_type": event_type,
                "product_id": _product_of(definitions, event_type),
            }


def _product_of(definitions: Definitions, event_type: str) -> str | None:
    return definitions.event_types[event_type].product
