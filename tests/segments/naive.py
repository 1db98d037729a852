"""Segments of one user, one day at a time, as the definitions say them: slow and obvious.

It shares nothing with the engine, so that both can be wrong only in different ways.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from itertools import pairwise
from typing import Any

from lifecycle.naive import Happening, live

ACTIVE = {"active", "returning", "reactivated"}


@dataclass(frozen=True)
class Act:
    """An event: what happened, in which product, by which feature, towards whom."""

    at: datetime
    kind: str
    product: str | None = None
    person: str | None = None


@dataclass(frozen=True)
class Rules:
    """What is declared: thresholds by name, features, workflows and composites."""

    limits: Mapping[str, Any]
    features: Mapping[str, tuple[str, str, bool]]  # event type → product, feature, is advanced
    workflows: Sequence[tuple[Sequence[str], int, Sequence[str]]]  # sequence, window, abandonment
    composites: Sequence[tuple[str, Any]] = ()  # id and a rule over (today, lookback, journey days)
    qualifying: frozenset[str] = frozenset({"used"})
    inviting: frozenset[str] = frozenset({"invited"})
    sharing: frozenset[str] = frozenset({"shared"})


@dataclass
class User:
    """A user and everything they did."""

    name: str
    signup: datetime
    acts: list[Act] = field(default_factory=list)
    invited_by: str | None = None  # as the profile says


Day = dict[str, Any]


def segments(
    user: User,
    as_of: date,
    scopes: Mapping[str, tuple[int, int, int]],
    rules: Rules,
    invitations: Sequence[date],
    invited: Sequence[Act] = (),
) -> dict[date, Day]:
    """The user's segments on every day of their lives.

    `invitations` are those of others, `invited` whom the user invited as their profiles say.
    """
    states = _states(user, as_of, scopes, rules)
    found: dict[date, Day] = {}
    for day, (state, products, began) in states.items():
        if state is None:
            continue
        acts = [
            a for a in user.acts
            if began.date() <= a.at.date() <= day and a.person != user.name
        ]  # fmt: skip
        if began != user.signup:
            acts = [a for a in acts if a.at >= began]
        acts += [a for a in invited if began.date() <= a.at.date() <= day]
        lived = {d: s for d, (s, _, b) in states.items() if b == began and d <= day}
        found[day] = _one_day(day, state, products, began, acts, lived, rules, invitations)
        found[day]["composite_segment"] = _composite(found, day, began.date(), rules)
    return found


def _states(
    user: User, as_of: date, scopes: Mapping[str, tuple[int, int, int]], rules: Rules
) -> dict[date, tuple[str | None, dict[str, str], datetime]]:
    """Activity state, states of the products tried, and start of the life, by day."""
    facts = [
        Happening(a.at, _as_happening(a.kind, rules), a.product) for a in user.acts
    ]  # fmt: skip
    life = live(user.signup, facts, as_of, dict(scopes))
    by_day = {}
    for day, _, activity, _, _ in life.days:
        began = _began(user, day)
        products = {}
        for product, steps in life.product_steps.items():
            past = [step for step in steps if began.date() <= step[0] <= day]
            if past:
                products[product] = past[-1][3]
        by_day[day] = (activity, products, began)
    return by_day


def _as_happening(kind: str, rules: Rules) -> str:
    if kind in rules.qualifying:
        return "used"
    return kind if kind.startswith("user_") else "viewed"


def _began(user: User, day: date) -> datetime:
    began, gone = user.signup, False
    for act in sorted(user.acts, key=lambda a: a.at):
        if act.at.date() > day:
            break
        if act.kind == "user_deleted":
            gone = True
        elif act.kind == "user_restored" and gone:
            began, gone = max(act.at, user.signup), False
    return began


def rank(found: Mapping[tuple[str, date], Day], s: Mapping[str, Any]) -> None:
    """Adds the segments by rank among all users of each day, in place of what decides them."""
    by_day: dict[date, list[tuple[Any, ...]]] = {}
    for (_, on), day in found.items():
        by_day.setdefault(on, []).append(day["ranked_by"])
    for (_, on), day in found.items():
        state, recent, lifetime = day.pop("ranked_by")
        everybody = by_day[on]
        above = sum(other > recent for _, other, _ in everybody)
        below = sum(other < lifetime for _, _, other in everybody)
        is_high = recent > 0 and above < s["high_value_share"] * len(everybody)
        is_low = below < s["low_value_share"] * len(everybody)
        memberships = {
            "high_value_active": is_high and state in ACTIVE,
            "high_value_dormant": is_high and state == "dormant",
            "low_value_churned": is_low and state == "churned",
        }
        ranks = [name for name, holds in memberships.items() if holds]
        day["memberships"] = sorted([*day["memberships"], *ranks])


def invitations_of(name: str, users: Sequence[User]) -> list[date]:
    """Days on which others, as long as they were there, invited the user."""
    named = [user.signup.date() for user in users if user.name == name and user.invited_by]
    return named + [
        act.at.date()
        for other in users
        for act in other.acts
        if act.kind == "invited" and act.person == name and other.name != name
        and _is_there(other, act.at)
    ]  # fmt: skip


def invited_by(name: str, users: Sequence[User]) -> list[Act]:
    """Those whose profile says that the user invited them, who therefore signed up."""
    return [
        Act(user.signup, "invited", None, user.name) for user in users if user.invited_by == name
    ]


def _is_there(user: User, at: datetime) -> bool:
    """Whether what is done at a time counts: not while deleted, nor before a restore that day."""
    toggles = sorted((a for a in user.acts if a.kind.startswith("user_")), key=lambda a: a.at)
    gone_at = None
    for act in toggles:
        if act.kind == "user_deleted" and gone_at is None:
            gone_at = act.at
        elif act.kind == "user_restored" and gone_at is not None:
            midnight = act.at.replace(hour=0, minute=0, second=0)
            if min(gone_at, midnight) <= at < act.at:
                return False
            gone_at = None
    return gone_at is None or at < gone_at


def _one_day(  # noqa: PLR0912
    day: date,
    state: str,
    products: Mapping[str, str],
    began: datetime,
    acts: Sequence[Act],
    lived: Mapping[date, str | None],
    rules: Rules,
    invitations: Sequence[date],
) -> Day:
    s = rules.limits
    age = {a: (day - a.at.date()).days for a in acts}
    used = [a for a in acts if a.kind in rules.qualifying]
    now = [a for a in used if age[a] < 30]
    before = [a for a in used if 30 <= age[a] < 60]
    dates = {a.at.date() for a in used}
    silent = (day - max(dates)).days if dates else None
    is_active = state in ACTIVE
    journey_days = (day - began.date()).days

    def in_window(first: int, last: int) -> bool:
        return any(first <= (day - d).days <= last for d in dates)

    # engagement
    products_now = {a.product for a in now if a.product}
    products_before = {a.product for a in before if a.product}
    of_feature = [(a, *rules.features[a.kind]) for a in acts if a.kind in rules.features]
    features_now = {feature for a, _, feature, _ in of_feature if age[a] < 30}
    drops = len(before) >= s["drop_minimum_events"] and len(now) <= s["drop_share"] * len(before)
    gives_up = (
        bool(products_before - products_now) and len(products_before) >= s["drop_minimum_products"]
    )
    is_silent = silent is not None and s["silent_from_days"] <= silent <= s["silent_to_days"]
    if is_active and (drops or gives_up or is_silent):
        engagement = "at_risk"
    elif (
        len(now) >= s["power_events"]
        and len({a.at.date() for a in now}) >= s["power_active_days"]
        and (len(products_now) >= s["power_products"] or len(features_now) >= s["power_features"])
    ):
        engagement = "power"
    elif all(in_window(7 * week, 7 * week + 6) for week in range(s["regular_weeks"])):
        engagement = "regular"
    else:
        engagement = "casual" if now else "inactive"

    # value
    runs = [run for workflow in rules.workflows for run in _runs(acts, *workflow)]
    recent = [run for run in runs if (day - run[0]).days < 90]
    completed = [run for run in recent if run[1]]
    settled = bool(dates) and (day - min(dates)).days >= s["high_days"]
    if recent and len(completed) > s["high_share"] * len(recent) and settled and is_active:
        value = "high"
    elif recent and len(completed) >= s["moderate_share"] * len(recent):
        value = "moderate"
    else:
        value = "low" if any(run[1] for run in runs) else "none"

    # breadth
    in_use = sum(state in ("active", "reactivated") for state in products.values())
    if in_use >= s["platform_power_products"]:
        breadth = "platform_power"
    elif in_use >= s["multi_products"]:
        breadth = "multi"
    elif len(products) >= s["explorer_products"]:
        breadth = "explorer"
    else:
        breadth = "single" if products else "none"

    # journey
    back = [d for d, lived_state in lived.items() if lived_state == "reactivated"]
    if any((day - d).days <= s["reactivation_days"] for d in back):
        stage = "reactivation"
    elif journey_days <= s["onboarding_days"]:
        stage = "onboarding"
    elif journey_days <= s["adoption_days"]:
        stage = "adoption"
    else:
        stage = "retention" if journey_days <= s["retention_days"] else "loyalty"

    # features
    ever = {feature for _, _, feature, _ in of_feature}
    offered = {f for _, (product, f, _) in rules.features.items() if product in products}
    advanced = {a.at.date() for a, _, _, is_advanced in of_feature if is_advanced}
    if ever and len(ever) >= s["completionist_share"] * len(offered):
        adoption = "completionist"
    elif any((day - d).days < 30 for d in advanced) or len(advanced) > s["abandoner_days"]:
        adoption = "advanced"
    elif advanced:
        adoption = "abandoner"
    else:
        adoption = "core" if ever or used else "none"

    # people
    people = {a.person for a in acts if a.kind in rules.inviting | rules.sharing}
    if len(people) >= s["team_leader_people"]:
        collaboration = "team_leader"
    elif people:
        collaboration = "collaborator"
    else:
        collaboration = "team_member" if any(d <= day for d in invitations) else "solo"

    memberships = {
        "highly_engaged": is_active and len(now) >= s["highly_engaged_events"],
        "casually_engaged": is_active and len(now) < s["highly_engaged_events"],
        "at_risk": state == "dormant" or engagement == "at_risk",
        "lost": state == "churned" and silent is not None and silent >= s["lost_days"],
        "successful_onboarding": bool(dates)
        and (min(dates) - began.date()).days <= s["successful_days"]
        and lived[min(dates)] == "active",  # whoever churned before is reactivated
        "struggling_onboarding": state == "new" and journey_days >= s["struggling_days"],
        "chronic_churner": len(back) >= s["chronic_reactivations"],
        "stable": all(lived.get(day - timedelta(n)) in ACTIVE for n in range(s["stable_days"])),
    }
    return {
        "engagement_intensity": engagement,
        "value_realization": value,
        "product_breadth": breadth,
        "journey_stage": stage,
        "feature_adoption": adoption,
        "collaboration_type": collaboration,
        "temporal_pattern": _pattern(day, dates, s),
        "ranked_by": (
            state,
            sum((max(dates) - a.at.date()).days < 90 for a in used) if dates else 0,
            len(used),
        ),
        "memberships": sorted(name for name, holds in memberships.items() if holds),
    }


def _pattern(day: date, dates: set[date], s: Mapping[str, Any]) -> str:
    window = {d for d in dates if (day - d).days < 90}
    weeks = sum(any(7 * w <= (day - d).days <= 7 * w + 6 for d in window) for w in range(12))
    if len(window) >= s["daily_share"] * 90:
        return "daily"
    if weeks >= s["weekly_share"] * 12:
        return "weekly"
    months = {(d.year, d.month) for d in window}
    if months and all(_is_season(month, dates, s["seasonal_silent_days"]) for month in months):
        return "seasonal"
    if all(any(30 * k <= (day - d).days < 30 * k + 30 for d in window) for k in range(3)):
        return "monthly"
    return "erratic" if window else "none"


def _is_season(month: tuple[int, int], dates: set[date], silent_days: int) -> bool:
    """Whether the month was one a year earlier, with a silence between the two."""
    year, number = month
    a_year_ago = [d for d in dates if (d.year, d.month) == (year - 1, number)]
    if not a_year_ago:
        return False
    first = min(d for d in dates if (d.year, d.month) == month)
    between = sorted(d for d in dates if max(a_year_ago) <= d <= first)
    return any((after - earlier).days - 1 >= silent_days for earlier, after in pairwise(between))


def _runs(
    acts: Sequence[Act], sequence: Sequence[str], window: int, abandonment: Sequence[str]
) -> list[tuple[date, date | None]]:
    """Start and completion of every run."""
    runs: list[tuple[date, date | None]] = []
    start: date | None = None
    reached = 0
    order = {kind: number for number, kind in reversed([*enumerate(sequence)])}
    for act in sorted(acts, key=lambda a: (a.at, order.get(a.kind, -1))):
        day = act.at.date()
        if start and (day - start).days > window:
            start = None
        if start is None:
            if act.kind == sequence[0]:
                start, reached = day, 1
                runs.append((day, None))
        elif act.kind in abandonment:
            start = None
        elif act.kind == sequence[reached]:
            reached += 1
            if reached == len(sequence):
                runs[-1] = (runs[-1][0], day)
                start = None
    return runs


def _composite(found: Mapping[date, Day], day: date, began: date, rules: Rules) -> str:
    def ago(days: int) -> Day:
        earlier = day - timedelta(days)
        return found.get(earlier, {}) if earlier >= began else {}

    for name, holds in rules.composites:
        if holds(found[day], ago, (day - began).days):
            return str(name)
    return "none"
