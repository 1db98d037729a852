"""What a workflow may declare: an entry of `workflows/*.yaml`."""

from collections.abc import Iterator
from typing import Annotated, Self

from pydantic import Field, model_validator

from monstera.definitions.model import Definition, Name, Names, OneDayOrMore, Text


class Workflow(Definition):
    """Event types in an order by which users reach something, in one product or across several.

    A run begins with an event of the type `start`. It is completed by the type `completion`, once
    events of all `steps` have happened in their order, at most `window_days` days after its start.
    It is abandoned by an event of one of the types `abandonment`, or when the window has passed.
    A user is in one run of a workflow at a time: a start on the way belongs to the run under way.

    Attributes:
        steps: what happens between the start and the completion; a type may come twice.
        products: where it takes place; by default the products of its event types.
    """

    id: Name
    name: Text
    start: Name
    steps: Annotated[tuple[Name, ...], Field(strict=False)] = ()
    completion: Name
    window_days: OneDayOrMore = 30
    abandonment: Names = ()
    products: Names = ()
    owner: Text | None = None
    description: Text | None = None

    @model_validator(mode="after")
    def _abandonment_apart(self) -> Self:
        both = sorted({*self.sequence} & {*self.abandonment})
        if both:
            raise ValueError(f"expected {both[0]} on the way or as abandonment, found it as both")
        return self

    @property
    def sequence(self) -> tuple[str, ...]:
        """The event types of a completed run, in their order."""
        return (self.start, *self.steps, self.completion)

    def named_events(self) -> Iterator[tuple[tuple[str | int, ...], str]]:
        """Every event type that it names, and the key it stands under."""
        yield ("start",), self.start
        yield from ((("steps", number), name) for number, name in enumerate(self.steps))
        yield ("completion",), self.completion
        yield from ((("abandonment", number), name) for number, name in enumerate(self.abandonment))
