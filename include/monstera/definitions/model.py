"""The words that all definitions are written in.

Unknown keys are errors, `key:` without a value means that the key is absent, and nothing is
converted silently: `"30"` is not 30.
"""

import re
from decimal import Decimal
from typing import Annotated, Any, Self, TypeVar

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PrivateAttr,
    model_validator,
)

Item = TypeVar("Item")

SNAKE_CASE = re.compile(r"[a-z][a-z0-9]*(_[a-z0-9]+)*")
PLATFORM = "platform"
MAX_DAYS = 36_500
MAX_COUNT = 1_000_000_000


def _snake_case(name: str) -> str:
    if not SNAKE_CASE.fullmatch(name):
        raise ValueError(f"expected a snake_case name such as video_created, found {name!r}")
    return name


def _not_blank(text: str) -> str:
    if not text.strip():
        raise ValueError(f"expected text that is not empty, found {text!r}")
    return text


def _decimal(value: Any) -> Any:
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return Decimal(str(value)) if is_number else value


def not_empty(items: tuple[Item, ...]) -> tuple[Item, ...]:
    """Raises ValueError where nothing is listed."""
    if not items:
        raise ValueError("expected at least one, found none")
    return items


def _without_repetition(names: tuple[str, ...]) -> tuple[str, ...]:
    repeated = sorted({name for name in names if names.count(name) > 1})
    if repeated:
        raise ValueError(f"expected each name once, found {', '.join(repeated)} twice")
    return names


Name = Annotated[str, AfterValidator(_snake_case)]
Text = Annotated[str, AfterValidator(_not_blank)]
Names = Annotated[tuple[Name, ...], Field(strict=False), AfterValidator(_without_repetition)]
Texts = Annotated[tuple[Text, ...], Field(strict=False), AfterValidator(_without_repetition)]
Days = Annotated[int, Field(ge=0, le=MAX_DAYS)]
OneDayOrMore = Annotated[int, Field(ge=1, le=MAX_DAYS)]
Count = Annotated[int, Field(ge=0, le=MAX_COUNT)]
OneOrMore = Annotated[int, Field(ge=1, le=MAX_COUNT)]
Number = Annotated[Decimal, BeforeValidator(_decimal), Field(allow_inf_nan=False)]
Share = Annotated[Number, Field(ge=0, le=1)]


class Definition(BaseModel):
    """What all definitions have in common."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    @model_validator(mode="before")
    @classmethod
    def _empty_is_absent(cls, data: Any) -> Any:
        if not isinstance(data, dict):
            return data
        return {key: value for key, value in data.items() if value is not None}


class Extensible(Definition):
    """A definition of a kind of which some are built in."""

    _is_built_in: bool = PrivateAttr(default=False)

    @property
    def is_built_in(self) -> bool:
        """Whether it is there whatever the folder holds."""
        return self._is_built_in

    def as_built_in(self) -> Self:
        """The same, marked as built in."""
        copy = self.model_copy()
        copy._is_built_in = True
        return copy
