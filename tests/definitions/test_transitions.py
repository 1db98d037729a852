"""Legal edges as the specification of the lifecycle lists them, and the paths between states."""

from collections import deque
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monstera.definitions import LEGAL_TRANSITIONS, START, shortest_paths

Edge = tuple[str, str]

PLATFORM = shortest_paths(LEGAL_TRANSITIONS["platform"])
ACCOUNT = shortest_paths(LEGAL_TRANSITIONS["account"])
PRODUCT = shortest_paths(LEGAL_TRANSITIONS["product"])


def states(path: tuple[Edge, ...]) -> str:
    """`a b c` for the path a → b → c."""
    return " ".join([path[0][0], *(target for _, target in path)])


def test_platform_edges() -> None:
    targets: dict[str, list[str]] = {}
    for state, target in LEGAL_TRANSITIONS["platform"]:
        targets.setdefault(state, []).append(target)
    assert targets == {
        START: ["new"],
        "new": ["active", "churned", "deleted"],
        "active": ["returning", "dormant", "churned", "deleted", "dunning"],
        "returning": ["active", "dormant", "churned", "deleted"],
        "dormant": ["returning", "churned", "deleted"],
        "churned": ["reactivated", "deleted"],
        "reactivated": ["active", "churned", "deleted"],
        "dunning": ["active", "churned", "deleted"],
        "deleted": ["new"],
    }


def test_product_edges() -> None:
    assert LEGAL_TRANSITIONS["product"] == (
        (START, "new"),
        ("new", "active"),
        ("new", "churned"),
        ("active", "dormant"),
        ("active", "churned"),  # where active_days = churn_days
        ("dormant", "active"),
        ("dormant", "churned"),
        ("churned", "reactivated"),
        ("reactivated", "active"),
    )


@pytest.mark.parametrize(
    "expected",
    [
        f"{START} new active",
        f"{START} new active dunning",
        "active dormant",
        "dunning active dormant",
        "returning active dunning",
        "new active dunning",
        "dormant returning active",
        "dormant returning active dunning",
        "churned reactivated active",
        "churned reactivated active dunning",
        "active deleted new",
        "dunning deleted new",
        "deleted new active",
        "deleted new churned",
        "deleted new active dunning",
        "deleted new churned reactivated",
    ],
)
def test_platform_paths(expected: str) -> None:
    start, *_, end = expected.split()
    assert states(PLATFORM[start, end]) == expected


@pytest.mark.parametrize(
    "expected",
    [
        f"{START} new active",
        f"{START} new churned reactivated",
        "active churned",
        "reactivated active dormant",
        "dormant churned reactivated",
        "churned reactivated active dormant",
    ],
)
def test_product_paths(expected: str) -> None:
    start, *_, end = expected.split()
    assert states(PRODUCT[start, end]) == expected


@pytest.mark.parametrize(
    "expected",
    [
        f"{START} trial churned",
        f"{START} trial deleted",
        f"{START} new_paid frozen",
        "trial new_paid frozen",
        "frozen active expanding",
        "frozen active at_risk",
        "at_risk active expanding",
        "expanding active churned",
        "churned reactivated active",
        "churned reactivated frozen",
        "reactivated active contracting",
    ],
)
def test_account_paths(expected: str) -> None:
    start, *_, end = expected.split()
    assert states(ACCOUNT[start, end]) == expected


@pytest.mark.parametrize("kind", LEGAL_TRANSITIONS)
def test_every_state_can_be_reached_from_every_other(kind: str) -> None:
    paths = shortest_paths(LEGAL_TRANSITIONS[kind])
    names = {state for edge in LEGAL_TRANSITIONS[kind] for state in edge}
    lasting = {state for state, _ in LEGAL_TRANSITIONS[kind]}  # a deleted account is gone for good
    unreachable = {
        (start, end) for start in lasting for end in names if start != end
    } - paths.keys()
    once = {"platform": {START}, "product": {START, "new"}, "account": {START, "trial", "new_paid"}}
    assert {end for _, end in unreachable} == once[kind]  # nothing leads back to these


def test_of_two_equally_short_paths_the_one_through_active() -> None:
    edges = (("a", "b"), ("b", "z"), ("a", "active"), ("active", "z"))
    assert states(shortest_paths(edges)["a", "z"]) == "a active z"


def test_of_two_others_the_edge_listed_first() -> None:
    edges = (("a", "b"), ("a", "c"), ("c", "z"), ("b", "z"))
    assert states(shortest_paths(edges)["a", "z"]) == "a b z"


NAMES = ["active", "b", "c", "d", "e"]
GRAPHS = st.lists(
    st.tuples(st.sampled_from(NAMES), st.sampled_from(NAMES)).filter(
        lambda edge: edge[0] != edge[1]
    ),
    unique=True,
).map(tuple)


@given(edges=GRAPHS | st.sampled_from(list(LEGAL_TRANSITIONS.values())))
def test_paths_are_legal_chained_shortest_and_complete(edges: tuple[Edge, ...]) -> None:
    paths = shortest_paths(edges)
    for (start, end), path in paths.items():
        assert set(path) <= set(edges)
        assert path[0][0] == start
        assert path[-1][1] == end
        assert all(step[1] == after[0] for step, after in pairwise(path))
    assert {pair: len(path) for pair, path in paths.items()} == distances(edges)


@given(edges=GRAPHS)
def test_a_path_passes_active_where_a_shortest_one_can(edges: tuple[Edge, ...]) -> None:
    lengths = distances(edges)
    for (start, end), path in shortest_paths(edges).items():
        if "active" in (start, end):
            continue
        through = lengths.get((start, "active"), 99) + lengths.get(("active", end), 99)
        assert ("active" in states(path).split()) == (through == len(path))


def distances(edges: tuple[Edge, ...]) -> dict[Edge, int]:
    """Number of steps between every two states that a path leads between, breadth first."""
    found: dict[Edge, int] = {}
    for start in {state for edge in edges for state in edge}:
        steps = {start: 0}
        queue = deque([start])
        while queue:
            state = queue.popleft()
            for source, target in edges:
                if source == state and target not in steps:
                    steps[target] = steps[state] + 1
                    queue.append(target)
        found |= {(start, end): number for end, number in steps.items() if end != start}
    return found
