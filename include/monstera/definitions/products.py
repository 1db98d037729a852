"""`products/*.yaml`: products, their features, and what activates them."""

from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from monstera.definitions.model import Days, Definition, Name, Names, OneDayOrMore, Text, not_empty


class StateTimeThresholds(Definition):
    """A product's own thresholds in days; those that are None are the platform's."""

    new_days: Days | None = None
    active_days: OneDayOrMore | None = None
    churn_days: OneDayOrMore | None = None


class ActivationPath(Definition):
    """Event types that must all occur within `timeframe_days` of first access."""

    events: Annotated[Names, AfterValidator(not_empty)]
    timeframe_days: Days


class Product(Definition):
    """An entry of `products/*.yaml`: a product, a feature of one, or a sub-feature of a feature."""

    id: Name
    name: Text
    kind: Literal["product", "feature", "sub_feature"] = "product"
    parent: Name | None = None
    family: Name | None = None
    tier: Text | None = None
    owner: Text | None = None
    description: Text | None = None
    is_active: bool = True
    is_advanced: bool = False
    state_time_thresholds: StateTimeThresholds = StateTimeThresholds()
    activation_definition: Annotated[tuple[ActivationPath, ...], Field(strict=False)] = ()
