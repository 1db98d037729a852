"""What a user can do, read from the definitions and laid out as arrays to draw from."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from monstera.definitions import Definitions, EventType

Indexes = npt.NDArray[np.int64]

CATEGORY_WEIGHTS = {"core_action": 6.0, "engagement": 4.0, "outcome": 2.0, "abandonment": 0.05}
FADING_POPULARITY = 0.88
"""Each product of the catalog is this much as popular as the one before it."""


@dataclass(frozen=True)
class Sequences:
    """Lists of event types, one for each key, in one flat array."""

    items: Indexes
    starts: Indexes
    lengths: Indexes

    @classmethod
    def of(cls, lists: Iterable[Iterable[int]]) -> "Sequences":
        """The sequences of these lists."""
        rows = [list(row) for row in lists]
        lengths = np.array([len(row) for row in rows], dtype=np.int64)
        items = np.array([item for row in rows for item in row], dtype=np.int64)
        return cls(items, np.cumsum(lengths) - lengths, lengths)

    def expand(self, keys: Indexes) -> tuple[Indexes, Indexes]:
        """Every item of every key in turn, and the position in `keys` that it belongs to."""
        lengths = self.lengths[keys]
        owner = np.repeat(np.arange(len(keys)), lengths)
        within = np.arange(len(owner)) - np.repeat(np.cumsum(lengths) - lengths, lengths)
        return self.items[self.starts[keys][owner] + within], owner


@dataclass(frozen=True)
class Catalog:
    """Products and event types by number.

    `chains` holds, for each event type, what leads up to it and then itself. `first_steps` holds,
    for each product, what happens at the first access to it.
    """

    types: tuple[EventType, ...]
    products: tuple[str, ...]
    popularity: npt.NDArray[np.float64]
    chains: Sequences
    first_steps: Sequences
    onboarding: Indexes
    greetings: Indexes
    type_weights: npt.NDArray[np.float64]

    def draw_types(self, random: np.random.Generator, products: Indexes) -> Indexes:
        """One event type for each product number, by the weights of their categories."""
        ends = np.cumsum(self.type_weights, axis=1)[products]
        drawn = random.random((len(products), 1)) * ends[:, -1:]
        return np.asarray((drawn >= ends).sum(axis=1), dtype=np.int64)

    @classmethod
    def of(cls, definitions: Definitions) -> "Catalog":
        """The catalog of these definitions.

        Raises:
            ValueError: no product has an event type to draw.
        """
        types = tuple(
            event_type
            for event_type in definitions.event_types.values()
            if not event_type.is_built_in and event_type.category not in {"system", "billing"}
        )
        by_product = {
            product: [number for number, kind in enumerate(types) if kind.product == product]
            for product in definitions.products
            if definitions.products[product].is_active
            and definitions.products[product].kind == "product"
        }
        once = {number for number, kind in enumerate(types) if _happens_once(kind)}
        products = tuple(
            product for product, numbers in by_product.items() if not once.issuperset(numbers)
        )
        if not products:
            raise ValueError("The definitions have no product with an event type to generate.")
        anywhere = [n for n, kind in enumerate(types) if kind.product is None]
        weights = np.zeros((len(products), len(types)))
        for row, product in enumerate(products):
            for number in by_product[product]:
                if number not in once:
                    weights[row, number] = CATEGORY_WEIGHTS.get(types[number].category, 1.0)
            for number in anywhere:
                if number not in once and not types[number].passive:
                    weights[row, number] = 0.15
        order = _dependencies_first(types)
        return cls(
            types=types,
            products=products,
            popularity=np.power(FADING_POPULARITY, np.arange(len(products)), dtype=np.float64),
            chains=Sequences.of(
                [
                    step
                    for step in order[number]
                    if step == number or _same_product(types, step, number, once)
                ]
                for number in range(len(types))
            ),
            first_steps=Sequences.of(
                _unrepeated(
                    step
                    for number in by_product[product]
                    if number in once or types[number].is_activation
                    for step in order[number]
                    if types[step].product == product
                )
                for product in products
            ),
            onboarding=np.array(
                _unrepeated(
                    step for n in anywhere if n in once for step in order[n] if step in once
                ),
                dtype=np.int64,
            ),
            greetings=np.array([n for n in anywhere if types[n].passive], dtype=np.int64),
            type_weights=weights,
        )


def _happens_once(kind: EventType) -> bool:
    return kind.is_unique or kind.category in {"adoption", "lifecycle"}


def _same_product(types: tuple[EventType, ...], step: int, number: int, once: set[int]) -> bool:
    return step not in once and types[step].product == types[number].product


def _dependencies_first(types: tuple[EventType, ...]) -> list[list[int]]:
    """For each event type its dependencies, theirs before them, and itself last."""
    numbers = {kind.event_type: number for number, kind in enumerate(types)}

    def path(number: int, above: frozenset[int]) -> list[int]:
        needed = [numbers[name] for name in types[number].depends_on if name in numbers]
        steps = [
            step for need in needed if need not in above for step in path(need, above | {number})
        ]
        return _unrepeated([*steps, number])

    return [path(number, frozenset({number})) for number in range(len(types))]


def _unrepeated(items: Iterable[int]) -> list[int]:
    return list(dict.fromkeys(items))
