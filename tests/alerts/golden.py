"""A year of a growing company as metrics, deliveries and publications tell it, and its trouble.

60,000 users and some 100,000 events a day at the beginning, 1.5 % more every week, weekends at
55 %, two holidays at 70 %, day-to-day noise of 3 % on top of chance. Seventeen weeks before the
year are there to learn from.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta

import numpy as np

FIRST = date(2026, 1, 5)  # a Monday
LAST = FIRST + timedelta(days=363)
BEGINS = FIRST - timedelta(weeks=17)
HOLIDAYS = {date(2026, 5, 1), date(2026, 12, 25)}
WEEKDAYS = (1.05, 1.08, 1.06, 1.0, 0.92, 0.55, 0.57)
TYPES = {
    "page_viewed": 0.40, "user_logged_in": 0.25, "video_created": 0.15, "project_shared": 0.10,
    "template_applied": 0.06, "settings_changed": 0.03, "video_exported": 0.006,
    "tutorial_watched": 0.002,
}  # fmt: skip
STATES = {
    "new": 0.04, "active": 0.46, "returning": 0.02, "dormant": 0.18, "churned": 0.27,
    "reactivated": 0.01, "dunning": 0.02,
}  # fmt: skip

RULE_OF = {
    "events_drop": "events_volume_deviation",
    "events_twice": "events_volume_deviation",
    "type_missing": "events_volume_deviation_by_type",
    "events_none": "events_none",
    "late_delivery": "data_freshness",
    "refused_rows": "events_compliance_low",
    "payments_failing": "payments_failing",
    "churn": "users_churn_rate_jump",
    "errors": "error_rate_high",
    "no_publication": "pipeline_failed",
}
"""The ten kinds of trouble, and the rule that must see each."""


@dataclass(frozen=True)
class Trouble:
    """One injected incident; it is in the data of `day` (of the week that begins then: churn)."""

    kind: str
    day: date
    size: float

    @property
    def labels(self) -> dict[str, str]:
        """The segment that it is in."""
        return {"event_type": "video_created"} if self.kind == "type_missing" else {}

    @property
    def known_at(self) -> datetime:
        """When the data that shows it is there: the end of its period, or the limit that passes."""
        midnight = datetime.combine(self.day, time(), UTC) + timedelta(days=1)
        if self.kind == "late_delivery":
            return midnight + timedelta(hours=2)
        if self.kind == "no_publication":
            return midnight + timedelta(hours=24, minutes=3)  # 48 hours after the last one
        return midnight + timedelta(days=6) if self.kind == "churn" else midnight

    @property
    def over_at(self) -> datetime:
        """When nothing of it is in the data any more."""
        days = 7 if self.kind == "churn" else 1
        return self.known_at + timedelta(days=days)


@dataclass
class Company:
    """Rows of the warehouse, and the trouble in them."""

    troubles: list[Trouble]
    metrics: list[tuple[object, ...]] = field(default_factory=list)
    deliveries: list[tuple[date, datetime]] = field(default_factory=list)
    publications: list[tuple[date, datetime]] = field(default_factory=list)


def company(seed: int) -> Company:
    """The year, with ten incidents of each of ten kinds."""
    rng = np.random.default_rng(seed)
    made = Company(list(_troubles(rng)))
    on = {(trouble.kind, trouble.day): trouble.size for trouble in made.troubles}
    silent = {
        trouble.day + timedelta(days=n)
        for trouble in made.troubles
        if trouble.kind == "no_publication"
        for n in (0, 1)
    }
    days = [BEGINS + timedelta(days=n) for n in range((LAST - BEGINS).days + 1)]
    for day in days:
        made.metrics += _day(rng, day, on)
        midnight = datetime.combine(day, time(), UTC) + timedelta(days=1)
        late = timedelta(hours=on.get(("late_delivery", day), 0))
        made.deliveries.append((day, midnight + late - timedelta(minutes=20 if not late else 0)))
        if day not in silent:
            made.publications.append((day, midnight + late + timedelta(minutes=3)))
    for monday in days[::7]:
        made.metrics += _week(rng, monday, on)
    for month in {day.replace(day=1) for day in days}:
        made.metrics.append(("accounts_churn_rate_monthly", month, "month", "all", "all",
                             *_rate(rng, 4000, 0.02)))  # fmt: skip
    return made


def _troubles(rng: np.random.Generator) -> Iterator[Trouble]:
    """Ten of each kind in random order, at least three days apart; churn in weeks of its own."""
    kinds = [kind for kind in RULE_OF for _ in range(10)]
    rng.shuffle(kinds)
    sizes = {
        "events_drop": (0.35, 0.7), "events_twice": (1.35, 2.0), "type_missing": (0.0, 0.5),
        "events_none": (0, 0), "late_delivery": (3, 20), "refused_rows": (0.80, 0.94),
        "payments_failing": (4, 9), "churn": (1.35, 2.2), "errors": (0.11, 0.3),
        "no_publication": (1, 1),
    }  # fmt: skip
    for number, kind in enumerate(kinds):
        day = FIRST + timedelta(days=3 + int(number * 3.55))
        if kind == "churn":
            day -= timedelta(days=day.weekday())
        yield Trouble(kind, day, float(rng.uniform(*sizes[kind])))


def _day(
    rng: np.random.Generator, day: date, on: dict[tuple[str, date], float]
) -> Iterator[tuple[object, ...]]:
    weeks = (day - FIRST).days / 7
    use = WEEKDAYS[day.weekday()] * 1.015**weeks * (0.7 if day in HOLIDAYS else 1)
    use *= rng.normal(1, 0.03)
    seen = on.get(("events_drop", day), on.get(("events_twice", day), 1.0))
    seen = 0.0 if ("events_none", day) in on else seen

    def total(metric: str, value: object, numerator: object = None, denominator: object = None):
        return (metric, day, "day", "all", "all", value, numerator, denominator)

    def count(level: float, noise: float = 0.02) -> int:
        return int(rng.poisson(max(level * rng.normal(1, noise), 0)))

    counts = {name: count(100_000 * share * use * seen) for name, share in TYPES.items()}
    if ("type_missing", day) in on:
        counts["video_created"] = round(counts["video_created"] * on["type_missing", day])
    yield total("events_volume_daily", sum(counts.values()))
    for name, value in counts.items():
        yield ("events_volume_daily", day, "day", "event_type", name, value, None, None)
    outcomes = max(count(9_000 * use * seen), 1)
    errors = rng.binomial(outcomes, on.get(("errors", day), min(rng.normal(0.02, 0.002), 0.04)))
    yield total("workflows_run_daily", outcomes)
    yield total("errors_rate_daily", errors / outcomes, int(errors), outcomes)
    yield total("events_compliance_daily", on.get(("refused_rows", day), rng.uniform(0.985, 1)))
    yield total("calls_to_api_daily", count(40_000 * use, 0.03))
    yield total("calls_response_time_daily_p95", rng.normal(900, 90))
    paid = count(2_500 * 1.015**weeks * (0.8 if day.weekday() >= 5 else 1), 0.02)
    yield total("payments_processed_daily", paid)
    yield total("payments_collected_daily", paid * rng.normal(60, 60 / paid**0.5))
    yield total("payments_failed_daily", count(40 * on.get(("payments_failing", day), 1)))
    yield total("accounts_recurring_revenue_daily", 2_000_000 * 1.015**weeks * rng.normal(1, 0.002))
    yield total("accounts_at_risk_daily", round(150 + 10 * np.sin(weeks) + rng.normal(0, 3)))
    yield total("users_signup_conversion_daily", *_rate(rng, int(8_000 * use), 0.10))
    users = 60_000 * 1.015**weeks
    shares = np.array(list(STATES.values())) * rng.normal(1, 0.01, len(STATES))
    for state, share in zip(STATES, shares / shares.sum(), strict=True):
        yield total(f"users_share_{state}_daily", share, round(share * users), round(users))


def _week(
    rng: np.random.Generator, monday: date, on: dict[tuple[str, date], float]
) -> Iterator[tuple[object, ...]]:
    growth = 1.015 ** ((monday - FIRST).days / 7)
    churn = on.get(("churn", monday), 1.0)
    for metric, people, rate in (
        ("users_churn_rate_weekly", 40_000, 0.025 * churn),
        ("users_activation_rate_weekly", 2_500, 0.55),
        ("users_reactivation_rate_weekly", 16_000, 0.04),
        ("users_dormancy_rate_weekly", 30_000, 0.08),
        ("users_dunning_recovery_rate_weekly", 300, 0.72),
        ("users_retained_weekly_on_day_7", 2_500, 0.42),
        ("users_retained_weekly_on_day_30", 2_500, 0.30),
        ("users_return_retention_weekly", 1_500, 0.45),
    ):
        noisy = rate * rng.normal(1, 0.01)
        yield (metric, monday, "week", "all", "all", *_rate(rng, int(people * growth), noisy))
    for metric, days, noise in (
        ("users_days_in_new_weekly", 5, 0.3),
        ("users_days_to_churn_weekly", 160, 3),
    ):
        yield (metric, monday, "week", "all", "all", rng.normal(days, noise), None, None)


def _rate(rng: np.random.Generator, people: int, rate: float) -> tuple[float, int, int]:
    numerator = int(rng.binomial(people, min(rate, 1)))
    return numerator / people, numerator, people
