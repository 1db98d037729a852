"""Users of segments as members of accounts: what health looks at, counted day by day."""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any

from lifecycle.world import uid

from .naive import Day, User
from .worlds import SegmentWorld

ACCOUNTS = ("acme", "other")
WINDOW = 30
FIGURES = (
    "engaged_members, adopting_members, power_members_before, power_members_kept, new_members,"
    " activated_members"
)


def home(user: User) -> str:
    """The account that the user signs up in."""
    return ACCOUNTS[int(user.name.split()[-1]) % len(ACCOUNTS)]


def movers(users: Sequence[User], moved_on: date) -> set[str]:
    """Those who are in the first account from that day on."""
    return {user.name for user in users[1::5] if user.signup.date() < moved_on}


def counted(
    world: SegmentWorld,
    users: Sequence[User],
    segments: Mapping[tuple[str, date], Day],
    moved_on: date,
    days: Sequence[date],
) -> dict[tuple[str, date], tuple[int, ...]]:
    """Account and day → the figures, from the segments of each member on each day."""
    moved = movers(users, moved_on)
    members: dict[tuple[str, date], set[str]] = {}
    for day in days:
        for user in users:
            account = ACCOUNTS[0] if user.name in moved and day >= moved_on else home(user)
            members.setdefault((account, day), set()).add(str(uid(user.name)))
    lives: dict[str, list[tuple[date, date]]] = {}
    for user_id, first, last in world.rows(
        "select user_id::text, started_on, least(ended_on - 1, %s) from silver.user_lives", days[-1]
    ):
        lives.setdefault(user_id, []).append((first, last))
    active: dict[str, set[date]] = {}
    for user_id, day in world.rows(
        "select user_id::text, active_on from silver.user_daily_activity"
        " where qualifying_events > 0"
    ):
        active.setdefault(user_id, set()).add(day)

    def is_power(user: str, day: date) -> bool:
        return segments.get((user, day), {}).get("engagement_intensity") == "power"

    def figures(account: str, day: date) -> tuple[int, ...]:
        here = members[account, day]
        today = {user: segments[user, day] for user in here if (user, day) in segments}
        engaged = [u for u, said in today.items() if said["engagement_intensity"] != "inactive"]
        ago = day - timedelta(WINDOW)
        before = [user for user in members.get((account, ago), ()) if is_power(user, ago)]
        new = [
            (user, first)
            for user in here
            for first, last in lives.get(user, ())
            if day - timedelta(WINDOW) < first <= day <= last
        ]
        return (
            len(engaged),
            sum(today[u]["feature_adoption"] in {"advanced", "completionist"} for u in engaged),
            len(before),
            sum(user in here and is_power(user, day) for user in before),
            len(new),
            sum(any(first <= on <= day for on in active.get(user, ())) for user, first in new),
        )

    return {(account, day): figures(account, day) for account in ACCOUNTS for day in days}


def stored(world: SegmentWorld, days: Sequence[date]) -> dict[tuple[str, date], tuple[Any, ...]]:
    """The same as the engine stores it; nothing is stored before the first member counts."""
    found = {(account, day): (0,) * 6 for account in ACCOUNTS for day in days}
    for account in ACCOUNTS:
        rows = world.rows(
            f"select from_on + n, {FIGURES} from silver.account_member_counts,"
            " generate_series(0, least(to_on, %s) - from_on) as n where account_id = %s",
            days[-1], uid(account),
        )  # fmt: skip
        found |= {(account, day): tuple(counts) for day, *counts in rows}
    return found
