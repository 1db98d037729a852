"""Association rules against a published example, the interval worked by hand."""

import math
from datetime import date

import pytest

from lifecycle.world import World
from monstera.warehouse import Warehouse

# Tan, Steinbach and Kumar, Introduction to Data Mining, 6.7: what 1,000 people drink
BASKETS = {("tea", "coffee"): 150, ("tea",): 50, ("coffee",): 650, (): 150}
OF_THEM = 5  # one in so many is enough: shares and lift stay


@pytest.fixture
def drinkers(warehouse: Warehouse, tmp_path) -> World:
    """A user for every person, who takes up what they drink on the first day, in turn."""
    world = World(warehouse, tmp_path, products={"tea": "", "coffee": ""})
    number = 0
    for drinks, people in BASKETS.items():
        for _ in range(people // OF_THEM):
            number += 1
            world.user(f"person {number}", "2026-01-01")
            for drink in drinks:
                world.event(f"person {number}", "2026-01-01 10:00", product=drink)
    world.deliver()
    world.publish(date(2026, 4, 1))  # 90 days later
    return world


def test_the_example_from_events_on(drinkers: World) -> None:
    columns = (
        "support", "confidence", "affinity_lift", "affinity_lift_low", "affinity_lift_high",
        "co_adoption_rate", "is_asymmetric",
    )  # fmt: skip
    rows = drinkers.rows(
        f"select product_a, {', '.join(columns)} from silver.product_affinity_matrix"
    )
    found = {row[0]: dict(zip(columns, map(float, row[1:]), strict=True)) for row in rows}
    # 1/30 - 1/40 - 1/160 + (2 * 0.9375 - 1) / 200 = 0.0064583, whose root is 0.080364:
    # 0.9375 * exp(± 1.959964 * 0.080364) = 0.8009 and 1.0974
    for product, confidence in {"tea": 30 / 40, "coffee": 30 / 160}.items():
        row = found[product]
        assert row["support"] == pytest.approx(0.15)
        assert row["confidence"] == pytest.approx(confidence)
        assert row["affinity_lift"] == pytest.approx(0.9375)
        assert row["affinity_lift_low"] == pytest.approx(0.8009, abs=1e-4)
        assert row["affinity_lift_high"] == pytest.approx(1.0974, abs=1e-4)
        # all on one day: whoever took up both did so within 90 days
        assert row["co_adoption_rate"] == pytest.approx(confidence)
        assert row["is_asymmetric"]


def test_the_interval_holds_what_it_promises() -> None:
    """Of many samples of the example's people about 95 % have the true lift in their interval."""
    import numpy as np

    chance = np.random.default_rng(5)
    shares = np.array(list(BASKETS.values())) / 1000
    hits, samples = 0, 4_000
    for both, tea, coffee, _ in chance.multinomial(1000, shares, samples):
        lift = both * 1000 / ((both + tea) * (both + coffee))
        margin = 1.959964 * math.sqrt(
            1 / both - 1 / (both + tea) - 1 / (both + coffee) + (2 * lift - 1) / 1000
        )
        hits += lift * math.exp(-margin) <= 0.9375 <= lift * math.exp(margin)
    assert 0.94 < hits / samples < 0.96
