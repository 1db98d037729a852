"""Whatever happens in whatever order: the engine says what the naive computation says."""

import random
import uuid
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from unittest.mock import patch

import pytest

from lifecycle.world import uid
from monstera.publishing import rebuild, rebuilding
from monstera.warehouse import Warehouse

from .members import ACCOUNTS, counted, home, movers, stored
from .naive import Day, invitations_of, invited_by, rank, segments
from .worlds import PRODUCTS, SegmentWorld, people, rules

FIRST = date(2026, 11, 10)
DAYS = 500
LAST = FIRST + timedelta(DAYS - 1)
MOVED_ON = FIRST + timedelta(250)  # some users change their account
SCOPES = {
    "platform": (20, 20, 45), "workspace": (10, 7, 14), "board": (30, 40, 80),
}  # fmt: skip
ENTRIES = [
    {
        "id": "engagement_intensity", "power_events": 9, "power_products": 3, "power_features": 2,
        "power_active_days": 6, "silent_from_days": 12, "silent_to_days": 17,
    },
    {"id": "value_realization", "high_days": 40},
    {"id": "collaboration_type", "team_leader_people": 3},
    {"id": "memberships", "highly_engaged_events": 9, "lost_days": 70, "stable_days": 50},
    {
        "id": "fading", "name": "Fading", "precedence": 1, "definition": "d", "rationale": "r",
        "target_metrics": ["m"], "intervention": "i", "owner": "o",
        "when": [
            {"dimension": "engagement_intensity", "is": ["regular", "power"], "days_ago": 30},
            {"dimension": "engagement_intensity", "is_not": ["regular", "power"]},
        ],
    },
    {
        "id": "early_and_alone", "name": "Early and Alone", "precedence": 2, "definition": "d",
        "rationale": "r", "target_metrics": ["m"], "intervention": "i", "owner": "o",
        "when": [
            {"journey_days": [10, 60]},
            {"dimension": "collaboration_type", "is": ["solo"]},
        ],
    },
]  # fmt: skip
STRONG = {"regular", "power"}
COMPOSITES = (
    (
        "fading",
        lambda today, ago, _: (
            ago(30).get("engagement_intensity") in STRONG
            and today["engagement_intensity"] not in STRONG
        ),
    ),
    (
        "early_and_alone",
        lambda today, _, days: 10 <= days <= 60 and today["collaboration_type"] == "solo",
    ),
)
MakeWorld = Callable[[], SegmentWorld]


@pytest.fixture
def make_world(new_warehouse: Callable[[], Warehouse], tmp_path: Path) -> MakeWorld:
    def make() -> SegmentWorld:
        return SegmentWorld(new_warehouse(), tmp_path / uuid.uuid4().hex, ENTRIES, SCOPES)

    return make


def check(world: SegmentWorld, seed: int, count: int, pauses: list[int]) -> dict[str, set[str]]:
    """Publishes in steps, with events that come late, and compares; returns the values seen."""
    chance = random.Random(seed + 1)
    users = people(seed, FIRST, DAYS, count)
    arrivals = [
        (min(LAST, act.at.date() + timedelta(chance.choice([0, 0, 0, 0, 3, 40]))), user.name, act)
        for user in users
        for act in user.acts
    ]
    signups = [(user.signup.date(), user) for user in users]
    for account in ACCOUNTS:
        world.account(account, f"{FIRST} 00:00+00")
    day = FIRST
    for pause in [*pauses, DAYS]:
        day = min(LAST, day + timedelta(pause))
        for _, user in [each for each in signups if each[0] <= day]:
            world.user(user.name, user.signup, home(user), user.invited_by)
        if day >= MOVED_ON:  # told late, and again each time, which changes nothing
            for name in movers(users, MOVED_ON):
                world.moves(name, f"{MOVED_ON} 00:00+00", ACCOUNTS[0])
        signups = [each for each in signups if each[0] > day]
        for _, name, act in [each for each in arrivals if each[0] <= day]:
            world.act(name, act)
        arrivals = [each for each in arrivals if each[0] > day]
        world.deliver()
        world.publish(day)
    incremental = world.stored_segments()
    steps: list[str] = []
    with patch.object(rebuilding, "ACTIVITY_OF_A_BATCH", 400):
        rebuild(world.warehouse, LAST, reason="test", progress=steps.append)
    assert any(step.startswith("run/segment_batch (2 of ") for step in steps)
    rebuilt = world.stored_segments()
    for name, rows in rebuilt.items():
        assert incremental[name] == rows, name

    scopes = {product: SCOPES.get(product, SCOPES["platform"]) for product in PRODUCTS}
    known = rules(world.definitions, COMPOSITES)
    expected: dict[tuple[str, date], Day] = {}
    for user in users:
        invitations = invitations_of(user.name, users)
        of_user = segments(
            user, LAST, {"platform": SCOPES["platform"], **scopes}, known, invitations,
            invited_by(user.name, users),
        )  # fmt: skip
        expected |= {(str(uid(user.name)), on): found for on, found in of_user.items()}
    rank(expected, known.limits)
    found = world.segments()
    assert found.keys() == expected.keys()
    for key, values in expected.items():
        assert found[key] == values, key
    days = [FIRST + timedelta(number) for number in range(DAYS)]
    of_members = counted(world, users, expected, MOVED_ON, days)
    assert stored(world, days) == of_members
    assert all(map(any, zip(*of_members.values(), strict=True)))  # each figure is seen
    seen: dict[str, set[str]] = {}
    for values in expected.values():
        for dimension, value in values.items():
            seen.setdefault(dimension, set()).update([value] if isinstance(value, str) else value)
    return seen


def test_days_with_late_events_equal_a_rebuild_and_the_naive_computation(
    make_world: MakeWorld,
) -> None:
    world = make_world()
    seen = check(world, seed=5, count=24, pauses=[60, 1, 130, 200, 1])
    known = world.rows("select dimension, value from ref.segments")
    for dimension, value in known:
        assert value in seen[dimension], f"no user is ever {value} by {dimension}"


def test_history_is_what_each_day_published(make_world: MakeWorld) -> None:
    world = make_world()
    users = people(3, FIRST, 110, 12)
    for user in users:
        world.user(user.name, user.signup)
    published = {}
    before = FIRST - timedelta(1)
    for number in (70, 90, 91, 100, 105):
        day = FIRST + timedelta(number)
        for user in users:
            for act in user.acts:
                if before < act.at.date() <= day:
                    world.act(user.name, act)
        world.deliver()
        world.publish(day)
        published |= world.standing(day)
        before = day
    history = world.segments()
    days = {day for _, day in published}
    assert {key: values for key, values in history.items() if key[1] in days} == published


@pytest.mark.long
@pytest.mark.parametrize("seed", range(4))
def test_more_users_and_more_days(make_world: MakeWorld, seed: int) -> None:
    check(make_world(), seed=100 + seed, count=60, pauses=[30, 1, 1, 60, 7, 90, 1, 200, 1, 1, 1])
