"""Worlds with features, people and workflows, for the segments of their users."""

import random
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import yaml

from lifecycle.world import World, uid
from monstera.definitions import Definitions, load_definitions
from monstera.warehouse import Warehouse

from .naive import Act, Rules, User

PRODUCTS = ("editor", "workspace", "board", "reports", "archive")
FEATURES = {
    "clipped": ("editor", "clips", False),
    "voiced": ("editor", "voices", True),
    "tagged": ("workspace", "tags", False),
    "versioned": ("workspace", "versions", True),
    "pinned": ("board", "pins", False),
    "charted": ("reports", "charts", False),
}
EVENTS = [
    *(
        {"event_type": kind, "is_qualifying": False, "product": product, "feature": feature}
        for kind, (product, feature, _) in FEATURES.items()
    ),
    *({"event_type": kind, "is_qualifying": True} for kind in ("begun", "done")),
    {"event_type": "edited", "is_qualifying": False},
    {"event_type": "dropped", "is_qualifying": False},
    *(
        {
            "event_type": kind,
            "is_qualifying": False,
            "metadata": {"person": {"type": "string", "pseudonym": True}},
        }
        for kind in ("invited", "shared")
    ),
]
WORKFLOWS = [
    {
        "id": "making", "name": "Making", "start": "begun", "steps": ["edited"],
        "completion": "done", "window_days": 7, "abandonment": ["dropped"],
    }
]  # fmt: skip
PEOPLE = [
    {"event": "invited", "key": "person", "is_invitation": True},
    {"event": "shared", "key": "person"},
]


class SegmentWorld(World):
    """A world with segments; `entries` are those of `segments/*.yaml`."""

    def __init__(
        self,
        warehouse: Warehouse,
        folder: Path,
        entries: Sequence[Mapping[str, Any]] = (),
        scopes: Mapping[str, tuple[int, int, int]] | None = None,
    ) -> None:
        collaboration = {"id": "collaboration_type", "people": PEOPLE}
        features = [
            {"id": feature, "name": feature.title(), "kind": "feature", "parent": product,
             "is_advanced": is_advanced}
            for product, feature, is_advanced in FEATURES.values()
        ]  # fmt: skip
        files = {
            "events/segments.yaml": EVENTS,
            "products/features.yaml": features,
            "workflows/all.yaml": WORKFLOWS,
            "segments/all.yaml": [
                *(entry for entry in entries if entry["id"] != "collaboration_type"),
                collaboration | next((e for e in entries if e["id"] == "collaboration_type"), {}),
            ],
        }
        for name, content in files.items():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_text(yaml.safe_dump(content))
        scopes = scopes or {}
        days = {
            scope: f"{{new_days: {t[0]}, active_days: {t[1]}, churn_days: {t[2]}}}"
            for scope, t in scopes.items()
        }
        super().__init__(
            warehouse,
            folder,
            {
                product: f"state_time_thresholds: {days[product]}" if product in days else ""
                for product in PRODUCTS
            },
            days.get("platform", "{}"),
        )

    @property
    def definitions(self) -> Definitions:
        """What the folder says."""
        return load_definitions(self.folder)

    def act(self, name: str, act: Act) -> None:
        """Something that a user did."""
        about = {"person": str(uid(act.person))} if act.person else {}
        self.event(name, act.at, act.kind, act.product, **about)

    def segments(self) -> dict[tuple[str, date], dict[str, Any]]:
        """What a reader sees of every user and day."""
        return {
            (user, on): values for user, on, values in self._rows_of("user_segment_history", "date")
        }

    def standing(self, as_of: date) -> dict[tuple[str, date], dict[str, Any]]:
        """What a reader sees of every user on the day that is published."""
        return {
            (user, as_of): values
            for user, _, values in self._rows_of("user_behavioral_segments", "null")
        }

    def _rows_of(self, view: str, day: str) -> Iterator[tuple[str, Any, dict[str, Any]]]:
        names = (
            "engagement_intensity", "value_realization", "product_breadth", "journey_stage",
            "feature_adoption", "collaboration_type", "temporal_pattern", "memberships",
            "composite_segment",
        )  # fmt: skip
        rows = self.rows(f"select user_id::text, {day}, {', '.join(names)} from silver.{view}")
        for user, on, *values in rows:
            yield user, on, dict(zip(names, values, strict=True))

    def stored_segments(self) -> dict[str, list[tuple[Any, ...]]]:
        """Everything the engine stores of segments, times of computation aside."""
        queries = {
            "spans": "select user_id, dimension, value, from_on::text, to_on::text"
            " from silver.user_segment_spans",
            "standing": "select (to_jsonb(s) - 'updated_at')::text from silver.user_segments as s",
            "features": "select f::text from silver.user_feature_days as f",
            "contacts": "select c::text from silver.user_contacts as c",
            "values": "select v::text from silver.user_value_spans as v",
            "cutoffs": "select c::text from silver.segment_cutoffs as c",
            "runs": "select r::text from silver.user_workflow_runs as r",
            "members": "select m::text from silver.account_member_counts as m",
            "health": "select h::text from silver.account_health as h",
        }
        return {name: sorted(self.rows(query), key=repr) for name, query in queries.items()}


def people(seed: int, first: date, days: int, count: int) -> list[User]:
    """Users of all tempers, by chance but the same for the same seed."""
    chance = random.Random(seed)
    names = [f"user {number}" for number in range(count)]
    return [_person(chance, name, names, first, days, number) for number, name in enumerate(names)]


def _person(
    chance: random.Random, name: str, names: Sequence[str], first: date, days: int, number: int
) -> User:
    start = chance.randrange(0, max(1, days // 2)) if number % 3 else 0
    user = User(name, _at(chance, first + timedelta(start)))
    user.invited_by = names[number - 2] if number % 5 == 4 else None
    pace = chance.choice([0.0, 0.01, 0.03, 0.1, 0.2, 0.4, 0.8])
    season = chance.random() < 0.25
    circle = chance.sample(names, min(len(names), chance.randint(0, 8)))
    products = chance.sample(PRODUCTS, chance.randint(1, len(PRODUCTS)))
    for number_of_day in range(start, days):
        day = first + timedelta(number_of_day)
        if chance.random() < 0.01:
            pace = chance.choice([0.0, 0.02, 0.1, 0.3, 0.9])
        if season and day.month not in (2, 3):
            continue
        if chance.random() < pace:
            for _ in range(chance.choice([1, 1, 1, 2, 3])):
                user.acts.append(Act(_at(chance, day), "used", chance.choice([*products, None])))
            if chance.random() < 0.3:
                kind = chance.choice([*FEATURES])
                user.acts.append(Act(_at(chance, day), kind, FEATURES[kind][0]))
            if circle and chance.random() < 0.15:
                kind = chance.choice(["invited", "shared"])
                user.acts.append(Act(_at(chance, day), kind, None, chance.choice(circle)))
            if chance.random() < 0.3:
                for kind in ("begun", "edited", "done", "dropped"):
                    if chance.random() < (0.2 if kind == "dropped" else 0.85):
                        user.acts.append(
                            Act(_at(chance, day + timedelta(chance.randint(0, 8))), kind)
                        )
    if chance.random() < 0.2:
        gone = start + chance.randrange(0, days - start)
        user.acts.append(Act(_at(chance, first + timedelta(gone)), "user_deleted"))
        if chance.random() < 0.6:
            back = gone + chance.randint(0, 40)
            user.acts.append(Act(_at(chance, first + timedelta(back)), "user_restored"))
    last = first + timedelta(days - 1)
    user.acts = [
        act for act in {a.at: a for a in user.acts}.values()
        if user.signup < act.at and act.at.date() <= last
    ]  # fmt: skip
    return user


def _at(chance: random.Random, day: date) -> datetime:
    midnight = datetime(day.year, day.month, day.day, tzinfo=UTC)
    return midnight + timedelta(seconds=chance.choice([0, 86_399, chance.randrange(86_400)]))


def rules(definitions: Definitions, composites: Sequence[tuple[str, Any]] = ()) -> Rules:
    """What the naive computation needs to know of the definitions."""
    from monstera.definitions.segments import MODELS

    limits = {
        name: float(limit) if name.endswith("share") else limit
        for each in MODELS
        for name, limit in definitions.segments.of(each).limits().items()
    }
    return Rules(
        limits,
        FEATURES,
        [(("begun", "edited", "done"), 7, ("dropped",))],
        composites,
        frozenset({"used", "begun", "done"}),
    )
