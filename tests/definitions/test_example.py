"""The worked example: complete, free of complaints, and compiled."""

from collections import Counter

import pytest

from monstera.definitions import Definitions, check_definitions, compile_definitions
from monstera.settings import PROJECT
from monstera.warehouse import Warehouse

EXAMPLE = PROJECT / "include" / "definitions"


@pytest.fixture(scope="module")
def example() -> Definitions:
    report = check_definitions(EXAMPLE)
    assert (report.errors, report.warnings) == ((), ())
    assert report.definitions is not None
    return report.definitions


def test_seventeen_products_and_features_in_three_families(example: Definitions) -> None:
    kinds = Counter(product.kind for product in example.products.values())
    assert kinds["product"] + kinds["feature"] == 17
    assert kinds["sub_feature"] > 0
    families = {product.family for product in example.products.values()} - {None}
    assert families == {"content_creation", "collaboration", "analytics"}


def test_every_product_can_be_activated(example: Definitions) -> None:
    for product in example.products.values():
        assert bool(product.activation_definition) == (product.kind == "product"), product.id


def test_every_feature_has_an_event(example: Definitions) -> None:
    used = {event_type.feature for event_type in example.event_types.values()}
    for feature in example.products.values():
        if feature.kind != "product":
            children = {p.id for p in example.products.values() if p.parent == feature.id}
            assert used & {feature.id, *children}, feature.id


def test_everything_has_an_owner(example: Definitions) -> None:
    for event_type in example.event_types.values():
        product = example.products.get(event_type.product or "")
        assert event_type.is_built_in or event_type.owner or (product and product.owner)


def test_activation_events_are_marked(example: Definitions) -> None:
    steps = {
        name
        for product in example.products.values()
        for path in product.activation_definition
        for name in path.events
    }
    marked = {name for name, kind in example.event_types.items() if kind.is_activation}
    assert marked == steps


def test_it_compiles(example: Definitions, warehouse: Warehouse) -> None:
    with warehouse.transaction() as connection:
        assert compile_definitions(connection, example) == 1
        count = "select count(*) from ref.event_types"
        assert connection.execute(count).fetchone() == (len(example.event_types),)
