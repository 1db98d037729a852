"""Metadata of events: a value for every declared field, by its type or by what it names."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from monstera.definitions import EventType
from monstera.generate.calendar import Milliseconds, text
from monstera.generate.catalog import Indexes
from monstera.generate.people import Population

MILLISECONDS_A_DAY = 86_400_000
SHARE_TRUE = {"failed": 0.02}
"""Outcomes that are marked as failed are few."""
OPTIONAL_SHARE = 0.8
"""Share of the events of a user that carry an optional field."""


@dataclass(frozen=True)
class Rows:
    """The events of one type that metadata is wanted for."""

    user: Indexes
    product: list[str | None]
    occurred_at: Milliseconds


class MetadataSource:
    """Draws metadata that satisfies the definitions."""

    def __init__(self, random: np.random.Generator, people: Population) -> None:
        self._random = random
        self._people = people

    def draw(self, kind: EventType, rows: Rows) -> list[dict[str, Any]]:
        """One dictionary for each row, with every required field and most optional ones."""
        account = self._people.account[rows.user]
        found: list[dict[str, Any]] = [
            {"account_id": account_id(number)} for number in account.tolist()
        ]
        for row, product in zip(found, rows.product, strict=True):
            if product is not None:
                row["product_id"] = product
        for key, declared in kind.metadata.items():
            if key in {"account_id", "product_id"}:
                continue
            present = np.ones(len(found), dtype=bool)
            if not declared.required:
                present = self._random.random(len(found)) < OPTIONAL_SHARE
            values = self._values(kind, key, declared.type, rows, account)
            for row, value, given in zip(found, values, present.tolist(), strict=True):
                if given:
                    row[key] = value
        return found

    def _values(
        self, kind: EventType, key: str, type_: str, rows: Rows, account: Indexes
    ) -> list[Any]:
        count = len(rows.user)
        condition = kind.qualifies_when
        if condition is not None and condition.key == key:
            return self._around(condition.value, count)
        if key.endswith("user_id"):
            return [user_id(number) for number in self._colleagues(rows.user).tolist()]
        if key.endswith("_id"):
            return self._things(key.removesuffix("_id"), rows, account)
        if type_ in {"timestamp", "date"}:
            length = len("YYYY-MM-DD") if type_ == "date" else None
            return [moment[:length] for moment in text(rows.occurred_at)]
        return self._plain(key, type_, count)

    def _things(self, name: str, rows: Rows, account: Indexes) -> list[str]:
        """Ids of what users work on: one thing of a kind all day, in a project of the account."""
        days = rows.occurred_at // MILLISECONDS_A_DAY
        if name == "project":
            numbers = zip(account.tolist(), ((rows.user + days) % 4).tolist(), strict=True)
            return [f"project_{owner}_{number}" for owner, number in numbers]
        numbers = zip(rows.user.tolist(), days.tolist(), strict=True)
        return [f"{name}_{user}_{day}" for user, day in numbers]

    def _plain(self, key: str, type_: str, count: int) -> list[Any]:
        """Values that only have to be of their type."""
        random = self._random
        drawn: npt.NDArray[Any]
        if type_ in {"integer", "number", "boolean"}:
            if type_ == "integer":
                drawn = random.geometric(0.02, size=count)
            elif type_ == "number":
                drawn = random.lognormal(3.0, 1.0, size=count).round(2)
            else:
                drawn = random.random(count) < SHARE_TRUE.get(key, 0.7)
            return list(drawn.tolist())
        options = (random.random(count) ** 2 * 5).astype(int).tolist()
        words = [f"{key}_{chr(ord('a') + option)}" for option in options]
        wrap: dict[str, Callable[[str], Any]] = {
            "array": lambda word: [word],
            "object": lambda word: {"value": word},
        }
        return [wrap[type_](word) for word in words] if type_ in wrap else words

    def _around(self, value: Any, count: int) -> list[Any]:
        """Values of which some satisfy a comparison with `value` and some do not."""
        hits = self._random.random(count) < 0.6
        if isinstance(value, bool):
            return list(hits.tolist())
        if isinstance(value, int | float):
            drawn = self._random.exponential(max(1.0, float(value)) * 1.5, size=count)
            whole = isinstance(value, int)
            return list((drawn.astype(np.int64) if whole else drawn.round(2)).tolist())
        return [value if hit else f"not_{value}" for hit in hits]

    def _colleagues(self, users: Indexes) -> Indexes:
        """Someone of the same account who signed up near each user, or the user alone."""
        near = users - self._random.integers(0, 30, size=len(users))
        near = np.maximum(near, 0)
        same = self._people.account[near] == self._people.account[users]
        founder = self._people.founders[self._people.account[users]]
        return np.where(same, near, founder)


def user_id(number: int) -> str:
    """The id of a user as the company's systems send it."""
    return f"u_{number:07d}"


def account_id(number: int) -> str:
    """The id of an account as the company's systems send it."""
    return f"a_{number:06d}"
