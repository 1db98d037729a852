"""The change feeds: what the company's systems say of each user and account, and when."""

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
import orjson

from monstera.generate.billing import INDUSTRIES, Version
from monstera.generate.calendar import Calendar, text
from monstera.generate.catalog import Indexes
from monstera.generate.metadata import account_id, user_id
from monstera.generate.people import CHANNELS, COUNTRIES, Population

WITHOUT_SUBSCRIPTION = "trial"
Change = tuple[int, int]
"""(when, which user)"""


class Profiles:
    """Knows the plan of every account and writes the rows of the feeds."""

    def __init__(self, people: Population, calendar: Calendar, fake_personal_data: bool) -> None:
        self._people = people
        self._calendar = calendar
        self._fake_personal_data = fake_personal_data
        self._plans = [WITHOUT_SUBSCRIPTION] * len(people.founders)

    def accounts_of_day(self, versions: Iterable[tuple[int, Version]]) -> list[bytes]:
        """Rows of the accounts feed for the versions made on a day."""
        return [orjson.dumps(self._account(account, version)) for account, version in versions]

    def users_of_day(
        self, day: int, versions: Sequence[tuple[int, Version]], moved: Indexes
    ) -> list[bytes]:
        """Rows of the users feed for a day: the announced, those whose plan changed, the moved."""
        people = self._people
        changes = [
            (int(people.signed_up_at[user]), user)
            for user in np.flatnonzero(people.announced_on == day).tolist()
        ]
        known = people.present & (people.announced_on < day)
        for account, version in versions:
            plan = version.terms.tier if version.terms else WITHOUT_SUBSCRIPTION
            if plan != self._plans[account]:
                self._plans[account] = plan
                members = np.flatnonzero((people.account == account) & known)
                changes.extend((version.updated_at, user) for user in members.tolist())
        noon = int(self._calendar.between(day, np.array([0.5]))[0])
        changes.extend((noon, user) for user in moved.tolist())
        latest = {(when, user) for when, user in changes}
        return [orjson.dumps(self._user(user, when)) for when, user in sorted(latest)]

    def _user(self, user: int, updated_at: int) -> dict[str, Any]:
        people = self._people
        account = int(people.account[user])
        founds = bool(people.founds[user])
        signed_up, updated = text(np.array([people.signed_up_at[user], updated_at]))
        row: dict[str, Any] = {
            "user_id": user_id(user),
            "user_created_at": signed_up,
            "account_id": account_id(account),
            "country": COUNTRIES[people.country[user]],
            "plan_type": self._plans[account],
            "acquisition_source": CHANNELS[people.channel[user]] if founds else "invitation",
            "role": "admin" if founds else "viewer" if user % 5 == 0 else "member",
            "invited_by_user_id": None if founds else user_id(int(people.inviters[user])),
            "updated_at": updated,
        }
        if self._fake_personal_data:
            row |= {"name": f"Nobody {user}", "email": f"nobody.{user}@example.invalid"}
        return row

    def _account(self, account: int, version: Version) -> dict[str, Any]:
        people = self._people
        founder = int(people.founders[account])
        created, updated = text(np.array([people.signed_up_at[founder], version.updated_at]))
        terms = version.terms
        return {
            "account_id": account_id(account),
            "account_created_at": created,
            "industry": INDUSTRIES[account % len(INDUSTRIES)],
            "country": COUNTRIES[people.country[founder]],
            "primary_admin_user_id": user_id(founder),
            "subscription_tier": terms and terms.tier,
            "total_seats": terms and terms.seats,
            "monthly_recurring_revenue": terms and float(terms.revenue),
            "currency": terms and terms.currency,
            "contract_renewal_date": terms and terms.renewal_on.isoformat(),
            "trial_ends_on": version.trial_ends_on.isoformat(),
            "updated_at": updated,
        }
