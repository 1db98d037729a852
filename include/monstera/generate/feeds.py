"""Further feeds, where the definitions declare them: payments, tickets, survey answers, ads."""

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

import numpy as np
import orjson

from monstera.definitions import Definitions
from monstera.generate.billing import AccountStory, Invoice
from monstera.generate.calendar import Calendar, Milliseconds, text
from monstera.generate.metadata import account_id, user_id
from monstera.generate.people import CHANNELS, Population

Row = dict[str, Any]
Rows = dict[str, list[bytes]]
PRIORITIES = ("low", "normal", "high", "urgent")
TICKETS = 0.0015
"""Chance that a user opens a ticket on a day."""
ANSWERS = 0.001
"""Chance that a user answers a survey on a day."""
SURVEYS = {"nps": (0, 11), "csat": (1, 6), "ces": (1, 8)}
"""Least score, and the first above the greatest."""
ADVERTISED = {
    "google_ads": ("paid_search", 180.0),
    "meta_ads": ("social", 70.0),
    "tiktok_ads": ("social", 40.0),
}
"""Channel that a platform brings users by, and what an account by it costs there."""


class Feeds:
    """Writes the rows of the further feeds, with the columns that are declared."""

    def __init__(
        self,
        random: np.random.Generator,
        calendar: Calendar,
        people: Population,
        definitions: Definitions,
        stories: Sequence[AccountStory],
    ) -> None:
        self._random = random
        self._calendar = calendar
        self._people = people
        self._columns = {feed.id: set(feed.columns) for feed in definitions.feeds.values()}
        self._currency = definitions.accounts.reporting_currency
        founded = people.channel[people.founds]
        self._founded = {
            channel: int((founded == number).sum()) for number, channel in enumerate(CHANNELS)
        }
        self._invoices: dict[int, list[tuple[int, Invoice]]] = defaultdict(list)
        for account, story in enumerate(stories):
            for invoice in story.invoices:
                day = calendar.day_of(invoice.processed_at)
                self._invoices[day].append((account, invoice))
        self._closing: dict[int, list[Row]] = defaultdict(list)

    def of_day(self, day: int) -> Rows:
        """The rows of every declared feed that arrive on a day."""
        found = {
            "payments": self._payments(day),
            "support_tickets": self._tickets(day),
            "survey_responses": self._answers(day),
            "ad_spend": self._spending(day),
        }
        return {
            feed: [
                orjson.dumps({key: row[key] for key in row if key in self._columns[feed]})
                for row in rows
            ]
            for feed, rows in found.items()
            if feed in self._columns
        }

    def _payments(self, day: int) -> list[Row]:
        return [
            {
                "account_id": account_id(account),
                "subscription_id": f"subscription_{account}",
                "invoice_id": f"invoice_{account}_{day}",
                "amount": float(invoice.amount),
                "currency": invoice.currency,
                "revenue_type": "subscription",
                "billing_period_start": invoice.period_start.isoformat(),
                "billing_period_end": invoice.period_end.isoformat(),
                "processed_at": text(np.array([invoice.processed_at]))[0],
            }
            for account, invoice in self._invoices.pop(day, [])
        ]

    def _tickets(self, day: int) -> list[Row]:
        """Tickets opened today, and those closed today; most within hours, some after days."""
        users, opened = self._some_users(day, TICKETS)
        rows = []
        for user, moment in zip(users, text(opened), strict=True):
            ticket = {
                "ticket_id": f"ticket_{user}_{day}",
                "account_id": account_id(int(self._people.account[user])),
                "user_id": user_id(user),
                "priority": str(self._random.choice(PRIORITIES, p=(0.3, 0.45, 0.18, 0.07))),
                "status": "open",
                "opened_at": moment,
                "updated_at": moment,
            }
            rows.append(ticket)
            closes_on = day + int(self._random.geometric(0.4))
            self._closing[closes_on].append(ticket)
        closing = self._closing.pop(day, [])
        moments = self._calendar.between(day, 0.4 + 0.4 * self._random.random(len(closing)))
        for ticket, moment in zip(closing, text(moments), strict=True):
            changed = {"status": "closed", "closed_at": moment, "updated_at": moment}
            rows.append({**ticket, "first_answered_at": ticket["opened_at"], **changed})
        return rows

    def _answers(self, day: int) -> list[Row]:
        users, answered = self._some_users(day, ANSWERS)
        rows = []
        for user, moment in zip(users, text(answered), strict=True):
            survey = list(SURVEYS)[int(self._random.integers(len(SURVEYS)))]
            least, end = SURVEYS[survey]
            rows.append(
                {
                    "response_id": f"response_{user}_{day}",
                    "account_id": account_id(int(self._people.account[user])),
                    "user_id": user_id(user),
                    "survey": survey,
                    "score": int(least + (end - least) * self._random.beta(4, 1.6)),
                    "answered_at": moment,
                }
            )
        return rows

    def _spending(self, day: int) -> list[Row]:
        """What each platform is paid for a day, more on working days."""
        share = self._calendar.weekday_factor(day) / self._calendar.days
        return [
            {
                "spent_on": self._calendar.date(day).isoformat(),
                "platform": platform,
                "campaign": "always_on",
                "channel": channel,
                "amount": round(cost * self._founded[channel] * share, 2),
                "currency": self._currency,
            }
            for platform, (channel, cost) in ADVERTISED.items()
        ]

    def _some_users(self, day: int, chance: float) -> tuple[list[int], Milliseconds]:
        """Users who were there before the day, and a moment of the day for each, in order."""
        people = self._people
        there = people.present & people.begun & (people.announced_on < day)
        users = np.flatnonzero(there & (self._random.random(len(people)) < chance))
        shares = np.sort(0.35 + 0.45 * self._random.random(len(users)))
        return users.tolist(), self._calendar.between(day, shares)
