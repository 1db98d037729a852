"""Whatever happens in whatever order: the engine says what the naive computation says."""

import tempfile
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from lifecycle.naive import Happening, Life, live
from lifecycle.world import World
from monstera.warehouse import Warehouse

FIRST = datetime(2027, 12, 20, tzinfo=UTC)  # the leap day of 2028 lies inside
DAYS = 150
KINDS = [
    "used", "used", "used", "used", "viewed", "payment_failed", "payment_failed",
    "payment_method_expired", "payment_recovered", "subscription_canceled", "user_deleted",
    "user_restored",
]  # fmt: skip

thresholds = st.tuples(st.integers(0, 20), st.integers(1, 25), st.integers(0, 25)).map(
    lambda t: (t[0], t[1], t[1] + t[2])
)
moments = st.builds(
    lambda day, second: FIRST + timedelta(days=day, seconds=second),
    st.integers(0, DAYS - 1),
    st.sampled_from([0, 1, 43_200, 86_399]) | st.integers(0, 86_399),
)
happenings = st.builds(
    lambda at, kind, product: Happening(at, kind, product if kind in ("used", "viewed") else None),
    moments,
    st.sampled_from(KINDS),
    st.sampled_from(["editor", "workspace", None]),
)
users = st.lists(
    st.tuples(moments, st.lists(happenings, max_size=25, unique_by=lambda h: h.at)),
    min_size=1,
    max_size=6,
)


@pytest.fixture(scope="module")
def fresh_world(new_warehouse: Callable[[], Warehouse]):
    def make(scopes: dict[str, tuple[int, int, int]]) -> World:
        platform, *_ = (scopes["platform"],)
        lifecycle = (
            f"business_time_zone: UTC\nnew_days: {platform[0]}\nactive_days: {platform[1]}\n"
            f"churn_days: {platform[2]}\n"
        )
        products = {
            scope: "state_time_thresholds: "
            f"{{new_days: {t[0]}, active_days: {t[1]}, churn_days: {t[2]}}}"
            for scope, t in scopes.items()
            if scope != "platform"
        }
        return World(new_warehouse(), Path(tempfile.mkdtemp()), products, lifecycle)

    return make


def _said(world: World, name: str) -> Life:
    return Life(
        days=world.days(name),
        steps=world.steps(name),
        product_steps={
            product: steps
            for product in ("editor", "workspace")
            if (steps := world.steps(name, product))
        },
    )


@settings(
    max_examples=12,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
    phases=[
        Phase.explicit,
        Phase.reuse,
        Phase.generate,
    ],  # each example takes seconds: no shrinking
)
@given(
    people=users,
    scopes=st.fixed_dictionaries(
        {"platform": thresholds, "editor": thresholds, "workspace": thresholds}
    ),
    delays=st.lists(st.integers(0, 40), min_size=8, max_size=8),
    pace=st.integers(4, 40),
)
def test_days_in_any_order_of_arrival_equal_a_rebuild_and_the_naive_computation(
    fresh_world, people, scopes, delays, pace
) -> None:
    last = (FIRST + timedelta(days=DAYS - 1)).date()
    world = fresh_world(scopes)
    arrivals: dict[date, list[tuple[str, Happening | datetime]]] = {}
    for number, (signup, events) in enumerate(people):
        arrivals.setdefault(min(last, signup.date()), []).append((f"u{number}", signup))
        for position, event in enumerate(events):
            late = timedelta(days=delays[(number + position) % len(delays)])
            arrivals.setdefault(min(last, event.at.date() + late), []).append((f"u{number}", event))
    pending = sorted(arrivals.items())
    day = FIRST.date()
    while day <= last:
        while pending and pending[0][0] <= day:
            for name, what in pending.pop(0)[1]:
                if isinstance(what, Happening):
                    world.event(name, what.at, what.kind, what.product)
                else:
                    world.user(name, what)
            world.deliver()
        world.publish(day)
        day = min(last, day + timedelta(days=pace)) if day < last else last + timedelta(days=1)
    incremental = world.fingerprint()

    world.rebuild(last)
    rebuilt = world.fingerprint()
    for table, rows in rebuilt.items():
        assert incremental[table] == rows, table

    for number, (signup, events) in enumerate(people):
        assert _said(world, f"u{number}") == live(signup, events, last, scopes), f"u{number}"
