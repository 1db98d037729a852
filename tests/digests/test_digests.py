"""What digests say, to whom, and that they say it once."""

import re
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from uuid import UUID

import pytest

from digests.conftest import DAU, SUNDAY, WEEK, put
from monstera.alerts import rules_of
from monstera.alerts.wording.figures import MINUS
from monstera.definitions import Definitions, compile_definitions, load_definitions
from monstera.digests import compose, newest, post_due
from monstera.notify import MailWriter, Message, Routing, send_due
from monstera.notify.digest import Digest, Figure, Item, Listing
from monstera.warehouse import Warehouse
from notify.test_mail import HOSTILE, read

DAILY = "revenue_daily_drop"
MORNING = datetime(2026, 2, 2, 1, tzinfo=UTC)


def incident(connection, rule: str, priority: str, opened: date, until: date | None = None,
             **facts) -> int:  # fmt: skip
    at = datetime(opened.year, opened.month, opened.day, 9, tzinfo=UTC)
    row = connection.execute(
        "insert into ops.alert_incidents (fingerprint, rule_id, owner, priority, runbook,"
        " opened_at, opened_on, last_seen_at, last_seen_on, is_live, notified_at, value, baseline,"
        " threshold, acknowledged_at, verdict, resolved_at, resolved_on)"
        " values (gen_random_uuid()::text, %(rule)s, 'growth', %(priority)s, 'x', %(at)s,"
        " %(opened)s, %(at)s, %(opened)s, true, %(at)s, 800, 1000, 900, %(taken)s, %(verdict)s,"
        " %(end)s::date + 8, %(end)s::date) returning incident_id",  # a week and a morning later
        {"rule": rule, "priority": priority, "at": at, "opened": opened, "end": until,
         "taken": facts.get("taken"), "verdict": facts.get("verdict")},
    ).fetchone()  # fmt: skip
    return int(row[0])


def digest(warehouse: Warehouse, shipped: Definitions, kind: str = "daily") -> Digest:
    with warehouse.connect() as connection:
        return compose(connection, shipped, rules_of(shipped), newest(kind, SUNDAY))


def figure(of: Digest, name: str) -> Figure:
    return next(figure for figure in of.figures if figure.name == name)


def listing(of: Digest, title: str) -> Listing:
    return next(listing for listing in of.listings if listing.title == title)


def test_a_day_against_the_same_weekday(filled, shipped) -> None:
    daily = digest(filled, shipped)
    assert figure(daily, "Users Active Daily") == Figure(
        "Users Active Daily", "800", "", f"{MINUS}20 %", "bad", "Product"
    )
    assert [one.name for one in daily.figures] == ["Users Active Daily"]  # weeks are not over
    assert daily.compared_with == "Sunday, 25 January"


def test_a_week_against_the_week_before(filled, shipped) -> None:
    weekly = digest(filled, shipped, "weekly")
    assert figure(weekly, "Users Churn Rate Weekly") == Figure(
        "Users Churn Rate Weekly", "3 %", "", "+1 point", "bad", "Product"
    )
    mean = Decimal(6 * 1000 + 800) / 7  # 971.4, against 1,000
    assert figure(weekly, "Users Active Daily") == Figure(
        "Users Active Daily", f"{mean:.1f}", "average day", f"{MINUS}2.9 %", "bad", "Product"
    )


def test_what_rose_tenfold_is_told_as_a_multiple(filled, shipped) -> None:
    """From 4 to 40 is +900 %; from 4 to 38 it would be +850 %. Of what was negative none is."""
    failed = "payments_failed_daily"
    for before, number, said in ((4, 40, "10-fold"), (4, 38, "+850 %"), (-4, 40, "+1,100 %")):
        with filled.connect() as connection:
            connection.execute("delete from gold.metric_values where metric_id = %s", [failed])
            put(connection, failed, SUNDAY - WEEK, before)
            put(connection, failed, SUNDAY, number)
        assert figure(digest(filled, shipped), "Payments Failed Daily").change == said


def test_what_takes_time_to_be_known_is_the_newest_known(filled, shipped) -> None:
    activation = "users_activation_rate_weekly"  # known 7 days after its week
    with filled.connect() as connection:
        for weeks, rate in ((1, 0.5), (2, 0.6)):
            put(connection, activation, SUNDAY - timedelta(days=6) - weeks * WEEK, rate, "week")
    weekly = digest(filled, shipped, "weekly")
    assert figure(weekly, "Users Activation Rate Weekly") == Figure(
        "Users Activation Rate Weekly", "50 %", "of 19 January 2026, the newest known",
        f"{MINUS}10 points", "bad", "Product",
    )  # fmt: skip


def test_a_month_is_the_mean_of_what_began_in_it(filled, shipped) -> None:
    monthly = digest(filled, shipped, "monthly")
    churn = figure(monthly, "Users Churn Rate Weekly")  # 12, 19 and 26 January: 2 %, 2 %, 3 %
    assert (churn.value, churn.note, churn.change) == ("2.3 %", "average week", "")
    assert figure(monthly, "Users Active Daily").change == "unchanged"


def test_charts_are_of_what_moved_most(filled, shipped) -> None:
    (moved,) = digest(filled, shipped).charts
    assert moved.name == "Users Active Daily"
    assert len(moved.points) == 30 and moved.points[-1] == ("2026-02-01", 800.0)
    weekly = digest(filled, shipped, "weekly").charts
    assert [series.name for series in weekly] == ["Users Active Daily"]  # churn has two values
    assert weekly[0].points[-2:] == (
        ("2026-01-19", 1000.0),
        ("2026-01-26", pytest.approx(6800 / 7)),
    )


def test_alerts_of_the_day_and_what_can_wait(filled, shipped) -> None:
    with filled.connect() as connection:
        still = incident(connection, DAILY, "P1", SUNDAY - WEEK)
        incident(connection, DAILY, "P2", SUNDAY, SUNDAY)
        incident(connection, "gone", "P1", SUNDAY - WEEK, SUNDAY - WEEK)  # over before
        incident(connection, "gone", "P3", SUNDAY)
        incident(connection, "gone", "P3", SUNDAY - timedelta(days=1), SUNDAY)
    daily = digest(filled, shipped)
    alerts = listing(daily, "Alerts").items
    assert [(item.badge, item.more) for item in alerts] == [
        ("P1", f"since 25 January 2026 · open · growth · incident {still}"),
        ("P2", "since 1 February 2026, over on 1 February 2026 · growth"),
    ]
    assert [(item.text, item.more) for item in listing(daily, "Worth a look").items] == [
        ("gone", "Owner: growth."), ("gone", "Over on 1 February 2026. Owner: growth."),
    ]  # fmt: skip
    assert daily.summary == "1 alert fired and 1 is open."


def test_an_alert_of_a_week_fires_when_the_week_is_known(filled, shipped) -> None:
    """On its Sunday; what is dated by its Monday, as its data are, is of no day's digest."""
    monday = SUNDAY - timedelta(days=6)
    with filled.connect() as connection:
        still = incident(connection, "users_churn_rate_jump", "P1", monday)
        incident(connection, "users_active_ratio_decline", "P3", monday - WEEK, monday)
        incident(connection, "users_churn_rate_jump", "P2", monday + WEEK)  # of next Sunday
    daily = digest(filled, shipped)
    assert daily.summary == "1 alert fired and 1 is open."
    assert [item.more for item in listing(daily, "Alerts").items] == [
        f"since 1 February 2026 · open · growth · incident {still}"
    ]
    (over,) = listing(daily, "Worth a look").items
    assert over.more.endswith("Over on 1 February 2026. Owner: growth.")


def test_how_quickly_alerts_were_answered(filled, shipped) -> None:
    with filled.connect() as connection:
        soon = datetime(2026, 1, 28, 10, 30, tzinfo=UTC)  # 1.5 h after 9:00, and 2 h are allowed
        incident(connection, "a", "P1", date(2026, 1, 28), taken=soon, verdict="true_positive")
        late = datetime(2026, 1, 28, 12, tzinfo=UTC)
        incident(connection, "b", "P1", date(2026, 1, 28), taken=late, verdict="false_positive")
        incident(connection, "c", "P0", date(2026, 1, 29))
    answered = listing(digest(filled, shipped, "weekly"), "How we answered").items
    assert answered == (
        Item("P0", "1 alert", "0 answered within 1 h"),
        Item("P1", "2 alerts", "1 answered within 2 h; 1 of 2 judged were false"),
    )


def test_late_corrections_by_metric(filled, shipped) -> None:
    with filled.connect() as connection:
        publication = connection.execute(
            "insert into ops.publications (as_of, definition_version, gear, reason, started_at,"
            " users_touched, transitions_written, values_restated) values (%s, 1, 'day', 't',"
            " now(), 0, 0, 0) returning publication_id", [SUNDAY],
        ).fetchone()[0]  # fmt: skip
        for day, was, now, cause in (
            (3, 900, 930, "late_data"), (4, 900, 901, "late_data"), (5, 1, 99, "rebuild"),
        ):  # fmt: skip
            connection.execute(
                "insert into ops.metric_restatements (metric_id, date, segment_key, segment_value,"
                " old_value, new_value, cause, definition_version, publication_id)"
                " values (%s, %s, 'all', 'all', %s, %s, %s, 1, %s)",
                [DAU, date(2026, 1, day), was, now, cause, publication],
            )
    assert listing(digest(filled, shipped), "Corrected later").items == (
        Item(
            "2 \N{MULTIPLICATION SIGN}",
            "Users Active Daily",
            "most on 3 January 2026: was 900, is 930",
        ),
    )


def test_each_is_sent_once(filled, shipped) -> None:
    written = post_due(filled, shipped, SUNDAY, MORNING)
    assert written == ["daily 2026-02-01", "weekly 2026-01-26", "monthly 2026-01-01"]
    assert post_due(filled, shipped, SUNDAY, MORNING + timedelta(minutes=5)) == []
    assert post_due(filled, shipped, SUNDAY + timedelta(days=1), MORNING + timedelta(days=1)) == [
        "daily 2026-02-02"
    ]


def test_days_made_up_for_later_have_none(filled, shipped) -> None:
    assert post_due(filled, shipped, SUNDAY, MORNING + timedelta(days=40)) == []


def test_owners_of_low_alerts_read_them_in_the_daily_digest(filled, shipped) -> None:
    with filled.connect() as connection:
        incident(connection, DAILY, "P3", SUNDAY)
    post_due(filled, shipped, SUNDAY, MORNING)
    with filled.connect() as connection:
        receivers = connection.execute(
            "select digest, receiver from ops.notification_outbox order by digest desc, receiver"
        ).fetchall()
    assert receivers == [
        ("weekly 2026-01-26", "data-team@example.com"),
        ("monthly 2026-01-01", "data-team@example.com"),
        ("daily 2026-02-01", "data-team@example.com"),
        ("daily 2026-02-01", "growth@example.com"),
    ]


def test_it_leaves_as_mail(filled, shipped) -> None:
    post_due(filled, shipped, SUNDAY, MORNING)
    sent: list[Message] = []

    class Kept:
        def send(self, message: Message) -> None:
            sent.append(message)

    assert send_due(filled, {"mail": Kept()}, MORNING).sent == 3
    daily = next(m for m in sent if m.digest is not None and m.digest.kind == "daily")
    assert daily.digest == digest(filled, shipped)  # through the outbox and back
    mail = MailWriter(Routing()).write(daily, MORNING)
    assert mail["Subject"] == "[Daily summary] Sunday, 1 February 2026 · Monstera"
    text, html, _ = read(mail)
    for words in (text, html):
        for said in ("Users Active Daily", "800", "20 %", "Nothing fired.", "25 January",
                     "No published value changed."):  # fmt: skip
            assert said in words


def message(of: Digest) -> Message:
    return Message(UUID(int=1), "mail", "a@example.com", "digest", "", "P3", (), of)


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_content_is_text_and_nothing_else(text: str) -> None:
    def with_text(words: str) -> Digest:
        item = Item(words, words, words)
        return Digest("daily", "Today", "Nothing.", "yesterday",
                      listings=(Listing("Alerts", (item,)),))  # fmt: skip

    writer = MailWriter(Routing())
    _, _, harmless = read(writer.write(message(with_text("x")), MORNING))
    mail = writer.write(message(with_text(text)), MORNING)
    _, _, reader = read(mail)
    assert (reader.tags, reader.attributes) == (harmless.tags, harmless.attributes)
    assert not re.search(r"(?im)^bcc", mail.get_body(("plain",)).get_content())


def test_without_metrics_and_rules_it_is_short_but_complete(warehouse, tmp_path) -> None:
    (tmp_path / "lifecycle.yaml").write_text("business_time_zone: UTC\n")
    nothing = load_definitions(tmp_path)
    with warehouse.connect() as connection:
        compile_definitions(connection, nothing)
        empty = compose(connection, nothing, {}, newest("weekly", SUNDAY))
    assert empty.figures == () and empty.summary == "No alert fired and none is open."
    assert MailWriter(Routing()).page(message(empty)).startswith("<!")
