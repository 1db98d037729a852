"""What `segments/*.yaml` may declare: thresholds of the dimensions, and composite segments."""

from collections.abc import Iterator
from decimal import Decimal
from functools import cache
from typing import Annotated, Any, Literal, Self, get_args

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from monstera.definitions.model import (
    Days,
    Definition,
    Name,
    Names,
    OneDayOrMore,
    OneOrMore,
    Share,
    Text,
    Texts,
    not_empty,
)
from monstera.definitions.reader import read_built_in

DimensionId = Literal[
    "engagement_intensity", "value_realization", "product_breadth", "journey_stage",
    "feature_adoption", "collaboration_type", "temporal_pattern",
]  # fmt: skip
DIMENSIONS: tuple[str, ...] = get_args(DimensionId)
MEMBERSHIPS = "memberships"
COMPOSITE = "composite_segment"
NO_COMPOSITE = "none"


class Thresholds(Definition):
    """What the entries of dimensions have in common."""

    id: Name
    owner: Text | None = None

    def limits(self) -> dict[str, Any]:
        """Its thresholds by name."""
        return self.model_dump(exclude={"id", "owner", "people"})


class EngagementIntensity(Thresholds):
    """How much somebody does, against before and in depth."""

    drop_share: Share = Decimal("0.5")
    drop_minimum_events: OneDayOrMore = 4
    drop_minimum_products: OneDayOrMore = 2
    silent_from_days: OneDayOrMore = 15
    silent_to_days: Annotated[int, Field(ge=1, le=89)] = 30
    power_events: OneDayOrMore = 22
    power_products: OneDayOrMore = 3
    power_features: OneDayOrMore = 5
    power_active_days: Annotated[int, Field(ge=1, le=30)] = 20
    regular_weeks: Annotated[int, Field(ge=1, le=12)] = 4


class ValueRealization(Thresholds):
    """How much of what they begin people bring to its end."""

    high_share: Share = Decimal("0.7")
    high_days: Days = 90
    moderate_share: Share = Decimal("0.3")


class ProductBreadth(Thresholds):
    """Over how many products the use spreads."""

    platform_power_products: OneDayOrMore = 4
    multi_products: OneDayOrMore = 2
    explorer_products: OneDayOrMore = 3


class JourneyStage(Thresholds):
    """How long somebody is there."""

    reactivation_days: Annotated[int, Field(ge=0, le=89)] = 30
    onboarding_days: Days = 30
    adoption_days: Days = 90
    retention_days: Days = 365
    critical_activation_days: Days = 7
    habit_formation_days: Days = 14
    early_retention_days: Days = 30
    habit_reinforcement_days: Days = 60
    retention_milestone_days: Days = 90
    early_mature_days: Days = 180
    stable_mature_days: Days = 365
    established_days: Days = 1095


class FeatureAdoption(Thresholds):
    """Which features somebody uses."""

    completionist_share: Share = Decimal("0.8")
    abandoner_days: Days = 2


class People(Definition):
    """An event type by which users reach other people: `key` of its metadata names them."""

    event: Name
    key: Text
    is_invitation: bool = False


class CollaborationType(Thresholds):
    """With how many people somebody works."""

    team_leader_people: OneDayOrMore = 6
    people: Annotated[tuple[People, ...], Field(strict=False)] = ()


class TemporalPattern(Thresholds):
    """In which rhythm somebody comes."""

    daily_share: Share = Decimal("0.6")
    weekly_share: Share = Decimal("0.75")
    seasonal_silent_days: OneDayOrMore = 60


class Memberships(Thresholds):
    """Thresholds of the segments by state."""

    highly_engaged_events: OneDayOrMore = 22
    lost_days: Annotated[int, Field(ge=1, le=90)] = 90
    high_value_share: Share = Decimal("0.2")
    low_value_share: Share = Decimal("0.4")
    successful_days: Days = 7
    struggling_days: Days = 15
    chronic_reactivations: OneDayOrMore = 2
    stable_days: Annotated[int, Field(ge=1, le=90)] = 90


MODELS: dict[str, type[Thresholds]] = {
    "engagement_intensity": EngagementIntensity,
    "value_realization": ValueRealization,
    "product_breadth": ProductBreadth,
    "journey_stage": JourneyStage,
    "feature_adoption": FeatureAdoption,
    "collaboration_type": CollaborationType,
    "temporal_pattern": TemporalPattern,
    MEMBERSHIPS: Memberships,
}
"""By the id of an entry: any other id is that of a composite segment."""


class Condition(Definition):
    """A value of a dimension, on the day or `days_ago`; or a range of days since signup."""

    dimension: DimensionId | None = None
    is_: Annotated[Names, Field(alias="is")] = ()
    is_not: Names = ()
    days_ago: Days = 0
    journey_days: Annotated[tuple[Days, ...], Field(strict=False)] = ()

    @model_validator(mode="after")
    def _one_thing(self) -> Self:
        if bool(self.dimension) == bool(self.journey_days):
            raise ValueError("expected either a dimension or journey_days")
        if self.dimension and bool(self.is_) == bool(self.is_not):
            raise ValueError("expected either is or is_not beside the dimension")
        if self.journey_days and (self.is_ or self.is_not or self.days_ago):
            raise ValueError("expected nothing beside journey_days")
        if self.journey_days and (
            len(self.journey_days) != 2 or self.journey_days[0] > self.journey_days[1]
        ):
            raise ValueError("expected the first and the last day, e.g. [0, 14]")
        if self.dimension:
            known = values_of(self.dimension)
            unknown = [value for value in (*self.is_, *self.is_not) if value not in known]
            if unknown:
                raise ValueError(f"expected one of {', '.join(known)}, found {unknown[0]}")
            if not self.values:
                raise ValueError(f"expected a value that is left, found is_not {', '.join(known)}")
        return self

    @property
    def values(self) -> tuple[str, ...]:
        """The values of the dimension under which it holds."""
        if self.dimension is None:
            return ()
        known = values_of(self.dimension)
        return tuple(v for v in known if v in self.is_ or (self.is_not and v not in self.is_not))

    def excludes(self, other: "Condition") -> bool:
        """Whether it never holds together with another."""
        if self.journey_days and other.journey_days:
            return (
                self.journey_days[1] < other.journey_days[0]
                or other.journey_days[1] < self.journey_days[0]
            )
        same = (self.dimension, self.days_ago) == (other.dimension, other.days_ago)
        return same and bool(self.dimension) and not {*self.values} & {*other.values}


def _not_taken(name: str) -> str:
    if name in (COMPOSITE, NO_COMPOSITE):
        raise ValueError(f"expected another id, found {name}, which has a meaning of its own")
    return name


class Composite(Definition):
    """An entry of `segments/*.yaml` that is no dimension: all conditions of `when` hold.

    Of several that a user is in, the one with the least `precedence` counts.
    """

    id: Annotated[Name, AfterValidator(_not_taken)]
    name: Text
    precedence: OneOrMore | None = None
    when: Annotated[tuple[Condition, ...], Field(strict=False), AfterValidator(not_empty)]
    definition: Text
    rationale: Text
    target_metrics: Annotated[Texts, AfterValidator(not_empty)]
    intervention: Text
    owner: Text

    def may_overlap(self, other: "Composite") -> bool:
        """Whether nothing in the two rules it out that a user is in both."""
        return not any(mine.excludes(theirs) for mine in self.when for theirs in other.when)


class Value(BaseModel):
    """A value of a dimension and what it means, with the thresholds in force."""

    model_config = ConfigDict(frozen=True)

    value: str
    definition: str


class Segments(BaseModel):
    """Everything about segments; undeclared: none are computed."""

    model_config = ConfigDict(frozen=True)

    is_declared: bool = False
    thresholds: dict[str, Thresholds] = {}
    composites: dict[str, Composite] = {}

    def of(self, dimension: str) -> Thresholds:
        """The thresholds of a dimension, or of the memberships."""
        return self.thresholds.get(dimension) or MODELS[dimension](id=dimension)

    @property
    def people(self) -> tuple[People, ...]:
        """By which events users reach other people."""
        collaboration = self.of("collaboration_type")
        return collaboration.people if isinstance(collaboration, CollaborationType) else ()

    @property
    def in_order(self) -> list[Composite]:
        """The composite segments by precedence."""
        return sorted(
            self.composites.values(), key=lambda each: (each.precedence or 10**9, each.id)
        )

    def description(self, dimension: str) -> str:
        """What a dimension is about, or the memberships."""
        text: str = texts()[dimension]["description"]
        return text.format(**self.of(dimension).limits())

    def values(self, dimension: str) -> Iterator[Value]:
        """The values of a dimension in order of precedence, or the memberships."""
        limits = self.of(dimension).limits()
        for value, text in texts()[dimension]["values"].items():
            yield Value(value=value, definition=text.format(**limits))


@cache
def texts() -> dict[str, Any]:
    """What ships about each dimension: `name`, `description`, `values` with texts, `ladder`."""
    content: dict[str, Any] = read_built_in("segments").content
    return content


def values_of(dimension: str) -> tuple[str, ...]:
    """The values of a dimension in order of precedence."""
    return tuple(texts()[dimension]["values"])
