"""The lifecycle of one user, one day at a time, as the definitions say it: slow and obvious.

It shares nothing with the engine, so that both can be wrong only in different ways.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta

PLATFORM_EDGES = [
    ("(start)", "new"),
    ("new", "active"), ("new", "churned"), ("new", "deleted"),
    ("active", "returning"), ("active", "dormant"), ("active", "churned"), ("active", "deleted"),
    ("active", "dunning"),
    ("returning", "active"), ("returning", "dormant"), ("returning", "churned"),
    ("returning", "deleted"),
    ("dormant", "returning"), ("dormant", "churned"), ("dormant", "deleted"),
    ("churned", "reactivated"), ("churned", "deleted"),
    ("reactivated", "active"), ("reactivated", "churned"), ("reactivated", "deleted"),
    ("dunning", "active"), ("dunning", "churned"), ("dunning", "deleted"),
    ("deleted", "new"),
]  # fmt: skip
PRODUCT_EDGES = [
    ("(start)", "new"), ("new", "active"), ("new", "churned"), ("active", "dormant"),
    ("active", "churned"), ("dormant", "active"), ("dormant", "churned"),
    ("churned", "reactivated"), ("reactivated", "active"),
]  # fmt: skip


@dataclass(frozen=True)
class Happening:
    """An event: `kind` is used, viewed, or a lifecycle or payment event type."""

    at: datetime
    kind: str
    product: str | None = None


@dataclass
class Life:
    """What the naive computation finds."""

    days: list[tuple[date, str, str | None, bool, str | None]] = field(default_factory=list)
    steps: list[tuple[date, int, str | None, str]] = field(default_factory=list)
    product_steps: dict[str, list[tuple[date, int, str | None, str]]] = field(default_factory=dict)


def live(
    signup: datetime,
    happenings: Sequence[Happening],
    as_of: date,
    thresholds: dict[str, tuple[int, int, int]],
    grace_days: int = 7,
) -> Life:
    """Every day from signup to `as_of`; `thresholds` maps scope to new, active and churn days."""
    happenings = sorted(happenings, key=lambda h: h.at)
    life = Life()
    state: str | None = None
    products: dict[str, str | None] = {}
    product_life: dict[str, datetime] = {}
    activity: dict[tuple[str, datetime], str | None] = {}
    day = signup.date()
    while day <= as_of:
        end = datetime.combine(day + timedelta(days=1), datetime.min.time(), UTC)
        is_deleted, began = _standing(signup, happenings, end)
        counted = [
            h for h in happenings
            if h.at < end and h.at.date() >= signup.date() and (began == signup or h.at >= began)
        ]  # fmt: skip
        if is_deleted:
            new_state, acts, dunning, kind = "deleted", None, False, None
            products = dict.fromkeys(products)
        else:
            used = [h for h in counted if h.kind == "used"]
            acts = _activity(
                day, began.date(), used, thresholds, "platform",
                activity.get(("platform", began)),
            )  # fmt: skip
            activity[("platform", began)] = acts
            dunning, kind = _dunning(counted, day, grace_days)
            new_state = "dunning" if dunning and acts == "active" else acts
            for product in thresholds.keys() - {"platform"}:
                seen = [h for h in counted if h.product == product and h.kind in ("used", "viewed")]
                if not seen:
                    products[product] = None
                    continue
                if product_life.get(product) != began:
                    products[product] = None
                    product_life[product] = began
                before = products[product]
                now = _activity(
                    day, seen[0].at.date(), [h for h in seen if h.kind == "used"], thresholds,
                    product, before,
                )  # fmt: skip
                _log(life.product_steps.setdefault(product, []), day, before, now, PRODUCT_EDGES)
                products[product] = now
        _log(life.steps, day, state, new_state, PLATFORM_EDGES)
        state = new_state
        life.days.append((day, new_state, acts, dunning, kind))
        day += timedelta(days=1)
    return life


def _standing(
    signup: datetime, happenings: Sequence[Happening], end: datetime
) -> tuple[bool, datetime]:
    is_deleted, began = False, signup
    for h in happenings:
        if h.at >= end:
            break
        if h.kind == "user_deleted":
            is_deleted = True
        elif h.kind == "user_restored" and is_deleted:
            is_deleted, began = False, max(signup, h.at)  # no life begins before the signup
    return is_deleted, began


def _activity(
    day: date,
    start: date,
    used: Sequence[Happening],
    thresholds: dict[str, tuple[int, int, int]],
    scope: str,
    before: str | None,
) -> str:
    new_days, _, _ = thresholds[scope]
    if any(h.at.date() == day for h in used):
        if before == "dormant":
            return "returning" if scope == "platform" else "active"
        return "reactivated" if before == "churned" else "active"
    if not used:
        return "new" if (day - start).days <= new_days else "churned"
    active = max(h.at.date() + timedelta(thresholds[h.product or "platform"][1]) for h in used)
    dormant = max(h.at.date() + timedelta(thresholds[h.product or "platform"][2]) for h in used)
    return "active" if day <= active else "dormant" if day <= dormant else "churned"


def _dunning(counted: Sequence[Happening], day: date, grace_days: int) -> tuple[bool, str | None]:
    failures: list[date] = []
    for h in counted:
        if h.kind in ("payment_failed", "payment_method_expired"):
            failures.append(h.at.date())
        elif h.kind in ("payment_recovered", "subscription_canceled"):
            failures = []
    if not failures:
        return False, None
    if len(failures) == 1:
        return True, "soft"
    return True, "grace" if day <= failures[0] + timedelta(grace_days) else "hard"


def _log(
    log: list[tuple[date, int, str | None, str]],
    day: date,
    before: str | None,
    after: str,
    edges: list[tuple[str, str]],
) -> None:
    if before == after:
        return
    path = _shortest(before or "(start)", after, edges)
    for seq, (source, target) in enumerate(path):
        log.append((day, seq, None if source == "(start)" else source, target))


def _shortest(source: str, target: str, edges: list[tuple[str, str]]) -> list[tuple[str, str]]:
    paths = [[edge] for edge in edges if edge[0] == source]
    while paths:
        there = [path for path in paths if path[-1][1] == target]
        if there:
            through_active = [p for p in there if any(step[1] == "active" for step in p[:-1])]
            return (through_active or there)[0]
        paths = [[*path, edge] for path in paths for edge in edges if edge[0] == path[-1][1]]
    raise AssertionError(f"no path from {source} to {target}")
