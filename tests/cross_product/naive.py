"""The slow and obvious computation: person by person, day by day."""

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from itertools import pairwise
from math import log

Adoption = tuple[str, date, bool | None]  # product, day, still there 90 days later
ACTIVE = {"active", "returning", "reactivated"}


def adoptions(
    events: list[tuple[datetime, str, str | None]],
    signup: datetime,
    activity: dict[date, str | None],
    last: date,
) -> list[Adoption] | None:
    """What a user adopted in the life at hand; None: deleted. `activity` is their state by day."""
    first: dict[str, datetime] = {}
    is_deleted = False
    for at, kind, product in sorted(e for e in events if e[0].date() <= last):
        if kind == "user_deleted":
            is_deleted, first = True, {}
        elif kind == "user_restored":
            is_deleted = False
        elif product and not is_deleted and at.date() >= signup.date():
            first.setdefault(product, at)
    if is_deleted:
        return None
    days = {product: at.date() for product, at in first.items()}
    return [
        (
            product,
            days[product],
            None
            if days[product] + timedelta(days=90) > last
            else activity.get(days[product] + timedelta(days=90)) in ACTIVE,
        )
        for product in sorted(first, key=lambda product: (first[product], product))
    ]


def sequences(everybody: list[list[Adoption]]) -> dict[tuple[str, ...], tuple]:
    """Sequence → users, those who stop there, mean days, retention, completion."""
    found: dict[tuple[str, ...], list[list[Adoption]]] = {}
    for path in everybody:
        for length in range(1, len(path) + 1):
            found.setdefault(tuple(p for p, _, _ in path[:length]), []).append(path)
    described = {}
    for sequence, paths in found.items():
        length = len(sequence)
        kept = [path[length - 1][2] for path in paths if path[length - 1][2] is not None]
        described[sequence] = (
            len(paths),
            sum(len(path) == length for path in paths),
            sum((path[length - 1][1] - path[0][1]).days for path in paths) / len(paths),
            sum(kept) / len(kept) if kept else None,
            len(paths) / len(found[sequence[:1]]),
        )
    return described


def pair(everybody: list[list[Adoption]], a: str, b: str, last: date) -> dict[str, float | None]:
    """Counts of two products, user by user."""
    users_a = users_both = mature = followed = days = 0
    kept_both: list[bool] = []
    kept_one: list[bool] = []
    for path in everybody:
        on = {product: day for product, day, _ in path}
        if a not in on:
            continue
        users_a += 1
        users_both += b in on
        if on[a] + timedelta(days=90) > last:
            continue
        mature += 1
        kept = next(bool(kept) for product, _, kept in path if product == a)
        if b in on and 0 <= (on[b] - on[a]).days <= 90:
            followed += 1
            days += (on[b] - on[a]).days
            kept_both.append(kept)
        else:
            kept_one.append(kept)
    enough = 10
    lift = None
    if len(kept_both) >= enough and len(kept_one) >= enough and sum(kept_one):
        lift = _share(kept_both) / _share(kept_one) - 1
    return {
        "users_a": users_a,
        "users_both": users_both,
        "mature_users_a": mature,
        "co_adopters": followed,
        "co_adoption_rate": followed / mature if mature >= enough else None,
        "avg_days_between_adoptions": days / followed if followed >= enough else None,
        "retention_both": _share(kept_both) if len(kept_both) >= enough else None,
        "retention_one": _share(kept_one) if len(kept_one) >= enough else None,
        "retention_lift": lift,
    }


def _share(values: list[bool]) -> float:
    return sum(values) / len(values)


def journey(
    days: list[date],
    platform: dict[date, str],
    products: dict[date, list[str]],
) -> list[tuple[str, date, date | None]]:
    """Stages with their first day and the first day after, by counting states day by day."""
    stages: list[tuple[str, date, date | None]] = []
    before = None
    for day in days:
        states = products.get(day, [])
        active = sum(state in ("active", "reactivated") for state in states)
        if platform[day] == "deleted":
            stage = None
        elif active >= 3:
            stage = "platform"
        elif active == 2:
            stage = "multi"
        else:
            stage = "explorer" if len(states) >= 2 else "single"
        if stage != before:
            if before is not None:
                stages[-1] = (*stages[-1][:2], day)
            if stage is not None:
                stages.append((stage, day, None))
        before = stage
    return stages


def days_across(
    events: list[tuple[datetime, str, str | None]], last: date
) -> dict[date, tuple[list[str], str, int]]:
    """Day → products, the one with the most events, switches; the day of a deletion is lost."""
    days: dict[date, list[str]] = {}
    is_deleted = False
    in_order = sorted(events, key=lambda e: (e[0], e[2] or ""))
    for at, kind, product in (e for e in in_order if e[0].date() <= last):
        if kind == "user_deleted":
            is_deleted = True
            days.pop(at.date(), None)
        elif kind == "user_restored":
            is_deleted = False
        elif product and not is_deleted:
            days.setdefault(at.date(), []).append(product)
    return {
        day: (
            sorted(set(used)),
            max(dict.fromkeys(used), key=used.count),  # of several the first one
            sum(one != other for one, other in pairwise(used)),
        )
        for day, used in days.items()
    }


def churn_pairs(
    lives: list[dict[date, dict[str, str]]], a: str, b: str
) -> tuple[int, int, int, float | None, float | None]:
    """Churns from `a` first; then at risk of `b`, churned from it; its hazard, and that of all."""
    firsts = at_risk = churned = days = all_churns = all_days = 0
    for life in lives:
        began: dict[str, date] = {}
        before: dict[str, str] = {}
        for day, states in sorted(life.items()):
            for product, state in states.items():
                if state == "churned":
                    began.setdefault(product, day)
            all_churns += states.get(b) == "churned" and before.get(b) != "churned"
            all_days += states.get(b, "churned") != "churned"
            before = states
        if not began or min(began, key=lambda p: (began[p], p)) != a:
            continue
        firsts += 1
        if life[began[a]].get(b, "churned") == "churned":
            continue
        at_risk += 1
        churned += b in began
        days += sum(began[a] <= day < began.get(b, date.max) for day in life)
    enough = at_risk >= 10
    return (
        firsts,
        at_risk,
        churned,
        churned * 30 / days if enough else None,
        all_churns * 30 / all_days if enough else None,
    )


def shown(values: Iterable[float | None]) -> tuple[float | None, ...]:
    """Numbers to compare, rounded."""
    return tuple(None if value is None else round(float(value), 9) for value in values)


def portfolio(
    events: list[tuple[datetime, str, str | None]], last: date
) -> tuple[int, str | None, str | None, str | None, float | None] | None:
    """Products tried, the primary, first and latest one, diversity; None: deleted."""
    tried: list[str] = []
    used: list[str] = []
    is_deleted = False
    for _, kind, product in sorted(e for e in events if e[0].date() <= last):
        if kind == "user_deleted":
            is_deleted, tried, used = True, [], []
        elif kind == "user_restored":
            is_deleted = False
        elif product and not is_deleted:
            tried += [product] * (product not in tried)
            used += [product] * (kind == "used")
    if is_deleted:
        return None
    counts = {product: used.count(product) for product in tried if product in used}
    shares = [count / len(used) for count in counts.values()]
    diversity: float | None = None
    if len(shares) == 1:
        diversity = 0
    elif shares:
        diversity = -sum(share * log(share) for share in shares) / log(len(shares))
    return (
        len(tried),
        max(counts, key=lambda product: counts[product], default=None),
        tried[0] if tried else None,
        tried[-1] if tried else None,
        diversity,
    )
