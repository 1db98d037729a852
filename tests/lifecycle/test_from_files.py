"""From files to states, as an outsider would do it: days in any order of arrival, one late run and
a rebuild end in the same tables, under foreign definitions and in foreign time zones."""

from collections.abc import Callable
from datetime import date, datetime, timedelta, timezone
from pathlib import Path

import pytest

from lifecycle.outsider import Producer, same_tables_however_run, write_definitions
from monstera.warehouse import Warehouse

FIRST, DAYS, USERS = date(2024, 2, 20), 72, 20
LAST = FIRST + timedelta(days=DAYS)
DEFINITIONS = {
    "lifecycle.yaml": "business_time_zone: {zone}\nnew_days: 1\nactive_days: 2\nchurn_days: 4\n"
    "grace_days: 0\nmax_event_age_days: 90\n",
    "products/all.yaml": "- {{id: alpha, name: Alpha, state_time_thresholds: {{new_days: 3}},"
    " activation_definition: [{{events: [used, looked], timeframe_days: 1}}]}}\n"
    "- {{id: beta, name: Beta, state_time_thresholds: {{active_days: 1, churn_days: 1}}}}\n",
    "events/all.yaml": "- {{event_type: used, is_qualifying: true}}\n"
    "- {{event_type: looked, is_qualifying: false}}\n",
}
PAYMENTS = [
    "payment_failed", "payment_failed", "payment_method_expired", "payment_recovered",
    "subscription_canceled",
]  # fmt: skip


class Users(Producer):
    """What happened to somebody's users, some of it told again."""

    def __init__(self, seed: int, zone: str) -> None:
        super().__init__(seed, zone, LAST)
        for number in range(USERS):
            self._live(f"Ü {number}")

    def _live(self, user: str) -> None:
        pick = self._random.choice
        signup = self._moment(FIRST, FIRST + timedelta(days=DAYS // 2))
        told_by = pick(["feed", "event", "both"])
        if told_by != "event":
            version = {"user_id": user, "updated_at": signup.isoformat()}
            self._deliver("users", signup, version | {"user_created_at": signup.isoformat()})
        if told_by != "feed":
            self._happen(user, "user_signed_up", signup)
        day = signup.date() - timedelta(days=2)
        while day < LAST:
            product = pick([{}, {"product_id": "alpha"}, {"product_id": "beta"}])
            self._happen(user, pick(["used", "looked"]), self._moment(day, day), **product)
            day += timedelta(days=pick([0, 1, 1, 2, 3, 5, 9]))
        for _ in range(pick([0, 2, 5])):
            self._happen(user, pick(PAYMENTS), self._moment(FIRST, LAST))
        moment = self._moment(FIRST, LAST)
        for number in range(pick([0, 0, 1, 2, 3, 4])):
            self._happen(user, ["user_deleted", "user_restored"][number % 2], moment)
            moment += timedelta(seconds=pick([1, 3_600, 40_000, 400_000]))

    def _happen(self, user: str, event_type: str, at: datetime, **metadata: str) -> None:
        offset = timezone(timedelta(hours=self._random.choice([-7, 0, 5.5])))
        event = {
            "event_id": str(self._random.getrandbits(64)), "entity_id": user,
            "entity_type": "user", "event_type": event_type, "location": "elsewhere",
            "timestamp": at.astimezone(offset).isoformat(), "metadata": metadata,
        }  # fmt: skip
        for _ in range(self._random.choice([1, 1, 1, 2])):
            self._deliver("events", at, event)


@pytest.mark.long
@pytest.mark.parametrize(
    ("seed", "zone"), [(1, "Africa/Cairo"), (2, "America/Santiago"), (3, "Pacific/Apia")]
)
def test_however_the_files_are_run_the_tables_are_the_same(
    new_warehouse: Callable[[], Warehouse], tmp_path: Path, seed: int, zone: str
) -> None:
    """Within the days Cairo's clocks skip a midnight and Santiago's repeat the hour before one."""
    write_definitions(tmp_path / "definitions", DEFINITIONS, zone)
    Users(seed, zone).write(tmp_path / "landing")
    tables = same_tables_however_run(new_warehouse, tmp_path, FIRST, LAST)
    assert len(tables["silver.user_states"]) > USERS
