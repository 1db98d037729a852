"""What must hold between definitions (errors), and what should (warnings)."""

import re
from collections.abc import Iterator

from monstera.definitions.definitions import Definitions
from monstera.definitions.events import EventType, QualifiesWhen, names_an_id
from monstera.definitions.model import PLATFORM
from monstera.definitions.problems import Problem
from monstera.definitions.products import Product
from monstera.definitions.reader import Declared

PARENT_KIND = {"feature": "product", "sub_feature": "feature"}
EXPECTED_EVENTS = {"adoption": 1, "core_action": 3, "engagement": 1, "outcome": 1}
"""Event types that a product should have, by category."""

TITLE_CASE_WORD = re.compile(r"[^a-z]\S*|a|an|and|as|at|by|for|from|in|of|on|or|the|to|with")
TAKEN_TABLES = {
    "event_quarantine", "product_events", "user_signups", "entity_facts", "account_directory",
}  # fmt: skip
"""Tables of the schema that feeds go to, which no feed may be called."""
TAKEN_COLUMNS = {"dt", "load_id"}
MONTH_OF_EVENTS = re.compile(r"events_\d{4}_\d{2}")
ID_TYPES = {"metadata": ("string", "array"), "columns": ("string", "integer")}
"""Types that ids of people and accounts may have, by where they stand."""


def errors(definitions: Definitions) -> Iterator[Problem]:
    """Everything that makes the definitions unusable beyond single entries."""
    for product in definitions.products.values():
        yield from _product_errors(definitions, product)
    for event_type in definitions.event_types.values():
        if not event_type.is_built_in:
            yield from _event_type_errors(definitions, event_type)
    yield from _alias_errors(definitions)
    yield from _cycle_errors(definitions)
    yield from _feed_errors(definitions)
    yield from _account_errors(definitions)
    yield from _workflow_errors(definitions)


def warnings(definitions: Definitions) -> Iterator[Problem]:
    """What is usable and still not as it should be."""
    for product in definitions.products.values():
        yield from _product_warnings(definitions, product)
    for event_type in definitions.event_types.values():
        source = definitions.sources["event_types"].get(event_type.event_type)
        owned = event_type.is_built_in or event_type.owner or event_type.product
        if source is not None and not owned:
            yield source.problem("no owner, and no product whose owner it could have", "owner")
    for name, workflow in definitions.workflows.items():
        if workflow.owner is None:
            yield definitions.sources["workflows"][name].problem("no owner", "owner")
    yield from _account_warnings(definitions)


def _product_errors(definitions: Definitions, product: Product) -> Iterator[Problem]:
    source = definitions.sources["products"][product.id]
    if product.id == PLATFORM:
        yield source.problem(f"{PLATFORM} names the scope of all products: choose another", "id")
    yield from _parent_errors(definitions, product, source)
    tiers = definitions.accounts.tiers
    if product.tier and tiers and product.tier not in tiers:
        yield source.problem(f"expected one of {', '.join(tiers)}, found {product.tier}", "tier")
    if product.kind != "product":
        for key in ("state_time_thresholds", "activation_definition"):
            if source.content.get(key):
                yield source.problem(f"only products have this, and it is a {product.kind}", key)
        return
    days = definitions.thresholds(product)
    if days.active_days > days.churn_days:
        yield source.problem(
            "expected active_days <= churn_days (what is not set is the platform's), "
            f"found {days.active_days} > {days.churn_days}",
            "state_time_thresholds",
        )
    for number, path in enumerate(product.activation_definition):
        for position, name in enumerate(path.events):
            if not _is_declared(definitions, name):
                place = ("activation_definition", number, "events", position)
                yield source.problem(f"unknown event type {name}", *place)


def _parent_errors(
    definitions: Definitions, product: Product, source: Declared
) -> Iterator[Problem]:
    expected = PARENT_KIND.get(product.kind)
    if expected is None:
        if product.parent:
            yield source.problem("a product has no parent; set kind: feature?", "parent")
        return
    if product.parent is None:
        yield source.problem(f"a {product.kind} needs a {expected} as parent", "parent")
    elif product.parent not in definitions.sources["products"]:
        yield source.problem(f"unknown {expected} {product.parent}", "parent")
    elif (parent := definitions.products.get(product.parent)) and parent.kind != expected:
        yield source.problem(
            f"expected a {expected}, found the {parent.kind} {parent.id}", "parent"
        )


def _event_type_errors(definitions: Definitions, event_type: EventType) -> Iterator[Problem]:
    source = definitions.sources["event_types"][event_type.event_type]
    yield from _place_errors(definitions, event_type, source)
    if event_type.is_qualifying and event_type.passive:
        yield source.problem("a passive event type never qualifies", "is_qualifying")
    if event_type.is_qualifying and event_type.category == "system":
        yield source.problem("an event type of category system never qualifies", "is_qualifying")
    if event_type.qualifies_when:
        message = _qualifies_when_error(event_type, event_type.qualifies_when)
        if message:
            yield source.problem(message, "qualifies_when")
    versions = event_type.schema_versions
    if list(versions) != sorted(set(versions)):
        yield source.problem(f"expected rising numbers, found {list(versions)}", "schema_versions")
    for key, field in event_type.metadata.items():
        if field.since > max(versions):
            message = f"expected one of the schema_versions, found {field.since}"
            yield source.problem(message, "metadata", key, "since")
        elif field.required and field.since > min(versions):
            message = f"a field new in version {field.since} must be optional"
            yield source.problem(message, "metadata", key, "required")
    for key, field in event_type.metadata.items():
        if (field.pseudonym or names_an_id(key)) and field.type not in ID_TYPES["metadata"]:
            yield source.problem(_wrong_id(field.type, "metadata"), "metadata", key, "type")
    for position, name in enumerate(event_type.depends_on):
        if not _is_declared(definitions, name):
            yield source.problem(f"unknown event type {name}", "depends_on", position)


def _place_errors(
    definitions: Definitions, event_type: EventType, source: Declared
) -> Iterator[Problem]:
    products, declared = definitions.products, definitions.sources["products"]
    if event_type.product and event_type.product not in declared:
        yield source.problem(f"unknown product {event_type.product}", "product")
    elif (product := products.get(event_type.product or "")) and product.kind != "product":
        yield source.problem(
            f"expected a product, found the {product.kind} {product.id}: name it as feature",
            "product",
        )
    if event_type.feature is None:
        return
    if event_type.feature not in declared:
        yield source.problem(f"unknown feature {event_type.feature}", "feature")
    elif event_type.product is None:
        yield source.problem(f"name the product of the feature {event_type.feature} too", "feature")
    elif (lineage := definitions.lineage(event_type.feature)) and (
        lineage[0].kind == "product" or event_type.product not in {item.id for item in lineage}
    ):
        yield source.problem(
            f"expected a feature of the product {event_type.product}, found {event_type.feature}",
            "feature",
        )


def _qualifies_when_error(event_type: EventType, condition: QualifiesWhen) -> str | None:
    field = event_type.metadata.get(condition.key)
    if not event_type.is_qualifying:
        return "the event type does not qualify at all: set is_qualifying: true"
    if field is None:
        return f"expected one of its metadata keys, found {condition.key}"
    if field.type in {"array", "object"}:
        return f"{condition.key} is {field.type}, which cannot be compared"
    is_number = isinstance(condition.value, int | float) and not isinstance(condition.value, bool)
    fits = {
        "integer": is_number,
        "number": is_number,
        "boolean": isinstance(condition.value, bool),
    }.get(field.type, isinstance(condition.value, str))
    if not fits:
        return f"{condition.key} is {field.type}, which {condition.value!r} is not"
    if condition.operator not in {"=", "!="} and not is_number:
        return f"{condition.operator} compares numbers, and {condition.key} is {field.type}"
    return None


def _alias_errors(definitions: Definitions) -> Iterator[Problem]:
    names: dict[str, str] = {name: name for name in definitions.event_types}
    for event_type in definitions.event_types.values():
        for position, alias in enumerate(event_type.aliases):
            if alias in names:
                source = definitions.sources["event_types"][event_type.event_type]
                taken = f"{alias} already stands for {names[alias]}"
                yield source.problem(taken, "aliases", position)
            names[alias] = event_type.event_type


def _cycle_errors(definitions: Definitions) -> Iterator[Problem]:
    for name, event_type in definitions.event_types.items():
        cycle = _way_back(definitions, name)
        if cycle and name == min(cycle):  # reported once, not by each of its members
            source = definitions.sources["event_types"][event_type.event_type]
            yield source.problem(f"cycle: {' -> '.join(cycle)}", "depends_on")


def _way_back(definitions: Definitions, start: str) -> tuple[str, ...] | None:
    """The dependencies that lead from an event type to itself; None: none do."""
    ways: list[tuple[str, ...]] = [(start,)]
    seen: set[str] = set()
    for way in ways:  # grows while it is walked
        event_type = definitions.event_types.get(way[-1])
        for name in event_type.depends_on if event_type else ():
            if name == start:
                return (*way, name)
            if name not in seen:
                seen.add(name)
                ways.append((*way, name))
    return None


def _feed_errors(definitions: Definitions) -> Iterator[Problem]:
    for name, source in definitions.sources["feeds"].items():
        feed = definitions.feeds.get(name)
        if feed is None or feed.is_built_in:
            continue
        if name in TAKEN_TABLES or MONTH_OF_EVENTS.fullmatch(name):
            yield source.problem(f"{name} is a table of its own: choose another", "id")
        if not feed.key:
            yield source.problem("expected the columns that identify a row", "key")
        for position, column in enumerate(feed.key):
            if column not in feed.columns:
                yield source.problem(f"unknown column {column}", "key", position)
        for column, declared in feed.columns.items():
            if column in TAKEN_COLUMNS:
                message = f"every feed's table has a {column} of its own: choose another name"
                yield source.problem(message, "columns", column)
            if declared.pseudonym and declared.type not in ID_TYPES["columns"]:
                yield source.problem(_wrong_id(declared.type, "columns"), "columns", column, "type")


def _wrong_id(found: str, place: str) -> str:
    return (
        f"expected {' or '.join(ID_TYPES[place])}, found {found}: an id of a person or account is "
        "stored as its token"
    )


def _account_errors(definitions: Definitions) -> Iterator[Problem]:
    accounts = definitions.accounts
    source = definitions.sources["accounts"].get("accounts")
    if source is None:
        return
    if accounts.health_model not in accounts.health_models:
        known = ", ".join(accounts.health_models)
        yield source.problem(f"expected one of {known}", "health_model")
    for model_id, model in accounts.health_models.items():
        for name, component in model.components.items():
            if not component.inputs:
                message = "expected inputs, since no model that ships has a component of this name"
                yield source.problem(message, "health_models", model_id, "components", name)


def _account_warnings(definitions: Definitions) -> Iterator[Problem]:
    accounts = definitions.accounts
    rates, currency = accounts.currency_rates, accounts.reporting_currency
    if rates and currency not in rates:
        source = definitions.sources["accounts"]["accounts"]
        message = f"no rate for the reporting currency {currency}: totals count it as 1"
        yield source.problem(message, "currency_rates")


def _workflow_errors(definitions: Definitions) -> Iterator[Problem]:
    for name, workflow in definitions.workflows.items():
        source = definitions.sources["workflows"][name]
        for place, event_type in workflow.named_events():
            kind = definitions.event_types.get(event_type)
            if not _is_declared(definitions, event_type):
                yield source.problem(f"unknown event type {event_type}", *place)
            elif workflow.products and kind and kind.product not in {None, *workflow.products}:
                message = f"{event_type} belongs to {kind.product}, which products does not name"
                yield source.problem(message, *place)
        for position, product_id in enumerate(workflow.products):
            product = definitions.products.get(product_id)
            if product_id not in definitions.sources["products"]:
                yield source.problem(f"unknown product {product_id}", "products", position)
            elif product and product.kind != "product":
                message = f"expected a product, found the {product.kind} {product_id}"
                yield source.problem(message, "products", position)


def _product_warnings(definitions: Definitions, product: Product) -> Iterator[Problem]:
    source = definitions.sources["products"][product.id]
    if not all(TITLE_CASE_WORD.fullmatch(word) for word in product.name.split()):
        yield source.problem(f"expected Title Case, found {product.name}", "name")
    if not any(item.owner for item in definitions.lineage(product.id)):
        yield source.problem("no owner", "owner")
    if product.kind != "product":
        return
    own = [kind for kind in definitions.event_types.values() if kind.product == product.id]
    for category, expected in EXPECTED_EVENTS.items():
        found = sum(event_type.category == category for event_type in own)
        if found < expected:
            yield source.problem(
                f"expected at least {expected} event type{'s' * (expected > 1)} of category "
                f"{category}, found {found}"
            )
    names = {event_type.event_type: event_type for event_type in definitions.event_types.values()}
    for number, path in enumerate(product.activation_definition):
        for position, name in enumerate(path.events):
            owner = names[name].product if name in names else None
            if owner not in {None, product.id}:
                place = ("activation_definition", number, "events", position)
                yield source.problem(f"{name} belongs to {owner} and never counts here", *place)


def _is_declared(definitions: Definitions, event_type: str) -> bool:
    return event_type in definitions.event_types or event_type in definitions.sources["event_types"]
