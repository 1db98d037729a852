"""Ratios, medians and reaches; and that ours and the yardstick take turns."""

import pytest

from monstera.bench.measure import Figure, Reach, in_turn
from monstera.bench.report import Report


def test_ratio_is_taken_round_by_round() -> None:
    figure = Figure(
        "load", "load", "s", (2.0, 4.0, 9.0), "copy", (1.0, 1.0, 3.0), reach=Reach("<=", 2.5)
    )
    assert figure.values == (2.0, 4.0, 3.0)
    assert figure.median == 3.0
    assert figure.reached is False


def test_ratio_can_be_the_other_way_round() -> None:
    figure = Figure(
        "load", "load", "s", (2.0, 4.0, 10.0), "copy", (1.0, 2.0, 5.0), "yardstick/ours",
        Reach(">=", 0.5),
    )  # fmt: skip
    assert figure.values == (0.5, 0.5, 0.5)
    assert figure.reached is True


def test_quantity_without_a_yardstick() -> None:
    figure = Figure("query", "one user", "s", (0.003, 0.001, 0.002), reach=Reach("<=", 0.005))
    assert figure.median == 0.002
    assert figure.reached is True
    assert Figure("query", "one user", "s", (1.0,)).reached is None


def test_actions_take_turns() -> None:
    calls: list[str] = []
    taken = in_turn(3, {"ours": lambda: calls.append("ours"), "copy": lambda: calls.append("copy")})
    assert calls == ["ours", "copy"] * 3
    assert {name: len(found) for name, found in taken.items()} == {"ours": 3, "copy": 3}


@pytest.fixture
def report() -> Report:
    figures = (
        Figure("load", "load", "s", (2.0, 2.2), "copy", (1.0, 1.0), reach=Reach("<=", 1.5)),
        Figure("query", "one user", "s", (0.003,), reach=Reach("<=", 0.005)),
    )
    return Report("2026-01-01", {"processor": "2 cores"}, {"events": 5000}, figures)


def test_markdown_has_a_line_a_figure(report: Report) -> None:
    text = report.as_markdown()
    assert "- events: 5,000" in text
    assert "| load | 2.1 s | copy: 1 s | 2.1 (2-2.2) | ≤ 1.5 | NO |  |" in text
    assert "| one user | 3 ms |  |  | ≤ 0.005 s | yes |  |" in text


def test_json_keeps_every_round(report: Report) -> None:
    first, second = report.as_json()["figures"]
    assert (first["ours"], first["yardstick"], first["median"]) == ([2.0, 2.2], [1.0, 1.0], 2.1)
    assert (first["reached"], second["reached"]) == (False, True)
