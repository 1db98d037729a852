"""`feeds/*.yaml`: what is delivered beside events."""

from typing import Any

from pydantic import Field, model_validator

from monstera.definitions.events import AnyFieldType, names_an_id
from monstera.definitions.model import Definition, Extensible, Name, Names, Text


class Column(Definition):
    """A column of a feed; `pseudonym`: its value is an id and stored as its token."""

    type: AnyFieldType
    required: bool = False
    pseudonym: bool = False
    description: Text | None = None


class Feed(Extensible):
    """An entry of `feeds/*.yaml`: a folder of the landing zone that becomes a table.

    `key` names the columns that identify a row. A column that is called an id of a user, account
    or visitor is a pseudonym unless it says otherwise. With `success_marker`, a day's files are
    taken up once `_SUCCESS` lies beside them. With `display_names`, the accounts' names are kept,
    apart.
    """

    id: Name
    key: Names = ()
    columns: dict[Name, Column] = Field(default_factory=dict)
    success_marker: bool = False
    display_names: bool = False
    owner: Text | None = None
    description: Text | None = None

    @model_validator(mode="before")
    @classmethod
    def _ids_are_pseudonyms(cls, data: Any) -> Any:
        columns = data.get("columns") if isinstance(data, dict) else None
        if not isinstance(columns, dict):
            return data
        return {
            **data,
            "columns": {
                name: {"pseudonym": True, **column}
                if isinstance(column, dict) and names_an_id(str(name))
                else column
                for name, column in columns.items()
            },
        }
