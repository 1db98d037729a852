"""Association rules against published examples, their intervals worked by hand."""

import math
from collections.abc import Callable
from datetime import date

import pytest

from lifecycle.world import World
from monstera.warehouse import Warehouse

# Tan, Steinbach and Kumar, Introduction to Data Mining, 6.7: what 1,000 people drink
BASKETS = {("tea", "coffee"): 150, ("tea",): 50, ("coffee",): 650, (): 150}
# Han and Kamber, Data Mining: Concepts and Techniques, 6.3: what 10,000 people buy
PURCHASES = {("games", "videos"): 4000, ("games",): 2000, ("videos",): 3500, (): 500}
USERS = 200  # enough: shares and lift stay
COLUMNS = (
    "support", "confidence", "affinity_lift", "affinity_lift_low", "affinity_lift_high",
    "co_adoption_rate", "is_asymmetric",
)  # fmt: skip


def choices(people: dict[tuple[str, ...], int]) -> list[tuple[str, ...]]:
    """What each of the users takes up, in the shares of the example."""
    everybody = sum(people.values())
    return [what for what, count in people.items() for _ in range(count * USERS // everybody)]


@pytest.fixture(scope="module")
def found(
    new_warehouse: Callable[[], Warehouse], tmp_path_factory: pytest.TempPathFactory
) -> dict[tuple[str, str], dict[str, float]]:
    """Pair of products → what is said of it; all take up what they do on the first day."""
    products = {*BASKETS, *PURCHASES}
    world = World(
        new_warehouse(),
        tmp_path_factory.mktemp("affinity"),
        products=dict.fromkeys((product for each in products for product in each), ""),
    )
    taken = zip(choices(BASKETS), choices(PURCHASES), strict=True)
    for number, (drinks, purchases) in enumerate(taken):
        world.user(f"person {number}", "2026-01-01")
        for product in (*drinks, *purchases):
            world.event(f"person {number}", "2026-01-01 10:00", product=product)
    world.deliver()
    world.publish(date(2026, 4, 1))  # 90 days later
    rows = world.rows(
        f"select product_a, product_b, {', '.join(COLUMNS)} from silver.product_affinity_matrix"
    )
    return {
        (a, b): {name: float(number) for name, number in zip(COLUMNS, numbers, strict=True)}
        for a, b, *numbers in rows
        if None not in numbers
    }


@pytest.mark.parametrize(
    ("a", "b", "support", "confidence", "lift", "low", "high"),
    [
        # 1/30 - 1/40 - 1/160 + (2 * 0.9375 - 1) / 200 = 0.0064583, whose root is 0.080364:
        # 0.9375 * exp(± 1.959964 * 0.080364) = 0.8009 and 1.0974
        ("tea", "coffee", 0.15, 0.75, 0.9375, 0.8009, 1.0974),
        ("coffee", "tea", 0.15, 0.1875, 0.9375, 0.8009, 1.0974),
        # 1/80 - 1/120 - 1/150 + (2 * 0.8889 - 1) / 200 = 0.0013889, whose root is 0.037268:
        # 0.8889 * exp(± 1.959964 * 0.037268) = 0.8263 and 0.9563
        ("games", "videos", 0.4, 2 / 3, 8 / 9, 0.8263, 0.9563),
        ("videos", "games", 0.4, 8 / 15, 8 / 9, 0.8263, 0.9563),
    ],
)
def test_the_examples_from_events_on(
    found: dict[tuple[str, str], dict[str, float]],
    a: str, b: str, support: float, confidence: float, lift: float, low: float, high: float,
) -> None:  # fmt: skip
    row = found[a, b]
    assert row["support"] == pytest.approx(support)
    assert row["confidence"] == pytest.approx(confidence)
    assert row["affinity_lift"] == pytest.approx(lift)
    assert row["affinity_lift_low"] == pytest.approx(low, abs=1e-4)
    assert row["affinity_lift_high"] == pytest.approx(high, abs=1e-4)
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
