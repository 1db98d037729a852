"""From files to accounts, as an outsider would do it: what accounts, their members and their feeds
say in any order of arrival ends in the same tables day by day, in one late run and in a rebuild."""

import shutil
from collections.abc import Callable
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from lifecycle.outsider import Producer, same_tables_however_run, write_definitions
from monstera.settings import PROJECT
from monstera.warehouse import Warehouse

FIRST, DAYS, ACCOUNTS, USERS = date(2024, 2, 20), 72, 12, 30
LAST = FIRST + timedelta(days=DAYS)
DAY = timedelta(days=1)
DEFINITIONS = {
    "lifecycle.yaml": "business_time_zone: {zone}\nactive_days: 4\nchurn_days: 9\ngrace_days: 1\n",
    "products/all.yaml": "- {{id: alpha, name: Alpha}}\n"
    "- {{id: beta, name: Beta, state_time_thresholds: {{active_days: 2, churn_days: 2}}}}\n"
    "- {{id: gamma, name: Gamma, is_active: false}}\n",
    "events/all.yaml": "- {{event_type: used, is_qualifying: true}}\n",
    "accounts.yaml": "tiers: [bronze, silver, gold]\n"
    "currency_rates: {{USD: 1, EUR: {{2024-01-01: 1.10, 2024-03-20: 1.25}}}}\n"
    "thresholds: {{window_days: 6, trial_days: 5, lapse_days: 6, new_paid_days: 14,"
    " reactivated_days: 8, signals_after_days: 4, usage_signals_after_days: 12,"
    " usage_minimum_events: 4, key_user_silent_days: 5, renewal_ahead_days: 6,"
    " support_issue_open_days: 2, survey_days: 10}}\n",
}


class Accounts(Producer):
    """What happened to somebody's accounts and their members, some of it told again."""

    def __init__(self, seed: int, zone: str) -> None:
        super().__init__(seed, zone, LAST)
        self._accounts = [f"account {number}" for number in range(ACCOUNTS)]
        self._users = [f"user {number}" for number in range(USERS)]
        for account in self._accounts:
            self._trade(account, self._moment(FIRST, FIRST + DAYS // 3 * DAY))
            self._ask(account)
        for user in self._users:
            self._live(user, self._moment(FIRST, FIRST + DAYS // 2 * DAY))

    def _trade(self, account: str, created: datetime) -> None:
        pick = self._random.choice
        has_terms = pick([False, True])  # in the feed, beside those of the events
        at = created
        for _ in range(pick([1, 2, 4])):
            version = {
                "account_id": account, "updated_at": at.isoformat(),
                "account_created_at": created.isoformat(),
                "primary_admin_user_id": pick([*self._users, None]),
            }  # fmt: skip
            if has_terms:
                version |= {
                    "subscription_tier": pick(["bronze", "gold", None]),
                    "total_seats": pick([0, 2, 5.0, None]),
                    "monthly_recurring_revenue": pick([0, 60, 120.25, None]),
                }
            self._deliver("accounts", at, version)
            at += timedelta(days=pick([1, 6, 15]), hours=pick([0, 7]))
        day = created.astimezone(self._zone).date()
        while day <= LAST:
            event_type = pick([*STORY, "account_deleted"] if day > LAST - 20 * DAY else STORY)
            terms = self._terms(event_type, day)
            self._happen(account, "account", event_type, self._moment(day, day), **terms)
            day += timedelta(days=pick([0, 1, 2, 4, 9]))

    def _terms(self, event_type: str, day: date) -> dict[str, Any]:
        pick = self._random.choice
        later = str(day + timedelta(days=pick([-1, 0, 2, 5, 12])))
        if event_type == "subscription_canceled":
            return pick([{}, {"effective_on": later}])
        if event_type == "subscription_renewed":
            return {"renewal_on": later}
        if event_type == "account_paused":
            return {"pause_type": pick(["voluntary", "seasonal"]), "resume_on": later}
        if event_type not in {"subscription_started", "subscription_changed"}:
            return {}
        terms = {
            "tier": pick(["bronze", "silver", "gold", "unknown"]), "seats": pick([0, 1, 3, 8]),
            "mrr": pick([50, 99.99, 250]), "currency": pick(["USD", "EUR", "eur"]),
            "renewal_on": later, "auto_renew": pick([True, True, False]),
        }  # fmt: skip
        return dict(self._random.sample(sorted(terms.items()), pick([1, 3, 6])))

    def _ask(self, account: str) -> None:
        pick = self._random.choice
        for number in range(pick([0, 1, 2])):
            opened = at = self._moment(FIRST, LAST - 9 * DAY)
            for status in ("open", pick(["open", "closed"])):
                ticket = {
                    "ticket_id": f"{account}/{number}", "account_id": account, "status": status,
                    "priority": pick(["urgent", "low"]), "opened_at": opened.isoformat(),
                    "updated_at": at.isoformat(),
                }  # fmt: skip
                self._deliver("support_tickets", at, ticket)
                at += timedelta(hours=pick([5, 90]))
            answer = {
                "response_id": f"{account}/{number}", "account_id": account, "survey": "csat",
                "score": pick([1, 5]), "answered_at": at.isoformat(),
            }  # fmt: skip
            self._deliver("survey_responses", at, answer)

    def _live(self, user: str, signup: datetime) -> None:
        pick = self._random.choice
        homes = self._random.sample([*self._accounts, None], 2)  # to and fro, as often as not
        at = signup
        for number in range(pick([1, 1, 3])):
            version = {
                "user_id": user, "user_created_at": signup.isoformat(),
                "updated_at": at.isoformat(), "account_id": homes[number % 2],
            }  # fmt: skip
            self._deliver("users", at, version)
            at += timedelta(days=pick([1, 3, 10]))
        day = signup.date()
        while day < LAST:
            product = pick([{}, {"product_id": pick(["alpha", "beta", "gamma"])}])
            self._happen(user, "user", "used", self._moment(day, day), **product)
            day += timedelta(days=pick([0, 1, 1, 2, 3, 8, 15]))
        moment = self._moment(FIRST, LAST)
        for number in range(pick([0, 0, 0, 1, 2])):
            self._happen(user, "user", ["user_deleted", "user_restored"][number], moment)
            moment += timedelta(seconds=pick([1, 40_000, 400_000]))

    def _happen(self, who: str, kind: str, event_type: str, at: datetime, **metadata: Any) -> None:
        event = {
            "event_id": str(self._random.getrandbits(64)), "entity_id": who, "entity_type": kind,
            "event_type": event_type, "location": "elsewhere", "timestamp": at.isoformat(),
            "metadata": metadata,
        }  # fmt: skip
        for _ in range(self._random.choice([1, 1, 1, 2])):
            self._deliver("events", at, event)


STORY = [
    "trial_started", "subscription_started", "subscription_started", "subscription_changed",
    "subscription_renewed", "subscription_canceled", "subscription_expired", "payment_failed",
    "payment_failed", "payment_recovered", "account_paused", "account_resumed",
]  # fmt: skip


@pytest.mark.long
@pytest.mark.parametrize(("seed", "zone"), [(1, "Africa/Cairo"), (2, "America/Santiago")])
def test_however_the_files_are_run_the_accounts_are_the_same(
    new_warehouse: Callable[[], Warehouse], tmp_path: Path, seed: int, zone: str
) -> None:
    write_definitions(tmp_path / "definitions", DEFINITIONS, zone)
    (tmp_path / "definitions" / "feeds").mkdir()
    support = PROJECT / "include" / "definitions" / "feeds" / "support.yaml"
    shutil.copy(support, tmp_path / "definitions" / "feeds")
    Accounts(seed, zone).write(tmp_path / "landing")
    tables = same_tables_however_run(new_warehouse, tmp_path, FIRST, LAST)
    assert len(tables["silver.account_days"]) > ACCOUNTS * DAYS // 2
