"""Examples that providers of subscription analytics publish, with the figures they publish."""

from collections.abc import Callable
from decimal import Decimal
from itertools import pairwise

import pytest

from lifecycle.world import World, uid
from monstera.warehouse import Warehouse

# An account's recurring revenue from a day on; 0 is a cancellation.
REVENUE = {
    # February, ChurnZero on net revenue retention: 27,000 at the start, 8,000 of upsells, 5,000 of
    # churn. March, PitchKit on the quick ratio: new 20,000, expansion 8,000, churn 5,000,
    # contraction 3,000.
    "p": [("2026-01-05", 22_000), ("2026-02-10", 30_000),
          ("2026-03-10", 38_000), ("2026-04-10", 25_000)],
    "q": [("2026-01-05", 5_000), ("2026-02-10", 0)],
    "r": [("2026-03-05", 20_000), ("2026-05-10", 18_000)],
    "s": [("2026-02-05", 5_000), ("2026-03-10", 0)],
    "t": [("2026-02-05", 5_000), ("2026-03-10", 2_000)],
    # May, MaximCalculator on gross revenue retention: 50,000 at the start (p 25,000, r 20,000,
    # t 2,000, u 3,000), 3,000 of churn and 2,000 of downgrades.
    "u": [("2026-04-05", 3_000), ("2026-05-10", 0)],
    # ChartMogul on the movements of a subscriber: four yearly plans of 500, two monthly ones of 30
    # more, those canceled in the middle of the period, the yearly ones at its end, then three
    # monthly plans of 50.
    "syncalytics": [("2026-06-01", Decimal("166.67")), ("2026-06-05", Decimal("226.67")),
                    ("2026-06-19", Decimal("166.67")), ("2027-06-01", 0), ("2027-07-01", 150)],
}  # fmt: skip


@pytest.fixture(scope="module")
def world(
    new_warehouse: Callable[[], Warehouse], tmp_path_factory: pytest.TempPathFactory
) -> World:
    """All of them in one company, rebuilt as of July of the second year: 19 months."""
    world = World(new_warehouse(), tmp_path_factory.mktemp("definitions"))
    for account, changes in REVENUE.items():
        world.account(account, f"{changes[0][0]} 08:00+00")
        before = None
        for day, mrr in changes:
            kind = "subscription_changed" if before else "subscription_started"
            world.event(
                account, f"{day} 10:00+00", kind if mrr else "subscription_canceled",
                entity_type="account",
                **({"tier": "starter", "seats": 0, "mrr": float(mrr)} if mrr else {}),
            )  # fmt: skip
            before = mrr
    world.deliver()
    world.rebuild("2027-07-31")
    return world


@pytest.mark.parametrize(
    ("month", "column", "expected"),
    [
        ("2026-02-01", "net_revenue_retention", 30_000 / 27_000),  # published as 111 %
        ("2026-03-01", "quick_ratio", 3.5),  # (20,000 + 8,000) / (5,000 + 3,000)
        ("2026-05-01", "gross_revenue_retention", 0.9),  # 45,000 / 50,000
        ("2026-05-01", "net_revenue_retention", 0.9),  # nothing was expanded
        ("2026-05-01", "logo_churn_rate", 0.25),  # u of p, r, t, u
    ],
)
def test_ratios_of_a_month(world: World, month: str, column: str, expected: float) -> None:
    found = world.rows(f"select {column} from gold.revenue_monthly where month = %s", month)
    assert float(found[0][0]) == pytest.approx(expected)


def test_the_five_movements_of_a_subscriber(world: World) -> None:
    found = world.rows(
        "select date::text, movement, amount from silver.account_mrr_movements"
        " where account_id = %s order by date",
        uid("syncalytics"),
    )
    assert found == [
        ("2026-06-01", "new", Decimal("166.67")), ("2026-06-05", "expansion", 60),
        ("2026-06-19", "contraction", -60), ("2027-06-01", "churn", Decimal("-166.67")),
        ("2027-07-01", "reactivation", 150),
    ]  # fmt: skip


def test_opening_and_movements_are_the_closing_over_19_months(world: World) -> None:
    months = world.rows(
        "select opening_mrr, new_mrr + reactivation_mrr + expansion_mrr + contraction_mrr"
        " + churned_mrr + fx_mrr, closing_mrr from gold.revenue_monthly"
        " where month between '2026-01-01' and '2027-07-01' order by month"
    )
    assert len(months) == 19
    assert all(opening + moved == closing for opening, moved, closing in months)
    assert all(before[2] == after[0] for before, after in pairwise(months))
    # p, r and t pay 25,000, 18,000 and 2,000 to the end
    assert [closing for *_, closing in months][4:6] == [45_000, Decimal("45166.67")]
    assert months[-1][2] == 45_150
