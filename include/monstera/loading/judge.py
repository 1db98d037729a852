"""Events against what is known: who acted, did they live then, were they erased."""

from collections.abc import Set
from datetime import datetime
from uuid import UUID

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from monstera.loading.conversions import ID
from monstera.loading.events import EventBatch
from monstera.loading.flaws import Mask, as_mask
from monstera.loading.json_rows import Codes
from monstera.loading.known import LIFE_EVENTS, Entity, KnownEntities, LifeEvent
from monstera.loading.suppression import tokens_in

UNKNOWN_ENTITY = "unknown_entity"
BEFORE_SIGNUP = "before_signup"
ENTITY_DELETED = "entity_deleted"
NO_DAY = np.iinfo(np.int32).min


class Judge:
    """Judges the events of one file, block by block."""

    def __init__(self, known: KnownEntities, suppressed: Set[bytes]) -> None:
        self._known = known
        self._suppressed = suppressed

    def judge(self, batch: EventBatch) -> tuple[pa.FixedSizeBinaryArray, Mask]:
        """The user of every event, and which events are of erased people.

        Adds `unknown_entity`, `before_signup` and `entity_deleted` to the batch's flaws. What the
        block itself says of lives counts for all its events, whatever their order.
        """
        table = batch.table
        suppressed = self._find_suppressed(table)
        ids = table["entity_id"].combine_chunks()
        entity_type = table["entity_type"].combine_chunks()
        event_type = table["event_type"].combine_chunks()
        encoded = ids.dictionary_encode()
        entities = self._known.look_up(encoded.dictionary.to_pylist())
        places = encoded.indices.fill_null(-1).to_numpy()

        is_life_event = _is_in(event_type, LIFE_EVENTS)
        facts = np.flatnonzero(is_life_event & ~batch.flaws.any() & ~suppressed)
        self._learn(table, facts, entities, places)

        has_id = places >= 0
        of_user = _is_in(entity_type, ["user"]) & has_id
        of_account = _is_in(entity_type, ["account"]) & has_id
        is_user = _by_entity([entity.is_user for entity in entities], places)
        is_account = _by_entity([entity.is_account for entity in entities], places)
        is_unknown = (of_user & ~is_user) | (of_account & ~is_account)
        batch.flaws.add(UNKNOWN_ENTITY, is_unknown & ~is_life_event)

        days = table["occurred_on"].combine_chunks().cast(pa.int32()).fill_null(NO_DAY).to_numpy()
        first_days = [self._known.first_day(entity) for entity in entities]
        signup = np.array([*(NO_DAY if day is None else day for day in first_days), NO_DAY])[places]
        is_before = of_user & (days > NO_DAY) & (days < signup)
        batch.flaws.add(BEFORE_SIGNUP, is_before & ~is_life_event)

        may_be_deleted = _by_entity([bool(entity.toggles) for entity in entities], places)
        doubtful = np.flatnonzero((of_user | of_account) & may_be_deleted & ~is_life_event)
        batch.flaws.add(ENTITY_DELETED, _deleted(table, doubtful, entities, places))

        acts_as_user = of_user | (_is_in(entity_type, ["admin"]) & is_user)
        return pc.if_else(pa.array(acts_as_user), ids, pa.scalar(None, ID)), suppressed

    def _learn(self, table: pa.Table, facts: Codes, entities: list[Entity], places: Codes) -> None:
        rows = table.select(["occurred_at", "event_id", "event_type", "entity_type"]).take(facts)
        for place, row in zip(facts.tolist(), rows.to_pylist(), strict=True):
            if row["entity_type"] in {"user", "account"}:
                entities[places[place]].add(
                    LifeEvent(row["occurred_at"], UUID(bytes=row["event_id"]), row["event_type"])
                )

    def _find_suppressed(self, table: pa.Table) -> Mask:
        """Events that name an erased person or account anywhere."""
        result = np.zeros(table.num_rows, bool)
        if not self._suppressed:
            return result
        for name in ("entity_id", "account_id"):
            tokens = table[name].to_pylist()
            result |= np.array([token in self._suppressed for token in tokens], bool)
        for place, text in enumerate(table["metadata"].to_pylist()):
            result[place] |= not self._suppressed.isdisjoint(tokens_in(text))
        return result


def _by_entity(values: list[bool], places: Codes) -> Mask:
    """One value for each row; False where it has no entity."""
    result: Mask = np.array([*values, False], bool)[places]
    return result


def _deleted(table: pa.Table, rows: Codes, entities: list[Entity], places: Codes) -> Codes:
    moments: list[datetime | None] = table["occurred_at"].take(rows).to_pylist()
    is_deleted = [
        moment is not None and entities[places[row]].is_deleted_at(moment)
        for row, moment in zip(rows.tolist(), moments, strict=True)
    ]
    deleted: Codes = rows[np.array(is_deleted, bool)]
    return deleted


def _is_in(texts: pa.StringArray, known: "list[str] | tuple[str, ...]") -> Mask:
    return as_mask(pc.is_in(texts, pa.array(known)))
