"""Control totals: a delivery is compared with what its source says of it."""

import json
from decimal import Decimal
from typing import Any

import pytest

from monstera.definitions import load_definitions

from .builders import Landing

FEED = """
- id: payments
  key: [invoice_id]
  columns:
    invoice_id: {type: string}
    amount: {type: number}
    note: {type: string}
"""


def payment(number: int, amount: float) -> dict[str, Any]:
    return {"invoice_id": f"i{number}", "amount": amount}


@pytest.fixture
def payments(landing: Landing) -> Landing:
    folder = landing.folder.parent / "definitions"
    (folder / "feeds").mkdir()
    (folder / "feeds" / "payments.yaml").write_text(FEED)
    landing.definitions = load_definitions(folder)
    return landing


def say(landing: Landing, totals: Any) -> None:
    """Puts control totals beside the delivery, longer each time: a new version of the file."""
    file = landing.folder / "payments" / "dt=2026-01-31" / "_control.json"
    before = file.stat().st_size if file.exists() else 0
    file.parent.mkdir(parents=True, exist_ok=True)
    text = totals if isinstance(totals, str) else json.dumps(totals)
    file.write_text(text + " " * (before + 1))


def compared(landing: Landing) -> dict[str, tuple[Any, Any]]:
    rows = landing.rows("select measure, expected, found from ops.control_totals")
    return {measure: (expected, found) for measure, expected, found in rows}


def test_rows_of_all_files_and_sums_are_compared(payments: Landing) -> None:
    payments.put("payments", [payment(1, 0.1), payment(2, 0.2)], name="a.jsonl")
    payments.put("payments", [payment(3, 10)], name="b.jsonl")
    say(payments, {"rows": 4, "sums": {"amount": 10.3, "note": 1}})
    payments.load()
    assert compared(payments) == {
        "rows": (4, 3),
        "amount": (Decimal("10.3"), Decimal("10.3")),
        "note": (1, None),  # text has no sum
    }


def test_a_sum_of_rows_that_were_refused_has_no_counterpart(payments: Landing) -> None:
    payments.put("payments", [payment(1, 1), {**payment(2, 2), "amount": "2"}])
    say(payments, {"rows": 2, "sums": {"amount": 3}})
    payments.load()
    assert compared(payments) == {"rows": (2, 2), "amount": (3, None)}


def test_what_comes_later_is_compared_again(payments: Landing) -> None:
    payments.put("payments", [payment(1, 1)], name="a.jsonl")
    say(payments, {"rows": 2})
    payments.load()
    payments.put("payments", [payment(2, 1)], name="b.jsonl")
    payments.load()
    assert compared(payments) == {"rows": (2, 2)}
    say(payments, {"rows": 3})
    payments.load()
    assert compared(payments) == {"rows": (3, 2)}


def test_a_file_in_the_place_of_another_counts_once(payments: Landing) -> None:
    payments.put("payments", [payment(1, 1)], name="a.jsonl")
    payments.load()
    payments.put("payments", [payment(1, 1), payment(2, 1)], name="a.jsonl")
    say(payments, {"rows": 2})
    payments.load()
    assert compared(payments) == {"rows": (2, 2)}


@pytest.mark.parametrize(
    "text",
    ["{", "[]", '{"rows": -1}', '{"rows": 1, "total": 2}', "{}", '{"rows": ' + "[" * 99_000],
    ids=["cut", "list", "negative", "unknown", "empty", "deep"],
)
def test_a_broken_control_file_is_told_and_costs_no_row(payments: Landing, text: str) -> None:
    payments.put("payments", [payment(1, 1)])
    say(payments, text)
    assert payments.load().totals.accepted == 1
    assert compared(payments) == {"(unreadable)": (None, None)}


def test_another_feed_knows_rows_alone(landing: Landing) -> None:
    user = {"user_id": "u1", "user_created_at": "2026-01-01T00:00:00Z"}
    landing.put("users", [{**user, "updated_at": "2026-01-31T00:00:00Z"}])
    landing.put("users", json.dumps({"rows": 1}).encode(), name="_control.json")
    landing.load()
    assert compared(landing) == {"rows": (1, 1)}
