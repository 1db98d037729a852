"""A definitions folder: which files it may hold, and how they become `Definitions`."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel

from monstera.definitions.accounts import Accounts, HealthModel
from monstera.definitions.definitions import Definitions
from monstera.definitions.events import EventType
from monstera.definitions.feeds import Feed
from monstera.definitions.journey_formulas import Funnel
from monstera.definitions.lifecycle import Lifecycle
from monstera.definitions.metrics import Metric
from monstera.definitions.model import Extensible
from monstera.definitions.problems import DefinitionError, Problem
from monstera.definitions.products import Product
from monstera.definitions.reader import Declared, read_built_in, read_file
from monstera.definitions.segments import MODELS, Composite, Segments, Thresholds
from monstera.definitions.workflows import Workflow

FILES = ("lifecycle", "accounts", "routing")
"""`<name>.yaml`, each a mapping."""

FOLDERS = {
    "products": "products",
    "events": "event_types",
    "feeds": "feeds",
    "metrics": "metrics",
    "alerts": "alerts",
    "segments": "segments",
    "workflows": "workflows",
}
"""Folders of `*.yaml` files, each a list, and the section of the definitions they fill."""

FREE_IN_BUILT_IN_EVENT_TYPES = {"metadata", "aliases", "owner", "status", "description"}

Model = TypeVar("Model", bound=BaseModel)
BuiltIn = TypeVar("BuiltIn", bound=Extensible)
Sources = dict[str, dict[str, Declared]]


def read_folder(folder: Path) -> tuple[Definitions, list[Problem]]:
    """What a folder defines, and what is wrong with single entries of it.

    An entry with a problem is in `sources` but not among the definitions.

    Raises:
        DefinitionError: the folder is not there, or holds none of the files.
    """
    problems: list[Problem] = []
    sources: Sources = {name: {} for name in (*FILES, *FOLDERS.values())}
    for file, section in _files(folder, problems):
        declared = read_file(folder / file, file, problems)
        if section in FILES:
            _take_mapping(declared, section, sources, problems)
        else:
            _take_list(declared, sources[section], problems)
    accounts = _one(sources, "accounts", Accounts, problems)
    definitions = Definitions(
        lifecycle=_one(sources, "lifecycle", Lifecycle, problems),
        products=_parsed(sources["products"], Product, problems),
        event_types=_event_types(sources["event_types"], problems),
        feeds=_feeds(sources["feeds"], problems),
        accounts=accounts.model_copy(update={"health_models": _health_models(accounts)}),
        metrics=_metrics(sources["metrics"], problems),
        workflows=_parsed(sources["workflows"], Workflow, problems),
        segments=_segments(sources["segments"], problems),
        sources=sources,
    )
    return definitions, problems


def _files(folder: Path, problems: list[Problem]) -> Iterable[tuple[str, str]]:
    """The definition files of a folder and the section of each; others are problems."""
    if not folder.is_dir():
        raise DefinitionError([Problem(str(folder), 0, "", "this definitions folder is not there")])
    found: list[tuple[str, str]] = []
    for path in sorted(folder.rglob("*")):
        file = path.relative_to(folder).as_posix()
        if path.is_dir() or path.suffix.lower() not in {".yaml", ".yml"} or _is_hidden(file):
            continue
        section = _section(file)
        if section is None:
            problems.append(Problem(file, 0, "", _unknown_file(path)))
        else:
            found.append((file, section))
    if not found and not problems:
        raise DefinitionError([Problem(str(folder), 0, "", "no definition files in this folder")])
    return found


def _section(file: str) -> str | None:
    stem = file.removesuffix(".yaml")
    if stem in FILES:
        return stem
    parent, _, name = stem.rpartition("/")
    return FOLDERS.get(parent) if name and file.endswith(".yaml") else None


def _is_hidden(file: str) -> bool:
    return any(part.startswith(".") for part in file.split("/"))


def _unknown_file(path: Path) -> str:
    if path.suffix != ".yaml":
        return f"expected the ending .yaml: rename it to {path.stem}.yaml"
    files = ", ".join(f"{name}.yaml" for name in FILES)
    folders = ", ".join(f"{name}/*.yaml" for name in FOLDERS)
    return f"not a definition file; expected {files} or {folders}"


def _take_mapping(
    declared: Declared, section: str, sources: Sources, problems: list[Problem]
) -> None:
    if declared.content is None:
        return
    if isinstance(declared.content, dict):
        sources[section][section] = declared
    else:
        problems.append(declared.problem("expected a mapping of keys to values"))


def _take_list(declared: Declared, section: dict[str, Declared], problems: list[Problem]) -> None:
    if declared.content is None:
        return
    if not isinstance(declared.content, list):
        problems.append(declared.problem("expected a list: entries that begin with '- '"))
        return
    for entry in declared.entries():
        name_key = "event_type" if declared.file.startswith("events/") else "id"
        if not isinstance(entry.content, dict):
            problems.append(entry.problem("expected a mapping of keys to values"))
        elif not isinstance(entry.content.get(name_key), str):
            problems.append(entry.problem("expected a name, as text", name_key))
        elif (first := section.get(entry.content[name_key])) is not None:
            problems.append(
                entry.problem(f"already declared at {first.file}:{first.line}", name_key)
            )
        else:
            section[entry.content[name_key]] = entry


def _one(sources: Sources, section: str, model: type[Model], problems: list[Problem]) -> Model:
    declared = sources[section].get(section)
    if declared is not None:
        try:
            return declared.parse(model)
        except DefinitionError as error:
            problems += error.problems
    return model()


def _parsed(
    section: dict[str, Declared], model: type[Model], problems: list[Problem]
) -> dict[str, Model]:
    models: dict[str, Model] = {}
    for name, entry in section.items():
        try:
            models[name] = entry.parse(model)
        except DefinitionError as error:
            problems += error.problems
    return models


def _event_types(section: dict[str, Declared], problems: list[Problem]) -> dict[str, EventType]:
    built_in = {kind.event_type: kind for kind in _built_in_list("event_types", EventType)}
    own = {name: entry for name, entry in section.items() if name not in built_in}
    for name, entry in section.items():
        if name in built_in:
            try:
                built_in[name] = _extended(built_in[name], entry)
            except DefinitionError as error:
                problems += error.problems
    return built_in | _parsed(own, EventType, problems)


def _extended(built_in: EventType, entry: Declared) -> EventType:
    """A built-in event type with what a folder adds to it.

    Raises:
        DefinitionError: the folder changes it.
    """
    given = {"is_qualifying": built_in.is_qualifying, "category": built_in.category}
    own = entry.with_content({**given, **entry.content}).parse(EventType)
    allowed = "can only add optional metadata, aliases, owner, status and description"
    problems = [
        entry.problem(f"{built_in.event_type} is built in: a folder {allowed}", name)
        for name in entry.content
        if name not in FREE_IN_BUILT_IN_EVENT_TYPES
        and getattr(own, name) != getattr(built_in, name)
    ]
    for key, field in own.metadata.items():
        known = built_in.metadata.get(key, field)
        if field.required:
            message = "expected false: the event type is built in"
            problems.append(entry.problem(message, "metadata", key, "required"))
        if field.type != known.type:
            message = f"expected {known.type}, as built in, found {field.type}"
            problems.append(entry.problem(message, "metadata", key, "type"))
    if problems:
        raise DefinitionError(problems)
    return built_in.model_copy(
        update={
            "metadata": own.metadata | built_in.metadata,
            "aliases": own.aliases,
            "owner": own.owner,
            "status": own.status,
            "description": own.description or built_in.description,
        }
    )


def _feeds(section: dict[str, Declared], problems: list[Problem]) -> dict[str, Feed]:
    built_in = {feed.id: feed for feed in _built_in_list("feeds", Feed)}
    feeds = built_in | _parsed(section, Feed, problems)
    for name, declared in section.items():
        allowed = {"success_marker"} | ({"display_names"} if name == "accounts" else set())
        if name in built_in:
            for key in declared.content.keys() - {"id"} - allowed:
                only = " and ".join(sorted(allowed))
                message = f"this feed is built in: only {only} can be set"
                problems.append(declared.problem(message, key))
            update = {key: getattr(feeds[name], key) for key in allowed}
            feeds[name] = built_in[name].model_copy(update=update)
        elif "display_names" in declared.content:
            message = "only the feed accounts has display names"
            problems.append(declared.problem(message, "display_names"))
    return feeds


def _metrics(section: dict[str, Declared], problems: list[Problem]) -> dict[str, Metric]:
    """The metrics, those funnels completed that take the stages of another one."""
    declared = _parsed(section, Metric, problems)
    metrics = dict(declared)
    for name, metric in declared.items():
        formula = metric.formula
        if not isinstance(formula, Funnel) or formula.stages_of is None:
            continue
        other = declared.get(formula.stages_of)
        named = other.formula if other is not None else None
        if not isinstance(named, Funnel) or formula.step > len(named.stages):
            message = f"expected a funnel with its own {formula.step} stages or more"
            problems.append(section[name].problem(message, "formula", "stages_of"))
            del metrics[name]
            continue
        update = {"stages": named.stages, "window_days": named.window_days, "stages_of": None}
        metrics[name] = metric.model_copy(update={"formula": formula.model_copy(update=update)})
    return metrics


def _segments(section: dict[str, Declared], problems: list[Problem]) -> Segments:
    thresholds: dict[str, Thresholds] = {}
    for name in section.keys() & MODELS.keys():
        thresholds |= _parsed({name: section[name]}, MODELS[name], problems)
    composites = {name: entry for name, entry in section.items() if name not in MODELS}
    return Segments(
        is_declared=bool(section),
        thresholds=thresholds,
        composites=_parsed(composites, Composite, problems),
    )


def _built_in_list(name: str, model: type[BuiltIn]) -> list[BuiltIn]:
    return [entry.parse(model).as_built_in() for entry in read_built_in(name).entries()]


def _health_models(accounts: Accounts) -> dict[str, HealthModel]:
    """The models that ship and the folder's own, which may name their components without inputs."""
    built_in = _built_in_health_models()
    known = {name: c.inputs for model in built_in.values() for name, c in model.components.items()}
    own = {
        model_id: model.model_copy(
            update={
                "components": {
                    name: component.model_copy(
                        update={"inputs": component.inputs or known.get(name, {})}
                    )
                    for name, component in model.components.items()
                }
            }
        )
        for model_id, model in accounts.health_models.items()
    }
    return built_in | own


def _built_in_health_models() -> dict[str, HealthModel]:
    models: dict[str, Any] = read_built_in("health_models").content
    return {name: HealthModel.model_validate(content) for name, content in models.items()}
