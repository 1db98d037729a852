"""YAML files read so that every value knows its line.

Stricter than YAML: no anchors or aliases, no key twice, text keys only, a limit on size and depth.
"""

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from difflib import get_close_matches
from pathlib import Path
from typing import Any, TypeVar, get_args

import yaml
from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails
from yaml._yaml import CParser

from monstera.definitions.problems import DefinitionError, Problem

BUILT_IN = Path(__file__).parent / "built_in"
MAX_BYTES = 1_000_000
MAX_DEPTH = 32
MAX_SHOWN = 80

Key = str | int
FieldPath = tuple[Key, ...]
Model = TypeVar("Model", bound=BaseModel)

EXPECTED = {
    "model_type": "a mapping",
    "model_attributes_type": "a mapping",
    "dict_type": "a mapping",
    "tuple_type": "a list",
    "list_type": "a list",
    "string_type": "text",
    "int_type": "a whole number",
    "bool_type": "true or false",
    "decimal_type": "a number",
    "is_instance_of": "a number",
    "too_short": "at least one item",
    "float_type": "a number",
    "date_type": "a date",
}


@dataclass(frozen=True)
class Declared:
    """A value of a definition file that knows where it and all its parts stand.

    `content` is plain Python data; `file` is relative to the definitions folder.
    """

    file: str
    content: Any
    path: FieldPath = ()
    lines: Mapping[FieldPath, int] = field(default_factory=dict, repr=False, compare=False)

    @property
    def line(self) -> int:
        """Line on which it begins, from 1."""
        return self.line_of()

    @property
    def id(self) -> str | None:
        """What its `id` or `event_type` says, where that is text."""
        if isinstance(self.content, Mapping):
            for key in ("id", "event_type"):
                if isinstance(name := self.content.get(key), str):
                    return name
        return None

    def line_of(self, *field_path: Key) -> int:
        """Line of one of its fields, or of the nearest thing around it that is there."""
        path = (*self.path, *field_path)
        while path not in self.lines and path:
            path = path[:-1]
        return self.lines.get(path, 0)

    def entries(self) -> Iterator["Declared"]:
        """The entries of a list."""
        for number, content in enumerate(self.content):
            yield Declared(self.file, content, (*self.path, number), self.lines)

    def with_content(self, content: Any) -> "Declared":
        """The same place, holding something else."""
        return replace(self, content=content)

    def problem(self, message: str, *field_path: Key) -> Problem:
        """A problem with one of its fields, or with all of it."""
        return Problem(self.file, self.line_of(*field_path), self._name(field_path), message)

    def parse(self, model: type[Model]) -> Model:
        """Its content as a model.

        Raises:
            DefinitionError: with every field that is not as the model wants it.
        """
        try:
            return model.model_validate(self.content)
        except ValidationError as error:
            details: dict[FieldPath, list[ErrorDetails]] = {}
            for detail in error.errors(include_url=False):
                details.setdefault(_path_of(detail, self.content), []).append(detail)
            raise DefinitionError(
                self.problem(_message(model, at_path), *path) for path, at_path in details.items()
            ) from None

    def _name(self, field_path: FieldPath) -> str:
        parts = [self.id] if self.id else [f"[{key}]" for key in self.path]
        text = "".join(str(part) for part in parts)
        for key in field_path:
            text += f"[{key}]" if isinstance(key, int) else f".{key}" if text else key
        return text


def read_file(path: Path, file: str, problems: list[Problem]) -> Declared:
    """The content of a YAML file, called `file` in messages.

    What is wrong goes to `problems`. A file that cannot be read at all holds None, as an empty one
    does; a single value that cannot be read is None.
    """
    try:
        raw = path.read_bytes()
        text = raw.decode("utf-8-sig")
    except OSError as error:
        return _unreadable(file, 0, f"cannot be read: {error.strerror}", problems)
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        return _unreadable(file, line, "expected UTF-8, found other bytes", problems)
    if len(raw) > MAX_BYTES:
        message = f"expected at most {MAX_BYTES} bytes, found {len(raw)}"
        return _unreadable(file, 0, message, problems)
    try:
        return _Reader(file, text, problems).read()
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 0
        return _unreadable(file, line, f"not valid YAML: {error.problem}", problems)
    except yaml.reader.ReaderError as error:
        line = text.count("\n", 0, error.position) + 1
        return _unreadable(file, line, f"not valid YAML: {error.reason}", problems)


def read_built_in(name: str) -> Declared:
    """The content of one of the files that come with the package."""
    problems: list[Problem] = []
    declared = read_file(BUILT_IN / f"{name}.yaml", f"built_in/{name}.yaml", problems)
    if problems:
        raise DefinitionError(problems)
    return declared


class _Loader(
    yaml.composer.Composer,
    CParser,
    yaml.constructor.SafeConstructor,
    yaml.resolver.Resolver,
):
    """The safe loader on libyaml, without anchors and aliases and with a limit on depth."""

    depth = 0

    def __init__(self, text: str) -> None:
        CParser.__init__(self, text)
        yaml.composer.Composer.__init__(self)
        yaml.constructor.SafeConstructor.__init__(self)
        yaml.resolver.Resolver.__init__(self)

    def compose_node(self, parent: yaml.Node | None, index: Any) -> yaml.Node | None:
        event: Any = self.peek_event()
        if getattr(event, "anchor", None) is not None:
            raise yaml.composer.ComposerError(
                None, None, "anchors and aliases are not allowed; write the value out",
                event.start_mark,
            )  # fmt: skip
        if self.depth == MAX_DEPTH:
            raise yaml.composer.ComposerError(
                None, None, f"nested deeper than {MAX_DEPTH} levels", event.start_mark
            )
        self.depth += 1
        try:
            return super().compose_node(parent, index)
        finally:
            self.depth -= 1


class _Reader:
    """One file on its way from nodes to plain data."""

    def __init__(self, file: str, text: str, problems: list[Problem]):
        self.file = file
        self.loader = _Loader(text)
        self.lines: dict[FieldPath, int] = {}
        self.problems = problems

    def read(self) -> Declared:
        node = self.loader.get_single_node()
        content = None if node is None else self._value(node, ())
        return Declared(self.file, content, (), self.lines)

    def _value(self, node: yaml.Node, path: FieldPath) -> Any:
        self.lines.setdefault(path, node.start_mark.line + 1)
        if isinstance(node, yaml.MappingNode):
            return self._mapping(node, path)
        if isinstance(node, yaml.SequenceNode):
            return [self._value(item, (*path, number)) for number, item in enumerate(node.value)]
        try:
            value = self.loader.construct_object(node)
        except ValueError:  # 2026-02-30 looks like a date
            self._report(node, path, f"not a valid value: {_shown(node.value)}")
            return None
        if message := _unstorable(value):
            self._report(node, path, message)
            return None
        return value

    def _mapping(self, node: yaml.MappingNode, path: FieldPath) -> dict[str, Any]:
        content: dict[str, Any] = {}
        for key_node, value_node in node.value:
            key = key_node.value
            if not isinstance(key_node, yaml.ScalarNode):
                self._report(key_node, path, "expected text as key, found a list or mapping")
            elif key in content:
                first = self.lines[(*path, key)]
                self._report(key_node, (*path, key), f"this key is already on line {first}")
            else:
                self.lines[(*path, key)] = key_node.start_mark.line + 1
                content[key] = self._value(value_node, (*path, key))
        return content

    def _report(self, node: yaml.Node, path: FieldPath, message: str) -> None:
        name = Declared(self.file, None)._name(path)
        self.problems.append(Problem(self.file, node.start_mark.line + 1, name, message))


def _unstorable(value: Any) -> str | None:
    """Why a value cannot be stored as JSON; None: it can."""
    if isinstance(value, str) and "\0" in value:
        return "expected text without NUL"
    if isinstance(value, float) and not math.isfinite(value):
        return f"expected a finite number, found {value}"
    if isinstance(value, bytes):
        return "expected text, found bytes"
    return None


def _unreadable(file: str, line: int, message: str, problems: list[Problem]) -> Declared:
    problems.append(Problem(file, line, "", message))
    return Declared(file, None)


def _path_of(error: ErrorDetails, content: Any) -> FieldPath:
    """Where an error is in the data; pydantic's location also names members of unions."""
    path: list[Key] = []
    for key in error["loc"]:
        if isinstance(content, Mapping):
            is_there = key in content or (error["type"] == "missing" and key == error["loc"][-1])
        else:
            is_there = isinstance(content, list) and isinstance(key, int)
        if is_there:
            path.append(key)
            content = content.get(key) if isinstance(content, Mapping) else content[int(key)]
    return tuple(path)


def _message(model: type[BaseModel], errors: list[ErrorDetails]) -> str:
    """What is wrong in one place; several errors are what each member of a union wants."""
    error = errors[0]
    match error["type"]:
        case "missing":
            return "this key is required"
        case "extra_forbidden":
            return _unknown_key(model, error["loc"])
        case "value_error":
            return str(error["ctx"]["error"])
        case "union_tag_not_found":
            return f"the key {error['ctx']['discriminator']} is required"
        case "union_tag_invalid":
            context = error["ctx"]
            names = f"{context['discriminator']} to be one of {context['expected_tags']}"
            return f"expected {names}, found {context['tag']!r}"
    expected = " or ".join(dict.fromkeys(map(_expected, errors)))
    return f"expected {expected}, found {_shown(error['input'])}"


def _expected(error: ErrorDetails) -> str:
    return EXPECTED.get(error["type"]) or error["msg"].removeprefix("Input should be ")


def _unknown_key(model: type[BaseModel], location: FieldPath) -> str:
    key = str(location[-1])
    fields = _model_at(model, location[:-1]).model_fields
    known = sorted(info.alias or name for name, info in fields.items())
    close = get_close_matches(key, known, n=1)
    hint = f"did you mean {close[0]}?" if close else f"known keys: {', '.join(known)}"
    return f"unknown key; {hint}"


def _model_at(model: type[BaseModel], location: FieldPath) -> type[BaseModel]:
    """The model that describes the part of a model's data at a location of pydantic."""
    candidates = [model]
    for key in location:
        field_info = candidates[0].model_fields.get(str(key))
        if field_info is not None:
            candidates = _models_in(field_info.annotation) or candidates
        else:
            candidates = [each for each in candidates if _is_tagged(each, key)] or candidates
    return candidates[0]


def _models_in(annotation: Any) -> list[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return [annotation]
    return [model for part in get_args(annotation) for model in _models_in(part)]


def _is_tagged(model: type[BaseModel], tag: Key) -> bool:
    """Whether a model is the member of a union that a tag stands for."""
    return any(tag in get_args(info.annotation) for info in model.model_fields.values())


def _shown(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= MAX_SHOWN else f"{text[: MAX_SHOWN - 1]}…"
