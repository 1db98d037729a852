"""What changed since the version before, and what of it must not."""

from collections.abc import Iterator
from typing import Any, TypedDict

from monstera.definitions.definitions import Definitions, Document
from monstera.definitions.problems import Problem
from monstera.definitions.reader import Declared


class Change(TypedDict):
    """One field that changed; `field` is None where the whole definition came or went."""

    file: str
    id: str
    field: str | None
    old: Any
    new: Any


def changes(old: Document, new: Document) -> list[Change]:
    """What differs between two documents, section by section."""
    return [
        Change(file=_file(old, new, section, name), id=name, field=field, old=before, new=after)
        for section in new
        if section != "files"
        for name in sorted({**old.get(section, {}), **new[section]})
        for field, before, after in _differences(
            old.get(section, {}).get(name), new[section].get(name)
        )
    ]


def broken_promises(definitions: Definitions, old: Document) -> list[Problem]:
    """Changes that would give stored events another meaning.

    Schemas may only gain optional metadata and versions; ids stay, and so do the columns of feeds
    as their tables hold them.
    """
    new = definitions.document()
    return [
        *_renamed_products(definitions, old),
        *_broken_schemas(definitions, old, new),
        *_broken_feeds(definitions, old, new),
    ]


def moved_days(definitions: Definitions, old: Document) -> list[Problem]:
    """A change of the time zone, which must not be once events are stored with their day in it."""
    before = old["lifecycle"]["lifecycle"]["business_time_zone"]
    if definitions.lifecycle.business_time_zone == before:
        return []
    source = definitions.sources["lifecycle"].get("lifecycle", Declared("lifecycle.yaml", {}))
    message = (
        f"expected {before} as before: stored events carry their day in it; for another zone "
        "set up another warehouse and load the landing zone into it"
    )
    return [source.problem(message, "business_time_zone")]


def removals(definitions: Definitions, old: Document) -> list[Problem]:
    """Products and event types that are gone, with the file they stood in."""
    new = definitions.document()
    return [
        Problem(
            _file(old, new, section, name), 0, name,
            f"gone since the last version: {what}; ids are immutable, so bring it back under this "
            "id if it was renamed",
        )
        for section, what in (
            ("products", "its history is no longer computed"),
            ("event_types", "such events are quarantined from now on"),
        )
        for name in old.get(section, {}).keys() - new[section].keys()
    ]  # fmt: skip


def _file(old: Document, new: Document, section: str, name: str) -> str:
    for document in (new, old):
        if file := document.get("files", {}).get(section, {}).get(name):
            return str(file)
    return f"built_in/{section}.yaml"


def _differences(old: Any, new: Any) -> Iterator[tuple[str | None, Any, Any]]:
    if not isinstance(old, dict) or not isinstance(new, dict):
        if old != new:
            yield None, old, new
        return
    before, after = dict(_leaves(old)), dict(_leaves(new))
    for field in sorted({**before, **after}):
        if before.get(field) != after.get(field):
            yield field, before.get(field), after.get(field)


def _leaves(content: dict[str, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    for key, value in content.items():
        if isinstance(value, dict):
            yield from _leaves(value, f"{prefix}{key}.")
        else:
            yield f"{prefix}{key}", value


def _renamed_products(definitions: Definitions, old: Document) -> Iterator[Problem]:
    products = definitions.products
    gone = {
        (content["kind"], content["name"]): name
        for name, content in old.get("products", {}).items()
        if name not in products
    }
    for name, product in products.items():
        before = gone.get((product.kind, product.name))
        if before and name not in old["products"]:
            source = definitions.sources["products"][name]
            yield source.problem(
                f"expected {before}, the id that {product.name} had: ids are immutable", "id"
            )


def _broken_schemas(definitions: Definitions, old: Document, new: Document) -> Iterator[Problem]:
    sources = definitions.sources["event_types"]
    for name in old.get("event_types", {}).keys() & new["event_types"].keys():
        before, after = old["event_types"][name], new["event_types"][name]
        file = _file(old, new, "event_types", name)
        source = sources.get(name, Declared(file, {"event_type": name}))
        dropped = sorted(set(before["schema_versions"]) - set(after["schema_versions"]))
        if dropped:
            yield source.problem(
                f"expected version {dropped[0]} to stay: stored events carry it", "schema_versions"
            )
        for key in before["metadata"].keys() | after["metadata"].keys():
            message = _broken_field(before["metadata"].get(key), after["metadata"].get(key))
            if message:
                yield source.problem(message, "metadata", key)


def _broken_feeds(definitions: Definitions, old: Document, new: Document) -> Iterator[Problem]:
    sources = definitions.sources["feeds"]
    for name in old.get("feeds", {}).keys() & new["feeds"].keys() & sources.keys():
        before, after = old["feeds"][name], new["feeds"][name]
        if before["key"] != after["key"]:
            key = ", ".join(before["key"])
            yield sources[name].problem(f"expected {key} as before: {_OTHER_FEED}", "key")
        for column in before["columns"].keys() & after["columns"].keys():
            for setting in ("type", "pseudonym"):
                was, now = before["columns"][column][setting], after["columns"][column][setting]
                if was != now:
                    message = f"expected {setting} {was} as before, found {now}: {_OTHER_FEED}"
                    yield sources[name].problem(message, "columns", column)


_OTHER_FEED = "the table holds what was loaded so; declare a feed of another name"


def _broken_field(before: dict[str, Any] | None, after: dict[str, Any] | None) -> str | None:
    if after is None:
        return "gone since the last version: metadata keys stay, make a new event type instead"
    if before is None:
        return "a new metadata key must be optional" if after["required"] else None
    for setting in ("type", "required", "pseudonym"):
        if before[setting] != after[setting]:
            return f"expected {setting} {before[setting]} as before, found {after[setting]}"
    return None
