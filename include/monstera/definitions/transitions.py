"""Which state may follow which, and the shortest legal way between any two."""

from collections.abc import Iterator

from monstera.definitions.reader import read_built_in

START = "(start)"
MIDDLE = "active"
"""The state that a path prefers to pass where two are equally short."""

Edge = tuple[str, str]


def _read() -> dict[str, tuple[Edge, ...]]:
    return {
        kind: tuple((state, target) for state, targets in edges.items() for target in targets)
        for kind, edges in read_built_in("transitions").content.items()
    }


LEGAL_TRANSITIONS = _read()
"""The legal edges of each kind of scope (`platform`, `product`), in their order."""


def shortest_paths(edges: tuple[Edge, ...]) -> dict[Edge, tuple[Edge, ...]]:
    """The preferred shortest path, as edges, for every pair of states that one leads between.

    Among equally short paths: one that passes `active`; beyond that the one whose first differing
    edge is listed first.
    """
    states = dict.fromkeys(state for edge in edges for state in edge)
    paths: dict[Edge, tuple[Edge, ...]] = {}
    for start in states:
        found: dict[str, tuple[Edge, ...]] = {}
        for path in _by_preference(start, edges, len(states)):
            found.setdefault(path[-1][1], path)
        paths |= {(start, end): path for end, path in found.items()}
    return paths


def _by_preference(start: str, edges: tuple[Edge, ...], longest: int) -> Iterator[tuple[Edge, ...]]:
    """All paths without a loop from a state: shorter before longer, then as preferred."""
    paths: list[tuple[Edge, ...]] = [(edge,) for edge in edges if edge[0] == start]
    for _ in range(1, longest):
        yield from sorted(paths, key=_misses_middle)  # stable: keeps the order of the edges
        paths = [
            (*path, edge)
            for path in paths
            for edge in edges
            if edge[0] == path[-1][1] and edge[1] not in {start, *(step[1] for step in path)}
        ]


def _misses_middle(path: tuple[Edge, ...]) -> bool:
    return MIDDLE not in (target for _, target in path[:-1])
