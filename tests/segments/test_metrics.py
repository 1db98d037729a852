"""Metrics of segments equal a count through the days that readers see, person by person."""

import shutil
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from lifecycle.world import uid
from monstera.definitions.segments import COMPOSITE, DIMENSIONS, MEMBERSHIPS, texts
from monstera.settings import PROJECT
from monstera.warehouse import Warehouse

from .members import ACCOUNTS, home
from .worlds import SegmentWorld, people

FIRST, LAST = date(2027, 11, 20), date(2028, 4, 10)  # with a leap day
LATE = date(2028, 2, 29)  # published first; what is after it follows, and what comes late
SCOPES = {"platform": (4, 5, 12), "board": (3, 10, 20)}
METRICS = PROJECT / "include" / "definitions" / "metrics" / "users_segments.yaml"
REVENUE = {"acme": 70, "other": 100}
Place = tuple[str, date, str, str]
Day = dict[UUID, list[tuple[str, str]]]


@pytest.fixture(scope="module")
def world(
    new_warehouse: Callable[[], Warehouse], tmp_path_factory: pytest.TempPathFactory
) -> SegmentWorld:
    """People of two accounts, and some of none, published twice."""
    folder: Path = tmp_path_factory.mktemp("segment_metrics")
    (folder / "metrics").mkdir()
    shutil.copy(METRICS, folder / "metrics")
    entries = [
        {"id": "engagement_intensity", "power_events": 5, "power_active_days": 3,
         "power_products": 2, "regular_weeks": 2},
        {"id": "memberships", "lost_days": 20, "stable_days": 20},
    ]  # fmt: skip
    world = SegmentWorld(new_warehouse(), folder, entries, SCOPES)
    for account in ACCOUNTS:
        world.account(account, f"{FIRST} 00:00+00")
        world.event(
            account, f"{FIRST} 12:00+00", "subscription_started", entity_type="account",
            mrr=REVENUE[account], seats=9, tier="starter", currency="USD",
        )  # fmt: skip
    users = people(8, FIRST, (LAST - FIRST).days + 1, 18)
    for number, user in enumerate(users):
        world.user(user.name, user.signup, home(user) if number % 4 else None)
        for act in user.acts:
            if act.at.date() <= LATE and act.at.second % 5:
                world.act(user.name, act)
    world.deliver()
    world.publish(LATE)
    for user in users:
        for act in user.acts:
            if act.at.date() > LATE or not act.at.second % 5:
                world.act(user.name, act)
    world.deliver()
    world.publish(LAST)
    return world


class Counted:
    """What each metric should say, counted from segments, states, events and revenue by day."""

    def __init__(self, world: SegmentWorld) -> None:
        self.days: dict[date, Day] = defaultdict(dict)
        names = (*DIMENSIONS, COMPOSITE)
        for user, day, memberships, *values in world.rows(
            f"select user_id, date, memberships, {', '.join(names)}"
            " from silver.user_segment_history"
        ):
            of_user = [*zip(names, values, strict=True), ("all", "all")]
            self.days[day][user] = of_user + [(MEMBERSHIPS, each) for each in memberships]
        self.states = {
            (user, day): state
            for user, day, state in world.rows(
                "select user_id, date, activity_state from silver.user_state_history"
            )
        }
        self.used = {
            (user, day)
            for user, day in world.rows(
                "select user_id, occurred_on from bronze.events where is_qualifying_event"
            )
        }
        self.churned = set(
            world.rows(
                "select user_id, transition_on from silver.user_state_transitions"
                " where scope = 'platform' and to_state = 'churned' and from_state <> 'new'"
            )
        )
        self.homes = dict(
            world.rows("select user_id, account_id from bronze.users where account_id is not null")
        )

    def values(self) -> dict[Place, tuple[float, ...]]:
        """Every value; of shares with both parts."""
        found = {
            ("users_in_segments_daily", day, *place): (count,)
            for day, users in self.days.items()
            for place, count in Counter(p for of in users.values() for p in of).items()
        }
        for start, end in months():
            found |= self._month(start, end)
        return found

    def _month(self, start: date, end: date) -> dict[Place, tuple[float, ...]]:
        before, after = self.days.get(start - timedelta(1), {}), self.days[end]
        within = [start + timedelta(number) for number in range((end - start).days + 1)]
        parts: dict[tuple[str, str, str], list[bool]] = defaultdict(list)
        ways, stood = Counter[tuple[str, str]](), Counter[tuple[str, str]]()
        for user, segments in before.items():
            comes = any((user, day) in self.used and user in self.days[day] for day in within)
            churns = any((user, day) in self.churned for day in within)
            is_there = self.states[user, start - timedelta(1)] not in ("new", "churned")
            now = dict(after.get(user, []))
            for key, value in segments:
                parts["users_retained_in_segments_monthly", key, value].append(comes)
                if is_there:
                    parts["users_churned_from_segments_monthly", key, value].append(churns)
                if key in ("all", MEMBERSHIPS):
                    continue
                stood[key, value] += 1
                ways[key, f"{value}_to_{now.get(key, 'deleted')}"] += 1
                if ladder := texts().get(key, {}).get("ladder"):
                    is_higher = key in now and ladder.index(now[key]) > ladder.index(value)
                    parts["users_climbed_in_segments_monthly", key, value].append(is_higher)
        found = {
            (metric, start, key, value): (sum(said) / len(said), sum(said), len(said))
            for (metric, key, value), said in parts.items()
        }
        for (key, way), count in ways.items():
            of = stood[key, way.partition("_to_")[0]]
            place = ("users_moved_between_segments_monthly", start, key, way)
            found[place] = (count / of, count, of)
        return found | self._revenue(start, after)

    def _revenue(self, start: date, users: Day) -> dict[Place, tuple[float, ...]]:
        living = Counter(self.homes[user] for user in users if user in self.homes)
        shared: dict[Place, float] = defaultdict(float)
        for user, segments in users.items():
            for account in ACCOUNTS:
                if self.homes.get(user) == uid(account):
                    for place in segments:
                        each = REVENUE[account] / living[uid(account)]
                        shared["users_recurring_revenue_in_segments_monthly", start, *place] += each
        return {place: (round(revenue, 2),) for place, revenue in shared.items()}


def months() -> Iterator[tuple[date, date]]:
    """First and last day of each month that is over."""
    start = FIRST.replace(day=1)
    while (after := (start + timedelta(31)).replace(day=1)) <= LAST + timedelta(1):
        yield start, after - timedelta(1)
        start = after


def test_every_value_of_every_month_and_day(world: SegmentWorld) -> None:
    stored: dict[Place, tuple[Any, ...]] = {
        (metric, day, key, value): numbers
        for metric, day, key, value, *numbers in world.rows(
            "select metric_id, date, segment_key, segment_value, value, numerator, denominator"
            " from gold.metric_values where value <> 0 or denominator is not null"
        )
    }
    shown = {
        place: tuple(round(float(each), 9) for each in numbers if each is not None)
        for place, numbers in stored.items()
    }
    expected = {
        place: tuple(round(float(each), 9) for each in numbers)
        for place, numbers in Counted(world).values().items()
    }
    assert {place[0] for place in expected} == set(world.definitions.metrics)
    assert shown == expected
