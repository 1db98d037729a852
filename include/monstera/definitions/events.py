"""`events/*.yaml`: event types, their metadata, and when an event qualifies."""

import re
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BeforeValidator, Field, model_validator

from monstera.definitions.model import (
    Definition,
    Extensible,
    Name,
    Names,
    OneOrMore,
    Text,
    Texts,
    not_empty,
)

ALWAYS_ALLOWED_METADATA = ("product_id", "project_id", "account_id", "feature_id")
"""Ids that every event may carry in its metadata, declared or not."""

_ID_NAME = re.compile(
    r"(.+_)?(user|account|visitor)_ids?|(.*U|u)serIds?|(.*A|a)ccountIds?|(.*V|v)isitorIds?"
)


def names_an_id(name: str) -> bool:
    """Whether a key or column so called holds ids of people or accounts, in whatever place."""
    return _ID_NAME.fullmatch(name) is not None


FieldType = Literal[
    "string", "integer", "number", "boolean", "timestamp", "date", "array", "object"
]
FIELD_TYPE_SYNONYMS = {
    "str": "string",
    "text": "string",
    "int": "integer",
    "float": "number",
    "decimal": "number",
    "numeric": "number",
    "bool": "boolean",
    "datetime": "timestamp",
    "list": "array",
    "dict": "object",
}


def _canonical_type(name: Any) -> Any:
    return FIELD_TYPE_SYNONYMS.get(name, name) if isinstance(name, str) else name


AnyFieldType = Annotated[FieldType, BeforeValidator(_canonical_type)]


class MetadataField(Definition):
    """A metadata key that may be stored; `pseudonym`: its value is an id and stored as its token.

    `since` is the schema version that brought it.
    """

    type: AnyFieldType
    required: bool = False
    pseudonym: bool = False
    since: OneOrMore = 1
    description: Text | None = None


Operator = Literal["=", "!=", ">", ">=", "<", "<="]
CONDITION = re.compile(r"\s*(?P<key>\w+)\s*(?P<operator>==|!=|>=|<=|=|>|<)\s*(?P<value>\S.*?)\s*")


class QualifiesWhen(Definition):
    """A comparison with one metadata key, written `duration_seconds > 300`."""

    key: Text
    operator: Operator
    value: bool | int | float | str

    @model_validator(mode="before")
    @classmethod
    def _from_text(cls, data: Any) -> Any:
        if not isinstance(data, str):
            return data
        match = CONDITION.fullmatch(data)
        if match is None:
            raise ValueError(
                f"expected a comparison such as duration_seconds > 300, found {data!r}"
            )
        parts = match.groupdict()
        operator = "=" if parts["operator"] == "==" else parts["operator"]
        return {"key": parts["key"], "operator": operator, "value": _literal(parts["value"])}


def _literal(text: str) -> bool | int | float | str:
    if text in {"true", "false"}:
        return text == "true"
    for number in (int, float):
        try:
            return number(text)
        except ValueError:
            continue
    return text[1:-1] if len(text) > 1 and text[0] == text[-1] and text[0] in "'\"" else text


Category = Literal[
    "adoption", "core_action", "engagement", "outcome", "abandonment",
    "lifecycle", "billing", "system",
]  # fmt: skip


class EventType(Extensible):
    """An entry of `events/*.yaml`, or a built-in event type.

    `product` None: an event takes its product from `metadata.product_id`, or has none.
    """

    event_type: Name
    is_qualifying: bool
    product: Name | None = None
    feature: Name | None = None
    category: Category
    is_activation: bool = False
    is_unique: bool = False
    passive: bool = False
    qualifies_when: QualifiesWhen | None = None
    depends_on: Names = ()
    metadata: dict[Text, MetadataField] = Field(default_factory=dict)
    schema_versions: Annotated[
        tuple[OneOrMore, ...], Field(strict=False), AfterValidator(not_empty)
    ] = (1,)
    aliases: Texts = ()
    owner: Text | None = None
    status: Literal["planned", "live", "retired"] = "live"
    description: Text | None = None

    @model_validator(mode="before")
    @classmethod
    def _default_category(cls, data: Any) -> Any:
        if not isinstance(data, dict) or data.get("category") is not None:
            return data
        return {**data, "category": "core_action" if data.get("is_qualifying") else "engagement"}
