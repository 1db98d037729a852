"""What a warehouse must find in the files, kept while they are made and written beside them.

`files.csv`
    a row a file: rows, accepted, duplicate and quarantined once everything is loaded; `waiting` of
    the accepted are quarantined first by a warehouse that loads day by day, `late` of them were
    delivered after the business day on which they occurred.
`quarantine.csv`
    a row a file and reason code: rows.
`days.csv`
    a row a business day: signups, deletions, restores, users with a qualifying event and the
    qualifying events, all accepted events, events delivered late.
`products.csv`
    a row a business day and product: users with a qualifying event, qualifying events.
`revenue.csv`
    a row a business day and currency: subscribed accounts and monthly recurring revenue at its end.
`movements.csv`
    a row a business day, currency and kind of movement (new, reactivation, expansion, contraction,
    churn) of the monthly recurring revenue: accounts, amount.
`segments.csv`
    a row a user who is there at the end of the last day: days since signup or restore, days with a
    qualifying event since then among the last 90, and the value of each dimension.
`summary.json`
    the plan and the totals.
"""

import csv
import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np

from monstera.definitions import Definitions
from monstera.definitions.segments import DIMENSIONS
from monstera.generate.billing import AccountStory
from monstera.generate.calendar import Calendar
from monstera.generate.delivery import ACCEPTED, DUPLICATE, Delivery
from monstera.generate.lines import Lines
from monstera.generate.metadata import user_id
from monstera.generate.people import Population
from monstera.generate.plan import Plan
from monstera.generate.segments import KnownSegments

Record = dict[str, Any]
OUTCOMES = ("rows", "accepted", "duplicate", "quarantined", "waiting", "late")
COLUMNS = {
    "files": ("feed", "path", "dt", *OUTCOMES),
    "quarantine": ("path", "reason", "rows"),
    "days": (
        "date", "signups", "deletions", "restores", "active_users", "qualifying_events",
        "accepted_events", "late_deliveries",
    ),
    "products": ("date", "product_id", "active_users", "qualifying_events"),
    "revenue": ("date", "currency", "subscribed_accounts", "monthly_recurring_revenue"),
    "movements": ("date", "currency", "movement", "accounts", "amount"),
    "segments": ("user_id", "journey_days", "active_days_90", *DIMENSIONS),
}  # fmt: skip
SUBSCRIBES = {"new": 1, "reactivation": 1, "churn": -1}
"""By how much an account's movement changes the number of the subscribed."""


class Truth:
    """Counts what goes into the files."""

    def __init__(self, calendar: Calendar, people: Population, definitions: Definitions) -> None:
        self._calendar = calendar
        self._people = people
        self._files: list[Record] = []
        self._reasons: list[Record] = []
        self._products: list[Record] = []
        self._revenue: list[Record] = []
        self._movements: list[Record] = []
        self._segments: list[Record] = []
        self._days: dict[int, Counter[str]] = defaultdict(Counter)
        self._known_segments = KnownSegments(definitions, calendar)

    def saw_people(self, day: int, signups: int, deletions: int, restores: int) -> None:
        """Counts who came and went."""
        self._days[day].update(signups=signups, deletions=deletions, restores=restores)

    def saw_activity(self, day: int, lines: Lines) -> None:
        """Counts the events that occurred on a day, by what they qualify for."""
        users, counts = lines.user[lines.qualifies], int(lines.qualifies.sum())
        self._known_segments.saw(day, lines, self._people.began_on(day).tolist())
        self._days[day].update(
            accepted_events=len(lines),
            active_users=len(np.unique(users)),
            qualifying_events=counts,
        )
        active: dict[str, set[int]] = defaultdict(set)
        events: Counter[str] = Counter()
        for product, user, qualifies in zip(
            lines.product, lines.user.tolist(), lines.qualifies.tolist(), strict=True
        ):
            if qualifies and product is not None:
                active[product].add(user)
                events[product] += 1
        self._products.extend(
            {
                "date": self._calendar.date(day),
                "product_id": product,
                "active_users": len(active[product]),
                "qualifying_events": events[product],
            }
            for product in sorted(events)
        )

    def saw_facts(self, day: int, count: int) -> None:
        """Counts the lifecycle and billing events that occurred on a day."""
        self._days[day].update(accepted_events=count)

    def saw_event_file(self, path: str, dt: date, rows: Sequence[Delivery]) -> None:
        """Counts a file of events, which is delivered on `dt`."""
        outcomes = Counter(row.outcome for row in rows)
        refused = {r: n for r, n in sorted(outcomes.items()) if r not in {ACCEPTED, DUPLICATE}}
        late = sum(row.is_late for row in rows)
        self._files.append(
            {
                "feed": "events",
                "path": path,
                "dt": dt,
                "rows": len(rows),
                "accepted": outcomes[ACCEPTED],
                "duplicate": outcomes[DUPLICATE],
                "quarantined": sum(refused.values()),
                "waiting": sum(row.waits for row in rows),
                "late": late,
            }
        )
        self._reasons.extend(
            {"path": path, "reason": reason, "rows": count} for reason, count in refused.items()
        )
        self._days[self._calendar.number(dt)].update(late_deliveries=late)

    def saw_file(self, feed: str, path: str, dt: date, rows: int) -> None:
        """Counts a file of another feed, all of whose rows are good."""
        found = dict.fromkeys(OUTCOMES, 0) | {"rows": rows, "accepted": rows}
        self._files.append({"feed": feed, "path": path, "dt": dt} | found)

    def saw_accounts(self, stories: Iterable[AccountStory]) -> None:
        """Sums the revenue of every account, and what moved it, by day and currency."""
        moved: dict[tuple[str, int], dict[str, list[Decimal]]] = defaultdict(
            lambda: defaultdict(list)
        )
        for story in stories:
            for day, kind, amount in story.movements():
                if story.currency is not None and day < self._calendar.days:
                    moved[story.currency, day][kind].append(amount)
        for currency in sorted({currency for currency, _ in moved}):
            total, count = Decimal(0), 0
            for day in range(self._calendar.days):
                date = self._calendar.date(day)
                kinds = moved.get((currency, day), {})
                for kind, amounts in sorted(kinds.items()):
                    total += sum(amounts)
                    count += len(amounts) * SUBSCRIBES.get(kind, 0)
                    self._movements.append(
                        {
                            "date": date,
                            "currency": currency,
                            "movement": kind,
                            "accounts": len(amounts),
                            "amount": sum(amounts),
                        }
                    )
                self._revenue.append(
                    {
                        "date": date,
                        "currency": currency,
                        "subscribed_accounts": count,
                        "monthly_recurring_revenue": total,
                    }
                )

    def saw_who_stays(self) -> None:
        """Knows the segments of everybody who is there at the end, once all days are counted."""
        people = self._people
        began_on = people.began_on(self._calendar.days - 1).tolist()
        inviters, signed_up_on = people.inviters.tolist(), people.signed_up_on.tolist()
        invited: dict[int, set[int]] = defaultdict(set)
        for user, inviter in enumerate(inviters):
            if inviter != user and signed_up_on[user] >= began_on[inviter]:
                invited[inviter].add(user)
        self._segments = [
            {"user_id": user_id(user)}
            | self._known_segments.of(user, began_on[user], inviters[user], invited[user])
            for user in np.flatnonzero(people.present).tolist()
        ]

    def write(self, folder: Path, plan: Plan) -> Record:
        """Writes the files of the truth and returns the summary."""
        folder.mkdir(parents=True, exist_ok=True)
        days = [
            {"date": self._calendar.date(day)}
            | {name: self._days[day][name] for name in COLUMNS["days"][1:]}
            for day in range(self._calendar.days)
        ]
        reasons: Counter[str] = Counter()
        for found in self._reasons:
            reasons[found["reason"]] += found["rows"]
        summary = {
            "plan": asdict(plan) | {"end": plan.end},
            "totals": {
                name: sum(file[name] for file in self._files if file["feed"] == "events")
                for name in OUTCOMES
            },
            "quarantined_by_reason": dict(sorted(reasons.items())),
        }
        for name, records in (
            ("files", self._files),
            ("quarantine", self._reasons),
            ("days", days),
            ("products", self._products),
            ("revenue", self._revenue),
            ("movements", self._movements),
            ("segments", self._segments),
        ):
            _write_csv(folder / f"{name}.csv", COLUMNS[name], records)
        (folder / "summary.json").write_text(json.dumps(summary, indent=2, default=str) + "\n")
        return summary


def _write_csv(file: Path, columns: Sequence[str], records: Sequence[Record]) -> None:
    with file.open("w", newline="") as opened:
        writer = csv.DictWriter(opened, columns, lineterminator="\n")
        writer.writeheader()
        writer.writerows(records)
