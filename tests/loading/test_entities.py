"""Versions of users and accounts."""

from datetime import UTC, date, datetime, timedelta
from itertools import permutations

from .builders import PSEUDONYMS, Landing, account, event, user

DAY = timedelta(days=1)


def _time(day: int) -> str:
    return f"2026-01-{day:02d}T00:00:00Z"


def _moment(day: int) -> datetime:
    return datetime(2026, 1, day, tzinfo=UTC)


def test_every_version_is_kept_with_the_time_it_holds(landing: Landing) -> None:
    landing.put("users", [user(updated_at=_time(5), country="DE"), user("u2", updated_at=_time(6))])
    landing.put("users", [user(updated_at=_time(9), country="FR")], date(2026, 2, 1))
    landing.put("users", [user(updated_at=_time(7), country="IT")], date(2026, 2, 2))
    landing.load()
    versions = landing.rows(
        "select country, nullif(valid_from, '-infinity'), nullif(valid_to, 'infinity')"
        " from bronze.users where user_id = %s order by updated_at",
        PSEUDONYMS.token("u1"),
    )
    assert versions == [
        ("DE", None, _moment(7)),
        ("IT", _moment(7), _moment(9)),
        ("FR", _moment(9), None),
    ]


def test_versions_do_not_depend_on_the_order_of_delivery(landing: Landing) -> None:
    rows = [
        user(updated_at=_time(5), country="DE"),
        user(updated_at=_time(5), country="FR"),
        user(updated_at=_time(7), country=None, user_created_at=_time(2)),
    ]
    seen = set()
    for number, order in enumerate(permutations(rows)):
        if number:
            with landing.warehouse.connect() as connection:
                connection.execute(
                    "truncate bronze.users, bronze.user_signups, ops.load_manifest cascade"
                )
        for place, row in enumerate(order):
            landing.put("users", [row], date(2026, 2, 1) + place * DAY)
        landing.load()
        versions = landing.rows(
            "select country, updated_at::text, valid_from::text, valid_to::text from bronze.users"
            " order by updated_at"
        )
        seen.add(str(versions))
        assert landing.rows("select signed_up_at from bronze.user_signups") == [_moment(2)]
    assert len(seen) == 1


def test_the_same_version_again_is_a_duplicate(landing: Landing) -> None:
    landing.put("accounts", [account(), account(), account(updated_at=_time(9))])
    landing.put("accounts", [account(), account(updated_at=_time(10))], date(2026, 2, 1))
    totals = landing.load().totals
    assert (totals.rows_read, totals.accepted, totals.duplicate) == (5, 3, 2)


def test_an_account_keeps_its_columns(landing: Landing) -> None:
    landing.put(
        "accounts",
        [account(industry="media", primary_admin_user_id="u1", currency="EUR", country="FR",
                 contract_renewal_date="2026-12-31", trial_ends_on="2026-02-01",
                 monthly_recurring_revenue=1234.56, name="Acme")],
    )  # fmt: skip
    report = landing.load()
    assert report.totals.unknown_columns == {"name": 1}
    row = landing.rows("select to_jsonb(a) from bronze.accounts a")[0]
    assert row | {"load_id": 0} == {
        "account_id": str(PSEUDONYMS.token("a1")),
        "valid_from": "-infinity",
        "valid_to": "infinity",
        "updated_at": "2026-01-01T08:00:00+00:00",
        "account_created_at": "2026-01-01T08:00:00+00:00",
        "industry": "media",
        "country": "FR",
        "subscription_tier": "pro",
        "primary_admin_user_id": str(PSEUDONYMS.token("u1")),
        "total_seats": 5,
        "monthly_recurring_revenue": 1234.56,
        "currency": "EUR",
        "contract_renewal_date": "2026-12-31",
        "trial_ends_on": "2026-02-01",
        "load_id": 0,
    }


def test_bad_records_are_quarantined(landing: Landing) -> None:
    landing.put(
        "users",
        [user(), user("u2", updated_at=None), user(None), user("u3", user_created_at="once"),
         user("u4", country=49), b"[1]", b'{"user_id":"u5"'],
    )  # fmt: skip
    assert landing.load().totals.accepted == 1
    assert landing.reasons() == {
        2: ["missing_field:updated_at"],
        3: ["missing_field:user_id"],
        4: ["wrong_type:user_created_at"],
        5: ["wrong_type:country"],
        6: ["not_an_object"],
        7: ["malformed_json"],
    }


def test_nobody_was_created_before_1970(landing: Landing) -> None:
    """What some sources send for a time that they do not know."""
    times = ["0000-01-01T00:00:00Z", "0001-01-01T00:00:00Z", "1970-01-01T00:00:00Z"]
    landing.put("users", [user(f"u{n}", user_created_at=time) for n, time in enumerate(times)])
    landing.put("accounts", [account(account_created_at=times[1])])
    assert landing.load().totals.accepted == 1
    assert landing.rows("select path like 'users/%%', line_number, reasons"
                        " from bronze.event_quarantine order by 1, 2") == [
        (False, 1, ["wrong_type:account_created_at"]),
        (True, 1, ["wrong_type:user_created_at"]),
        (True, 2, ["wrong_type:user_created_at"]),
    ]  # fmt: skip


def test_the_feed_decides_the_signup_and_an_event_where_it_never_said_one(landing: Landing) -> None:
    signup = event(event_type="user_signed_up", metadata=None, timestamp=_time(3))
    landing.put("events", [signup])
    landing.load()
    assert landing.rows("select signed_up_at from bronze.user_signups") == [_moment(3)]
    landing.put("users", [user(user_created_at=_time(2))])
    landing.load()
    assert landing.rows("select signed_up_at from bronze.user_signups") == [_moment(2)]
    # A later version without the time does not take it back.
    landing.put("users", [user(user_created_at=None, updated_at=_time(20))], date(2026, 2, 1))
    landing.load()
    assert landing.rows("select signed_up_at from bronze.user_signups") == [_moment(2)]
