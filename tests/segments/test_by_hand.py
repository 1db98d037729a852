"""Every value of every dimension and each of its boundaries, counted by hand, as of one day.

An age is a number of days before that day: 0 is the day itself, W30 holds the ages 0 to 29, the
30 days before it 30 to 59. `used` qualifies; `begun`, `edited`, `done` is the workflow, `dropped`
abandons it.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
import yaml
from typer.testing import CliRunner

from lifecycle.world import uid
from monstera.cli import app
from monstera.lifecycle.explain import explain_user
from monstera.segments import catalog
from monstera.settings import PROJECT
from monstera.warehouse import Warehouse

from .naive import Act
from .worlds import FEATURES, SegmentWorld

DAY = date(2026, 12, 31)
COMPOSITES = PROJECT / "include" / "definitions" / "segments" / "composites.yaml"


@dataclass
class Case:
    """A user: days since signup, what they did at which age, and what they are by it."""

    dimension: str
    value: str
    signup: int = 400
    acts: list[tuple[int, str, str | None]] = field(default_factory=list)


def used(*ages: int, product: str | None = "editor") -> list[tuple[int, str, str | None]]:
    return [(age, "used", product) for age in ages]


def did(kind: str, *ages: int) -> list[tuple[int, str, str | None]]:
    return [(age, kind, FEATURES[kind][0] if kind in FEATURES else None) for age in ages]


def reached(kind: str, count: int, age: int = 50) -> list[tuple[int, str, str | None]]:
    return [(age, f"{kind}:person {number}", None) for number in range(count)]


def runs(completed: range, dropped: range) -> list[tuple[int, str, str | None]]:
    """A completed or dropped run at each of the ages."""
    return [
        *((age, kind, None) for age in completed for kind in ("begun", "edited", "done")),
        *((age, kind, None) for age in dropped for kind in ("begun", "dropped")),
    ]


# 20 active days, ages 0 to 19, in 3 products, and 2 further events: 22 events
POWER = (
    used(*range(18)) + used(18, product="board") + used(19, product="workspace") + used(0, 1)
)  # fmt: skip
TWO_PRODUCTS = used(*range(19)) + used(19, product="workspace") + used(0, 1)
E, V, B, J = "engagement_intensity", "value_realization", "product_breadth", "journey_stage"
F, C, T, M = "feature_adoption", "collaboration_type", "temporal_pattern", "memberships"
S = "composite_segment"
CASES = {
    # engagement: users of the last 29 days had nothing in the 30 days before
    "22 events on 20 days in 3 products": Case(E, "power", 29, POWER),
    "21 events": Case(E, "casual", 29, POWER[:-1]),
    "22 events on 19 days": Case(E, "casual", 29, [*POWER[1:17], *POWER[18:], *used(1, 2, 3)][:22]),
    "2 products and 4 features": Case(
        E, "casual", 29, TWO_PRODUCTS + [a for k in [*FEATURES][:4] for a in did(k, 3)]
    ),
    "2 products and 5 features": Case(
        E, "power", 29, TWO_PRODUCTS + [a for k in [*FEATURES][:5] for a in did(k, 3)]
    ),
    "a feature 30 days ago is none of them": Case(
        E, "casual", 60,
        TWO_PRODUCTS + [a for k in [*FEATURES][:4] for a in did(k, 3)] + did("charted", 30),
    ),
    "the first day of each of 4 weeks": Case(E, "regular", 60, used(0, 7, 14, 21)),
    "the last day of each of 4 weeks": Case(E, "regular", 60, used(6, 13, 20, 27)),
    "a week without": Case(E, "casual", 60, used(0, 7, 14, 28)),
    "2 events after 4 are half": Case(E, "at_risk", 60, used(0, 1, 30, 31, 32, 59)),
    "3 events after 4": Case(E, "casual", 60, used(0, 1, 2, 30, 31, 32, 59)),
    "1 event after 3, which are too few": Case(E, "casual", 60, used(0, 30, 31, 32)),
    "the fourth of them 60 days ago": Case(E, "casual", 60, used(0, 1, 30, 31, 32, 60)),
    "a product of two given up": Case(E, "at_risk", 60, used(0, 30) + used(30, product="board")),
    "the product still used 29 days ago": Case(
        E, "casual", 60, used(0, 30) + used(29, 30, product="board")
    ),
    "the only product changed for another": Case(
        E, "casual", 60, used(0) + used(30, product="board")
    ),
    "a product last used 59 days ago": Case(
        E, "at_risk", 70, used(0, 30) + used(59, product="board")
    ),
    "a product last used 60 days ago": Case(
        E, "casual", 70, used(0, 30) + used(60, product="board")
    ),
    "power at half of what it was": Case(E, "at_risk", 60, POWER + used(*[45] * 44)),
    "power at more than half of it": Case(E, "power", 60, POWER + used(*[45] * 43)),
    "silent for 14 days": Case(E, "casual", 60, used(14)),
    "silent for 15 days": Case(E, "at_risk", 60, used(15)),
    "silent for 30 days": Case(E, "at_risk", 60, used(30)),
    "silent for 31 days, dormant": Case(E, "inactive", 60, used(31)),
    "never active": Case(E, "inactive", 60),
    # value: the first event 100 days ago unless said, active since the last run
    "3 of 4 runs": Case(V, "high", 200, used(100) + runs(range(1, 4), range(4, 5))),
    "7 of 10 runs are not more than 70 %": Case(
        V, "moderate", 200, used(100) + runs(range(1, 8), range(8, 11))
    ),
    "the first event 90 days ago": Case(V, "high", 200, used(90) + runs(range(1, 2), range(0))),
    "the first event 89 days ago": Case(V, "moderate", 200, used(89) + runs(range(1, 2), range(0))),
    "all runs, but dormant": Case(V, "moderate", 200, used(100) + runs(range(31, 32), range(0))),
    "3 of 10 runs": Case(V, "moderate", 200, used(100) + runs(range(1, 4), range(4, 11))),
    "2 of 10 runs": Case(V, "low", 200, used(100) + runs(range(1, 3), range(3, 11))),
    "a run that began 89 days ago": Case(V, "moderate", 200, runs(range(89, 90), range(0))),
    "a run that began 90 days ago": Case(V, "low", 200, runs(range(90, 91), range(0))),
    "no run completed": Case(V, "none", 200, runs(range(0), range(1, 4))),
    # breadth
    "4 products": Case(
        B, "platform_power", 60,
        [a for p in ("editor", "workspace", "board", "reports") for a in used(1, product=p)],
    ),
    "3 products": Case(
        B, "multi", 60, [a for p in ("editor", "workspace", "board") for a in used(1, product=p)]
    ),
    "2 products": Case(B, "multi", 60, used(1) + used(1, product="board")),
    "1 active of 3 tried": Case(
        B, "explorer", 60, used(1) + used(50, product="board") + used(50, product="reports")
    ),
    "1 active of 2 tried": Case(B, "single", 60, used(1) + used(50, product="board")),
    "1 active and 1 back after 100 days": Case(
        B, "multi", 200, used(1) + used(0, 100, product="board")
    ),
    "1 tried, dormant": Case(B, "single", 60, used(50)),
    "none tried": Case(B, "none", 60, used(1, product=None)),
    # journey
    "day 30": Case(J, "onboarding", 30),
    "day 31": Case(J, "adoption", 31),
    "day 90": Case(J, "adoption", 90),
    "day 91": Case(J, "retention", 91),
    "day 365": Case(J, "retention", 365),
    "day 366": Case(J, "loyalty", 366),
    "reactivated 30 days ago": Case(J, "reactivation", 200, used(200, 30)),
    "reactivated 31 days ago": Case(J, "retention", 200, used(200, 31)),
    # features: the editor has clips and voices (advanced), workspace tags and versions (advanced),
    # the board pins
    "4 of 5 features": Case(
        F, "completionist", 60,
        [a for k in ("clipped", "voiced", "tagged", "pinned") for a in did(k, 50)],
    ),
    "3 of 5 features": Case(
        F, "core", 60,
        [a for k in ("clipped", "tagged", "pinned") for a in did(k, 50)],
    ),
    "an advanced one 29 days ago": Case(F, "advanced", 60, did("voiced", 29)),
    "an advanced one on 2 days, 30 days ago": Case(F, "abandoner", 60, did("voiced", 30, 40)),
    "an advanced one on 3 days": Case(F, "advanced", 60, did("voiced", 30, 40, 50)),
    "no feature, but activity": Case(F, "core", 60, used(50)),
    "nothing used": Case(F, "none", 60),
    # people
    "6 people": Case(C, "team_leader", 60, reached("invited", 4) + reached("shared", 6)),
    "5 people": Case(C, "collaborator", 60, reached("invited", 5) + reached("shared", 5)),
    "1 person": Case(C, "collaborator", 60, reached("shared", 1)),
    "person 0": Case(C, "team_member", 60),  # whom those above invited
    "person 5": Case(C, "solo", 60),  # whom one of them shared with
    # pattern
    "54 of 90 days": Case(T, "daily", 100, used(*range(54))),
    "53 of 90 days, in 8 weeks": Case(T, "erratic", 100, used(*range(53))),
    "9 of 12 weeks": Case(T, "weekly", 100, used(*range(0, 63, 7))),
    "8 of 12 weeks": Case(T, "erratic", 100, used(*range(0, 56, 7))),
    "a twelfth week, 77 to 83 days ago": Case(T, "weekly", 100, used(*range(0, 56, 7), 83)),
    "84 days ago is in none": Case(T, "monthly", 100, used(*range(0, 56, 7), 84)),
    "December and the December before": Case(T, "seasonal", 400, used(10, 380)),
    # 60 days of silence between the ages 380 and 319, else 59 at most, the last before age 30
    "60 days of silence in between": Case(
        T, "seasonal", 400, used(380, 319, 260, 200, 145, 90, 30)
    ),
    "59 days of silence in between": Case(
        T, "erratic", 400, used(380, 320, 260, 200, 145, 90, 30)
    ),
    "and November, which was none": Case(T, "erratic", 400, used(10, 50, 380)),
    "each third of 90 days": Case(T, "monthly", 100, used(29, 59, 89)),
    "the last third missed by a day": Case(T, "erratic", 100, used(29, 59, 90)),
    "89 days without": Case(T, "erratic", 100, used(89)),
    "90 days without": Case(T, "none", 100, used(90)),
    # by state: all that the user is in
    "22 events in 30 days": Case(M, "highly_engaged", 9, used(*[8] * 22)),
    "21 events in 30 days": Case(M, "casually_engaged", 9, used(*[8] * 21)),
    "dormant": Case(M, "at_risk", 100, used(31)),
    "churned for 90 days": Case(M, "lost", 200, used(90)),
    "churned, 89 days ago": Case(M, "", 200, used(89)),
    "an event on day 7": Case(M, "successful_onboarding casually_engaged", 9, used(2)),
    "an event on day 8": Case(M, "casually_engaged", 9, used(1)),
    "new for 15 days": Case(M, "struggling_onboarding", 15),
    "new for 14 days": Case(M, "", 14),
    "2 reactivations": Case(M, "chronic_churner at_risk", 395, used(395, 250, 40)),
    "1 reactivation": Case(M, "at_risk", 395, used(395, 40)),
    "active on 90 days in a row": Case(M, "stable casually_engaged", 200, used(89, 60, 30, 0)),
    "active on 89 days in a row": Case(M, "casually_engaged", 200, used(88, 60, 30, 0)),
    # the composites that ship
    "day 14, nothing reached": Case(S, "struggling_new_user", 14, used(1)),
    "day 15": Case(S, "none", 15, used(1)),
    "day 14, a run completed": Case(S, "none", 14, runs(range(1, 2), range(0))),
    "power in 3 products, day 91": Case(
        S, "expanding_power_user", 91, [*used(91, 65, 40), *POWER]
    ),
    "the same with value and 6 people": Case(
        S, "high_value_team_leader", 95,
        [*POWER, *used(91), *runs(range(1, 2), range(0)), *reached("shared", 6)],
    ),
    "value high 90 days ago, and not now": Case(
        # first event 180 days ago; 90 days ago its run and activity made it high; 15 days silent
        S, "at_risk_core_user", 180,
        [*used(180), *runs(range(91, 92), range(0)), *used(61, 45, 15)],
    ),
    "the same on day 181": Case(
        S, "none", 181, [*used(181), *runs(range(91, 92), range(0)), *used(61, 45, 15)],
    ),
}  # fmt: skip

# Ten users: segment, age of the events, events. Top fifth: fewer than 10 / 5 = 2 have more; bottom
# two fifths: fewer than 4 have fewer.
TEN = {
    "most": ("high_value_active", 0, 30),
    "second": ("high_value_active", 0, 20),
    "second too, dormant": ("high_value_dormant", 40, 20),  # one has more
    "fourth": ("", 0, 10),  # three have more
    "fifth": ("", 0, 6),
    "sixth, churned": ("", 70, 5),  # four have fewer
    "seventh, churned": ("low_value_churned", 70, 4),  # three have fewer
    "eighth, churned": ("low_value_churned", 70, 3),
    "ninth": ("", 0, 2),  # as low, but active
    "never": ("low_value_churned", 0, 0),
}
RANKS = {"high_value_active", "high_value_dormant", "low_value_churned"}


@pytest.fixture(scope="module")
def world(
    new_warehouse: Callable[[], Warehouse], tmp_path_factory: pytest.TempPathFactory
) -> SegmentWorld:
    warehouse = new_warehouse()
    composites = yaml.safe_load(COMPOSITES.read_text())
    world = SegmentWorld(warehouse, tmp_path_factory.mktemp("by_hand"), composites)
    noon = datetime(DAY.year, DAY.month, DAY.day, 12, tzinfo=UTC)
    for name, case in CASES.items():
        world.user(name, noon - timedelta(case.signup, hours=12))
        for number, (age, kind, product) in enumerate(case.acts):
            event_type, _, person = kind.partition(":")
            at = noon - timedelta(age) + timedelta(seconds=number)
            world.act(name, Act(at, event_type, product, person or None))
    world.deliver()
    world.rebuild(DAY)
    return world


@pytest.fixture(scope="module")
def standing(world: SegmentWorld) -> dict[str, dict[str, object]]:
    """Where everybody stands, by id."""
    rows = world.rows("select user_id::text, to_jsonb(s) from silver.user_behavioral_segments as s")
    return dict(rows)


@pytest.mark.parametrize("name", CASES)
def test_value(standing: dict[str, dict[str, object]], name: str) -> None:
    case = CASES[name]
    found = standing[str(uid(name))][case.dimension]
    if isinstance(found, list):  # ranks among all users have a world of their own
        # whoever first acts within 7 days of signup is in successful_onboarding too
        early = bool(case.acts) and case.signup - max(age for age, _, _ in case.acts) <= 7
        expected = {*case.value.split(), *(["successful_onboarding"] if early else [])}
        assert set(found) - RANKS == expected
    else:
        assert found == case.value


def test_segments_by_rank(warehouse: Warehouse, tmp_path: Path) -> None:
    world = SegmentWorld(warehouse, tmp_path)
    noon = datetime(DAY.year, DAY.month, DAY.day, 12, tzinfo=UTC)
    for name, (_, age, events) in TEN.items():
        world.user(name, noon - timedelta(100))
        for number in range(events):
            world.act(name, Act(noon - timedelta(age, seconds=number), "used"))
    world.deliver()
    world.publish(DAY - timedelta(1))
    world.publish(DAY)
    rows = world.rows("select user_id, memberships from silver.user_behavioral_segments")
    found = {user: RANKS & set(memberships) for user, memberships in rows}
    expected = {uid(name): {rank} - {""} for name, (rank, _, _) in TEN.items()}
    assert found == expected


def test_every_value_has_a_case(world: SegmentWorld) -> None:
    known = world.rows("select dimension, value from ref.segments")
    cases = {(case.dimension, value) for case in CASES.values() for value in case.value.split()}
    assert {*known} <= cases | {(M, rank) for rank in RANKS}


def test_every_row_says_by_which_version(world: SegmentWorld) -> None:
    (version,) = world.rows("select left(history_hash, 12) from ref.definition_versions")
    query = "select distinct segment_calculation_version from silver.{}"
    for view in ("user_behavioral_segments", "user_segment_history"):
        assert world.rows(query.format(view)) == [version]


def test_an_explanation_shows_the_numbers(world: SegmentWorld) -> None:
    # events at ages 0, 1 and 30, 31, 32, 59: 2 in W30 and 4 before, in one of the last 4 weeks;
    # the first event 59 days ago
    said = explain_user(world.warehouse, uid("2 events after 4 are half"))
    by_dimension = {each.dimension: each for each in said.segments}
    engagement = by_dimension["engagement_intensity"]
    assert (engagement.value, engagement.numbers) == (
        "at_risk",
        {
            "events_30": 2, "events_30_before": 4, "active_days_30": 2, "active_weeks_in_a_row": 1,
            "products_30": 1, "products_30_before": 1, "products_given_up": 0, "features_30": 0,
            "days_since_last_event": 0,
        },
    )  # fmt: skip
    # the day before, the event at age 30 was still in W30: 2 events after 3
    assert engagement.since == DAY
    assert engagement.definition is not None and "50% or less" in engagement.definition
    assert by_dimension["value_realization"].numbers["days_since_first_event"] == 59
    assert by_dimension["journey_stage"].numbers == {
        "journey_days": 60, "days_since_reactivation": None,
    }  # fmt: skip


def test_an_explanation_shows_what_made_a_season(world: SegmentWorld) -> None:
    said = explain_user(world.warehouse, uid("60 days of silence in between"))
    numbers = {each.dimension: each.numbers for each in said.segments}["temporal_pattern"]
    # the 90 days hold age 30, December 1, alone, and a year ago it was December 16
    assert numbers == {
        "active_days_90": 1, "active_weeks_of_12": 1, "active_months_of_3": 1, "months_90": 1,
        "months_90_a_year_before": 1, "longest_silence_since": 60,
    }  # fmt: skip


def test_an_explanation_shows_what_a_composite_segment_looks_back_at(world: SegmentWorld) -> None:
    said = explain_user(world.warehouse, uid("value high 90 days ago, and not now"))
    composite = {each.dimension: each for each in said.segments}["composite_segment"]
    assert (composite.value, composite.numbers) == (
        "at_risk_core_user", {"journey_days": 180, "value_realization_90_days_ago": "high"},
    )  # fmt: skip


def test_an_explanation_of_the_past(world: SegmentWorld) -> None:
    said = explain_user(world.warehouse, uid("6 people"), DAY - timedelta(51))
    assert {each.dimension: each.value for each in said.segments}["collaboration_type"] == "solo"
    said = explain_user(world.warehouse, uid("6 people"), DAY - timedelta(50))
    people = {each.dimension: each for each in said.segments}["collaboration_type"]
    assert (people.value, people.numbers["people"]) == ("team_leader", 6)


def test_the_documentation_is_fresh() -> None:
    from monstera.definitions import load_definitions

    shipped = load_definitions(PROJECT / "include" / "definitions")
    assert (PROJECT / "docs" / "segments.md").read_text() == catalog.as_markdown(shipped), (
        "docs/segments.md is out of date: run monstera segments export --output docs/segments.md"
    )


def test_the_list_names_every_segment() -> None:
    result = CliRunner().invoke(app, ["segments", "list", "--json"])
    assert result.exit_code == 0, result.output
    values = {record["value"] for record in yaml.safe_load(result.output)}
    assert {"power", "lost", "at_risk_core_user"} <= values
