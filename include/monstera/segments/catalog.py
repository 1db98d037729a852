"""What every segment means, from its declaration, for the documentation and the command line."""

from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined

from monstera.definitions import Definitions
from monstera.definitions.segment_tables import rule
from monstera.definitions.segments import DIMENSIONS, MEMBERSHIPS, texts


def as_records(definitions: Definitions) -> list[dict[str, Any]]:
    """Every value of a dimension, segment by state and composite: what it says, whose it is.

    Empty where no segment is declared.
    """
    segments = definitions.segments
    if not segments.is_declared:
        return []
    return [
        {
            "dimension": dimension,
            "value": value.value,
            "owner": segments.of(dimension).owner,
            "definition": value.definition,
        }
        for dimension in (*DIMENSIONS, MEMBERSHIPS)
        for value in segments.values(dimension)
    ] + [
        {
            "dimension": "composite_segment",
            "value": composite.id,
            "owner": composite.owner,
            "definition": rule(composite),
        }
        for composite in segments.in_order
    ]


def as_markdown(definitions: Definitions) -> str:
    """The content of docs/segments.md."""
    segments = definitions.segments
    environment = Environment(
        loader=PackageLoader("monstera.segments"),
        trim_blocks=True,
        undefined=StrictUndefined,
        keep_trailing_newline=True,
        autoescape=False,
    )
    return environment.get_template("segments.md.j2").render(
        dimensions=[
            {
                "id": dimension,
                "name": texts()[dimension]["name"],
                "description": segments.description(dimension),
                "owner": segments.of(dimension).owner,
                "values": list(segments.values(dimension)),
            }
            for dimension in (*DIMENSIONS, MEMBERSHIPS)
        ],
        composites=[{**c.model_dump(), "rule": rule(c)} for c in segments.in_order],
    )
