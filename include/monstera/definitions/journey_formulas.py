"""How metrics of the way of people are computed: who gets from stage to stage, and how fast."""

from typing import Annotated, Literal, Self, get_args

from pydantic import Field, model_validator

from monstera.definitions.model import Days, Definition, Name, Names, OneDayOrMore, Text


class Stage(Definition):
    """A stage of a funnel: one of the event types, or a moment that every product has.

    That is: any event as a visitor (`visited`), the signup, any qualifying event, any step of
    activation, an outcome that did not fail (`success`), or the day on which the account that the
    user belongs to pays for the first time (`paid`) or more than before (`expanded`). With
    `after_days`, only so many days after the first stage or later.
    """

    name: Text
    event_types: Names = ()
    moment: (
        Literal["visited", "signed_up", "qualifying", "activation", "success", "paid", "expanded"]
        | None
    ) = None
    after_days: Days = 0

    @model_validator(mode="after")
    def _one_of_them(self) -> Self:
        if bool(self.event_types) == bool(self.moment):
            raise ValueError("expected either event_types or a moment")
        return self


class Funnel(Definition):
    """Share of those who reached a stage that reached the next one, in order and in time.

    Everybody who had an event of the first stage in the period counts from the first such event;
    later stages follow each other within `window_days` of it. `step` is the stage arrived at,
    counted from 2; the value belongs to the period of the first stage. With `median_minutes` it is
    the time from the stage before, of those who arrived.

    `stages_of` names another funnel's metric, whose stages and window are meant.
    """

    kind: Literal["funnel"]
    stages: Annotated[tuple[Stage, ...], Field(strict=False)] = ()
    stages_of: Name | None = None
    window_days: OneDayOrMore | None = None
    step: Annotated[int, Field(ge=2)]
    statistic: Literal["conversion", "median_minutes"] = "conversion"

    @model_validator(mode="after")
    def _stages_or_those_of_another(self) -> Self:
        if self.stages_of:
            if self.stages or self.window_days:
                raise ValueError("expected stages and window_days, or stages_of")
        elif len(self.stages) < 2 or self.window_days is None:
            raise ValueError("expected at least two stages and window_days, or stages_of")
        elif self.step > len(self.stages):
            raise ValueError(f"expected a step up to {len(self.stages)}, found {self.step}")
        return self


Moment = Literal[
    "first_visit", "signed_up", "first_access", "first_action", "activated", "first_success"
]


class TimeToValue(Definition):
    """Minutes from one moment to a later one, of users who reached the later one in the period.

    The moments are the first event as a visitor, at most 30 days before the signup, the signup, the
    first event in a product, the first qualifying event, the first step of activation and the first
    outcome that did not fail, all within 90 days of the signup.
    """

    kind: Literal["time_to_value"]
    since: Moment
    until: Moment
    statistic: Literal["mean", "median"] = "median"

    @model_validator(mode="after")
    def _in_their_order(self) -> Self:
        order = get_args(Moment)
        if order.index(self.since) >= order.index(self.until):
            raise ValueError(f"expected two moments in the order {', '.join(order)}")
        return self
