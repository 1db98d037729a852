"""The segments of every user at the end, told by the thresholds of the definitions.

It shares no line with the warehouse: user by user, from what they did while it was made.
"""

from collections import Counter
from collections.abc import Sequence
from itertools import pairwise
from typing import Any

from monstera.definitions import Definitions
from monstera.definitions.segments import DIMENSIONS
from monstera.generate.calendar import Calendar
from monstera.generate.lines import Lines
from monstera.generate.lives import WINDOW, Life, Lives
from monstera.generate.metadata import user_id


class KnownSegments:
    """Watches the events of a company and tells the segments of its users at the end."""

    def __init__(self, definitions: Definitions, calendar: Calendar) -> None:
        self._calendar = calendar
        self._last_day = calendar.days - 1
        self._lives = Lives(definitions, self._last_day)
        self._limits: dict[str, Any] = {}
        for dimension in DIMENSIONS:
            self._limits |= definitions.segments.of(dimension).limits()
        self._offered = Counter(
            each.parent
            for each in definitions.products.values()
            if each.kind == "feature" and each.is_active
        )

    def saw(self, day: int, lines: Lines, began_on: Sequence[int]) -> None:
        """Takes in the events of a day; `began_on` is the first day of each user's life."""
        self._lives.saw(day, lines, began_on)

    def of(self, user: int, began_on: int, inviter: int, invited: set[int]) -> dict[str, Any]:
        """Days of life and of activity, and the value of each dimension.

        `inviter` is who invited the user, `invited` are those whom the user invited, as their
        profiles say; users by number.
        """
        life = self._lives.of(user, began_on)
        was_invited = inviter != user or user_id(user) in self._lives.invited
        people = life.people | {user_id(each) for each in invited}
        return {
            "journey_days": self._last_day - began_on,
            "active_days_90": len(life.used),
            "engagement_intensity": self._engagement(life),
            "value_realization": self._value(life),
            "product_breadth": self._breadth(life),
            "journey_stage": self._stage(life),
            "feature_adoption": self._adoption(life),
            "collaboration_type": self._collaboration(len(people), was_invited),
            "temporal_pattern": self._rhythm(life),
        }

    def _ages(self, life: Life) -> list[int]:
        return [self._last_day - day for day in life.used]

    def _window(self, life: Life, first: int, last: int) -> list[str | None]:
        """The products of the qualifying events of these ages."""
        used = life.used.items()
        return [p for day, each in used if first <= self._last_day - day <= last for p in each]

    def _is_active(self, life: Life) -> bool:
        return self._last_day <= life.active_until

    def _engagement(self, life: Life) -> str:
        limits, ages = self._limits, self._ages(life)
        now, before = self._window(life, 0, 29), self._window(life, 30, 59)
        products, products_before = {*now} - {None}, {*before} - {None}
        features = [day for day in life.features.values() if day > self._last_day - 30]
        silent = limits["silent_from_days"] <= min(ages, default=0) <= limits["silent_to_days"]
        drops = len(before) >= limits["drop_minimum_events"]
        drops &= len(now) <= limits["drop_share"] * len(before)
        gives_up = len(products_before) >= limits["drop_minimum_products"]
        gives_up &= bool(products_before - products)
        if self._is_active(life) and (silent or drops or gives_up):
            return "at_risk"
        if (
            len(now) >= limits["power_events"]
            and sum(age < 30 for age in ages) >= limits["power_active_days"]
            and (
                len(products) >= limits["power_products"]
                or len(features) >= limits["power_features"]
            )
        ):
            return "power"
        if {age // 7 for age in ages} >= {*range(limits["regular_weeks"])}:
            return "regular"
        return "casual" if now else "inactive"

    def _value(self, life: Life) -> str:
        limits = self._limits
        recent = [run for run in life.runs if run.began_on > self._last_day - WINDOW]
        completed = sum(run.is_complete for run in recent)
        is_settled = (
            self._last_day - min(life.active_on, default=self._last_day) >= limits["high_days"]
        )
        if completed > limits["high_share"] * len(recent) and is_settled and self._is_active(life):
            return "high"
        if recent and completed >= limits["moderate_share"] * len(recent):
            return "moderate"
        return "low" if any(run.is_complete for run in life.runs) else "none"

    def _breadth(self, life: Life) -> str:
        limits = self._limits
        active = sum(self._last_day <= until for until in life.products.values())
        if active >= limits["platform_power_products"]:
            return "platform_power"
        if active >= limits["multi_products"]:
            return "multi"
        if len(life.products) >= limits["explorer_products"]:
            return "explorer"
        return "single" if life.products else "none"

    def _stage(self, life: Life) -> str:
        limits, days = self._limits, self._last_day - life.began_on
        back = life.reactivated_on
        if back is not None and self._last_day - back <= limits["reactivation_days"]:
            return "reactivation"
        for stage in ("onboarding", "adoption", "retention"):
            if days <= limits[f"{stage}_days"]:
                return stage
        return "loyalty"

    def _adoption(self, life: Life) -> str:
        limits = self._limits
        offered = sum(self._offered[product] for product in life.products)
        if life.features and len(life.features) >= limits["completionist_share"] * offered:
            return "completionist"
        if len(life.advanced_on) > limits["abandoner_days"]:
            return "advanced"
        if life.advanced_on:
            return "advanced" if max(life.advanced_on) > self._last_day - 30 else "abandoner"
        return "core" if life.features or life.active_on else "none"

    def _collaboration(self, people: int, was_invited: bool) -> str:
        if people >= self._limits["team_leader_people"]:
            return "team_leader"
        if people:
            return "collaborator"
        return "team_member" if was_invited else "solo"

    def _rhythm(self, life: Life) -> str:
        limits, ages = self._limits, self._ages(life)
        if len(ages) >= limits["daily_share"] * WINDOW:
            return "daily"
        if len({age // 7 for age in ages if age < 84}) >= limits["weekly_share"] * 12:
            return "weekly"
        months = {self._month(day) for day in life.used}
        if months and all(self._was_a_season(month, life) for month in months):
            return "seasonal"
        if len({age // 30 for age in ages}) == 3:
            return "monthly"
        return "erratic" if ages else "none"

    def _was_a_season(self, month: int, life: Life) -> bool:
        """Whether the month had events a year earlier too, with a long silence between the two."""
        since = [day for day in life.active_on if month - 12 <= self._month(day) <= month]
        silences = (later - earlier - 1 for earlier, later in pairwise(since))
        is_silent = max(silences, default=0) >= self._limits["seasonal_silent_days"]
        return self._month(since[0]) == month - 12 and is_silent

    def _month(self, day: int) -> int:
        """Number of the day's month, from one year to the next without a gap."""
        date = self._calendar.date(day)
        return 12 * date.year + date.month
