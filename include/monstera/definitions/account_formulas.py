"""How metrics of accounts are computed: their kinds of formulas and the parameters of each."""

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from monstera.definitions.model import Definition, Names, Number


class AccountCount(Definition):
    """Accounts at the end of the day, of all states but `deleted` where none is named.

    `of` their number, their monthly recurring `revenue` in the reporting currency, or the mean of
    their `health`. `is_active`: with an active seat in the window; `health_below`: of those whose
    health is known.
    """

    kind: Literal["account_count"]
    of: Literal["accounts", "revenue", "health"] = "accounts"
    states: Names = ()
    is_paying: bool | None = None
    is_dunning: bool | None = None
    is_active: bool | None = None
    health_below: Number | None = None


class AccountFlow(Definition):
    """Accounts that made one of the transitions in the period, as for users; or their `share` of
    all `members`, or the days that they had been in the state they left.
    """

    kind: Literal["account_flow"]
    from_: Annotated[Names, Field(alias="from")] = ()
    to: Names = ()
    members: Names = ()
    statistic: Literal["accounts", "share", "mean_days", "median_days"] = "accounts"

    @model_validator(mode="after")
    def _share_of_members(self) -> Self:
        if self.statistic == "share" and not self.members:
            raise ValueError("a share needs members: the states that it is a share of")
        return self


class AccountRevenue(Definition):
    """Recurring revenue over the period: the share of what accounts paid at its start that is
    retained, expanded, contracted or churned by its end, and of the accounts themselves
    (`logo_churn`, `logo_retention`), with `states` of those in one of them at the start; or what
    the movements named `gained` or `lost`.
    """

    kind: Literal["account_revenue"]
    measure: Literal[
        "net_retention", "gross_retention", "logo_churn", "logo_retention", "expansion",
        "contraction", "churn", "gained", "lost",
    ]  # fmt: skip
    states: Names = ()
    movements: Annotated[
        tuple[Literal["new", "reactivation", "expansion", "contraction", "churn", "fx"], ...],
        Field(strict=False),
    ] = ()

    @model_validator(mode="after")
    def _movements_where_they_count(self) -> Self:
        if (self.measure in {"gained", "lost"}) != bool(self.movements):
            raise ValueError("expected movements for gained and lost, and for nothing else")
        return self
