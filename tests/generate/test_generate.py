"""The files are what the plan says, and the truth is what a naive reading of the files finds."""

# ruff: noqa: PLR0911, PLR0912

import json
from collections import Counter, defaultdict
from datetime import date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from generate.conftest import DAYS, SEED, START, USERS
from generate.reading import Row, day_of, lines, rows, table
from monstera.definitions import Definitions
from monstera.generate import Incident, generate

ZONE = ZoneInfo("America/New_York")
TIME_LIMIT = timedelta(minutes=5)
REQUIRED = ("entity_id", "entity_type", "event_type", "timestamp", "location")


def files(folder: Path) -> dict[str, bytes]:
    return {
        file.relative_to(folder).as_posix(): file.read_bytes()
        for file in sorted(folder.rglob("*"))
        if file.is_file()
    }


def lives(folder: Path) -> dict[str, tuple[datetime, list[tuple[datetime, str]]]]:
    """Signup of each user, and deletions and restores in order."""
    found: dict[str, tuple[datetime, list[tuple[datetime, str]]]] = {
        row["user_id"]: (datetime.fromisoformat(row["user_created_at"]), [])
        for _, row in rows(folder, "users")
    }
    for _, row in rows(folder, "events"):
        if row.get("event_type") in {"user_deleted", "user_restored"}:
            when = datetime.fromisoformat(row["timestamp"])
            found[row["entity_id"]][1].append((when, row["event_type"]))
    for _, changes in found.values():
        changes.sort()
    return found


def judge(folder: Path, definitions: Definitions) -> list[tuple[str, str, Row | None]]:
    """(path, outcome, row) of every line of the events feed, by the rules of the specification."""
    people = lives(folder)
    accounts = {row["account_id"] for _, row in rows(folder, "accounts")}
    names = {*definitions.event_types, *definitions.aliases}
    seen: dict[tuple[date, str], bytes] = {}
    judged: list[tuple[str, str, Row | None]] = []

    def outcome(line: bytes) -> tuple[str, Row | None]:
        if len(line) > 1024 * 1024:
            return "too_large", None
        try:
            text = line.decode()
        except UnicodeDecodeError:
            return "bad_encoding", None
        try:
            row = json.loads(text)
        except ValueError:
            return "malformed_json", None
        if not isinstance(row, dict):
            return "not_an_object", None
        for field in REQUIRED:
            if row.get(field) is None:
                return f"missing_field:{field}", row
        try:
            occurred = datetime.fromisoformat(row["timestamp"])
        except ValueError:
            return "wrong_type:timestamp", row
        if not isinstance(row["metadata"], dict):
            return "wrong_type:metadata", row
        if row["event_type"] not in names:
            return "unknown_event_type", row
        kind = definitions.event_types[
            definitions.aliases.get(row["event_type"], row["event_type"])
        ]
        for key, field in kind.metadata.items():
            if field.required and key not in row["metadata"]:
                return f"missing_metadata:{key}", row
            if isinstance(row["metadata"].get(key), list):
                return f"wrong_type:{key}", row
        if row["metadata"].get("product_id", "boards") not in definitions.products:
            return "unknown_product", row
        if row["schema_version"] > 2:
            return "unsupported_schema_version", row
        received = datetime.fromisoformat(row["received_at"])
        if occurred > received + TIME_LIMIT:
            return "in_future", row
        if (received - occurred).days > 730:
            return "too_old", row
        entity = row["entity_id"]
        if row["entity_type"] == "account":
            if entity not in accounts:
                return "unknown_entity", row
        elif row["entity_type"] == "user":
            if entity not in people:
                return "unknown_entity", row
            signup, changes = people[entity]
            if occurred.astimezone(ZONE).date() < signup.astimezone(ZONE).date():
                return "before_signup", row
            state = [kind for when, kind in changes if when < occurred]
            if state and state[-1] == "user_deleted" and row["event_type"] != "user_restored":
                return "entity_deleted", row
        identity = row.get("event_id") or json.dumps(row, sort_keys=True)
        key = (occurred.astimezone(ZONE).date(), identity)
        if key in seen:
            return ("duplicate" if seen[key] == line else "conflicting_duplicate"), row
        seen[key] = line
        return "accepted", row

    for path, line in lines(folder, "events"):
        judged.append((path, *outcome(line)))
    return judged


def test_same_seed_same_bytes(definitions: Definitions, demo: Path, tmp_path: Path) -> None:
    generate(
        tmp_path, definitions=definitions, users=USERS, days=DAYS, start=START, seed=SEED,
        shape="demo", broken_share=0.01,
    )  # fmt: skip
    assert files(tmp_path) == files(demo)


def test_other_seed_other_bytes(definitions: Definitions, tmp_path: Path) -> None:
    for seed in (1, 2):
        generate(
            tmp_path / str(seed), definitions=definitions, users=50, days=5, start=START, seed=seed
        )
    first, second = files(tmp_path / "1"), files(tmp_path / "2")
    assert first.keys() & second.keys()
    assert all(first[name] != second[name] for name in first if name.startswith("landing/events"))


def test_truth_of_files_is_what_the_rules_say(demo: Path, definitions: Definitions) -> None:
    judged = judge(demo, definitions)
    found: dict[str, Counter[str]] = defaultdict(Counter)
    for path, outcome, _ in judged:
        found[path][outcome] += 1
    expected = [row for row in table(demo, "files") if row["feed"] == "events"]
    assert [row["path"] for row in expected] == sorted(found)
    for row in expected:
        outcomes = found[row["path"]]
        good = {"accepted": outcomes["accepted"], "duplicate": outcomes["duplicate"]}
        assert {name: int(row[name]) for name in good} == good, row["path"]
        assert int(row["rows"]) == outcomes.total(), row["path"]
        assert int(row["quarantined"]) == outcomes.total() - sum(good.values()), row["path"]

    refused = Counter(
        (path, outcome) for path, outcome, _ in judged if outcome not in {"accepted", "duplicate"}
    )
    truth = {(r["path"], r["reason"]): int(r["rows"]) for r in table(demo, "quarantine")}
    assert refused == truth
    summary = json.loads((demo / "truth" / "summary.json").read_text())
    assert summary["quarantined_by_reason"] == Counter(reason for _, reason in refused.elements())
    assert len(summary["quarantined_by_reason"]) == 22  # every reason there is has its rows


def test_waiting_rows_are_those_of_users_announced_later(
    demo: Path, definitions: Definitions
) -> None:
    announced: dict[str, str] = {}
    for feed, key in (("users", "user_id"), ("events", "entity_id")):
        for path, row in rows(demo, feed):
            if feed == "users" or row.get("event_type") == "user_signed_up":
                dt = path.split("/")[1]
                announced[row[key]] = min(announced.get(row[key], dt), dt)
    waiting: Counter[str] = Counter()
    for path, outcome, row in judge(demo, definitions):
        user = row is not None and row["entity_type"] == "user" if outcome == "accepted" else False
        if user and row is not None and path.split("/")[1] < announced[row["entity_id"]]:
            waiting[path] += 1
    assert waiting == Counter({r["path"]: int(r["waiting"]) for r in table(demo, "files")})
    assert waiting.total() > 0


def test_truth_of_days_is_what_the_events_say(demo: Path, definitions: Definitions) -> None:
    events: Counter[date] = Counter()
    qualifying: Counter[date] = Counter()
    active: dict[date, set[str]] = defaultdict(set)
    by_product: dict[tuple[date, str], list[str]] = defaultdict(list)
    kinds: dict[str, Counter[date]] = defaultdict(Counter)
    late: Counter[date] = Counter()
    for path, outcome, row in judge(demo, definitions):
        if outcome != "accepted" or row is None:
            continue
        day = day_of(row["timestamp"], ZONE)
        dt = date.fromisoformat(path.split("/")[1].removeprefix("dt="))
        late[dt] += dt > day
        events[day] += 1
        name = definitions.aliases.get(row["event_type"], row["event_type"])
        kinds[name][day] += 1
        kind = definitions.event_types[name]
        duration = row["metadata"].get("duration_seconds", 0)
        if kind.is_qualifying and (name != "call_held" or duration > 300):
            qualifying[day] += 1
            active[day].add(row["entity_id"])
            if product := kind.product or row["metadata"].get("product_id"):
                by_product[day, product].append(row["entity_id"])
    signups = Counter(day_of(row["user_created_at"], ZONE) for row in initial(demo))
    for row in table(demo, "days"):
        day = date.fromisoformat(row["date"])
        assert {name: int(row[name]) for name in list(row)[1:]} == {
            "signups": signups[day],
            "deletions": kinds["user_deleted"][day],
            "restores": kinds["user_restored"][day],
            "active_users": len(active[day]),
            "qualifying_events": qualifying[day],
            "accepted_events": events[day],
            "late_deliveries": late[day],
        }, day
    assert sum(signups.values()) == USERS
    assert kinds["user_deleted"].total() > 0
    assert kinds["user_restored"].total() > 0
    assert {
        (date.fromisoformat(r["date"]), r["product_id"]): (
            int(r["active_users"]),
            int(r["qualifying_events"]),
        )
        for r in table(demo, "products")
    } == {key: (len(set(users)), len(users)) for key, users in by_product.items()}


def initial(folder: Path) -> list[Row]:
    """The first version of every user."""
    first: dict[str, Row] = {}
    for _, row in rows(folder, "users"):
        first.setdefault(row["user_id"], row)
    return list(first.values())


def test_truth_of_revenue_is_what_the_account_events_say(
    demo: Path, definitions: Definitions
) -> None:
    changes: dict[str, list[tuple[date, float]]] = defaultdict(list)
    currency: dict[str, str] = {}
    for _, outcome, row in judge(demo, definitions):
        if outcome != "accepted" or row is None or row["entity_type"] != "account":
            continue
        account, said = row["entity_id"], row["metadata"]
        day = day_of(row["timestamp"], ZONE)
        if "mrr" in said:
            currency[account] = said.get("currency", currency.get(account))
            changes[account].append((day, said["mrr"]))
        elif row["event_type"] == "subscription_canceled":
            changes[account].append((date.fromisoformat(said["effective_on"]), 0))
        elif row["event_type"] == "subscription_expired":
            changes[account].append((day, 0))
    for row in table(demo, "revenue"):
        day = date.fromisoformat(row["date"])
        now = [
            max((when, number, mrr) for number, (when, mrr) in enumerate(found) if when <= day)[2]
            for account, found in changes.items()
            if currency[account] == row["currency"] and min(found)[0] <= day
        ]
        assert (int(row["subscribed_accounts"]), float(row["monthly_recurring_revenue"])) == (
            sum(mrr > 0 for mrr in now),
            sum(now),
        ), day
    assert int(table(demo, "revenue")[-1]["subscribed_accounts"]) > 5


def test_truth_of_movements_adds_up_to_the_revenue(demo: Path) -> None:
    """Each day's revenue is the day's before plus what moved on it, by currency."""
    moved: dict[tuple[str, str], float] = defaultdict(float)
    for row in table(demo, "movements"):
        moved[row["date"], row["currency"]] += float(row["amount"])
        assert int(row["accounts"]) > 0
        assert (float(row["amount"]) < 0) == (row["movement"] in {"contraction", "churn"})
    before: dict[str, float] = defaultdict(float)
    for row in table(demo, "revenue"):
        now = before[row["currency"]] + moved.pop((row["date"], row["currency"]), 0.0)
        assert float(row["monthly_recurring_revenue"]) == now
        before[row["currency"]] = now
    assert not moved


def test_feed_of_accounts_agrees_with_their_events(demo: Path, definitions: Definitions) -> None:
    last: dict[str, float] = defaultdict(float)
    for _, outcome, row in judge(demo, definitions):
        if outcome == "accepted" and row is not None and row["entity_type"] == "account":
            if row["event_type"] == "subscription_canceled":
                effective = date.fromisoformat(row["metadata"]["effective_on"])
                if effective <= START + timedelta(days=DAYS - 1):
                    last[row["entity_id"]] = 0
            elif row["event_type"] == "subscription_expired":
                last[row["entity_id"]] = 0
            else:
                last[row["entity_id"]] = row["metadata"].get("mrr", last[row["entity_id"]])
    shown = {row["account_id"]: row for _, row in rows(demo, "accounts")}
    assert {a: r["monthly_recurring_revenue"] or 0 for a, r in shown.items()} == dict(last)


def test_every_event_satisfies_its_definition(demo: Path, definitions: Definitions) -> None:
    types = {"string": str, "integer": int, "number": float, "boolean": bool}
    checked = 0
    for _, outcome, row in judge(demo, definitions):
        if outcome != "accepted" or row is None:
            continue
        name = definitions.aliases.get(row["event_type"], row["event_type"])
        kind = definitions.event_types[name]
        assert row["schema_version"] in kind.schema_versions
        if kind.product is not None:
            assert row["metadata"]["product_id"] == kind.product
        for key, field in kind.metadata.items():
            if field.required or key in row["metadata"]:
                assert isinstance(row["metadata"][key], types.get(field.type, object)), (name, key)
                checked += 1
    assert checked > 1000


def test_unique_events_happen_once_and_dependencies_come_before(
    demo: Path, definitions: Definitions
) -> None:
    first: dict[tuple[str, str], str] = {}
    count: Counter[tuple[str, str]] = Counter()
    for _, outcome, row in judge(demo, definitions):
        if outcome == "accepted" and row is not None:
            name = definitions.aliases.get(row["event_type"], row["event_type"])
            key = (row["entity_id"], name)
            first[key] = min(first.get(key, row["timestamp"]), row["timestamp"])
            count[key] += 1
    assert {count[key] for key in count if definitions.event_types[key[1]].is_unique} == {1}
    moved = [key for key in first if key[1] == "card_moved"]
    assert moved
    assert all(first[user, "card_created"] <= first[user, name] for user, name in moved)


def test_weekends_are_quiet_and_aliases_are_used(demo: Path) -> None:
    by_weekday: dict[int, list[int]] = defaultdict(list)
    for row in table(demo, "days")[40:-25]:
        by_weekday[date.fromisoformat(row["date"]).weekday()].append(int(row["active_users"]))
    mean = {weekday: sum(found) / len(found) for weekday, found in by_weekday.items()}
    assert max(mean[5], mean[6]) < 0.7 * min(mean[weekday] for weekday in range(4))
    names = {row.get("event_type") for _, row in rows(demo, "events")}
    assert {"login", "logged_in"} <= names


@pytest.mark.parametrize("kind", ["volume_drop", "no_events"])
def test_incident_takes_volume_away(kind: str, definitions: Definitions, tmp_path: Path) -> None:
    day = START + timedelta(days=30)
    counts = {}
    for name, incidents in (("quiet", ()), ("troubled", (Incident.parse(f"{kind}@{day}"),))):
        generate(
            tmp_path / name, definitions=definitions, users=300, days=32, start=START, seed=3,
            incidents=incidents,
        )  # fmt: skip
        row = next(r for r in table(tmp_path / name, "days") if r["date"] == str(day))
        counts[name] = int(row["active_users"])
    assert counts["quiet"] > 20
    assert counts["troubled"] <= (0 if kind == "no_events" else 0.6 * counts["quiet"])


def test_late_batch_restates_one_day(definitions: Definitions, tmp_path: Path) -> None:
    day = START + timedelta(days=20)
    generate(
        tmp_path, definitions=definitions, users=300, days=30, start=START, seed=3,
        incidents=(Incident("late_batch", day),),
    )  # fmt: skip
    late = {row["date"]: int(row["late_deliveries"]) for row in table(tmp_path, "days")}
    assert {found for found, count in late.items() if count} == {str(day + timedelta(days=3))}
    assert late[str(day + timedelta(days=3))] > 10


def test_payments_fail_on_the_day_of_the_incident(definitions: Definitions, tmp_path: Path) -> None:
    day = START + timedelta(days=60)
    generate(
        tmp_path, definitions=definitions, users=800, days=70, start=START, seed=3,
        incidents=(Incident("payment_failures", day),),
    )  # fmt: skip
    failures = Counter(
        day_of(row["timestamp"], ZONE)
        for _, row in rows(tmp_path, "events")
        if row["event_type"] == "payment_failed" and row["entity_type"] == "account"
    )
    others = [count for found, count in failures.items() if found != day]
    assert failures[day] > 2 * max(others)


def test_churn_jump_sends_users_away_a_churn_period_before(
    definitions: Definitions, tmp_path: Path
) -> None:
    day = START + timedelta(days=99)
    quits = str(day - timedelta(days=definitions.lifecycle.churn_days))
    active = {}
    for name, incidents in (("quiet", ()), ("troubled", (Incident("churn_jump", day),))):
        generate(
            tmp_path / name, definitions=definitions, users=1000, days=100, start=START, seed=3,
            incidents=incidents,
        )  # fmt: skip
        active[name] = {r["date"]: int(r["active_users"]) for r in table(tmp_path / name, "days")}
    week_before = str(day - timedelta(days=definitions.lifecycle.churn_days + 7))
    assert active["troubled"][week_before] == active["quiet"][week_before]
    assert active["troubled"][quits] < 0.85 * active["quiet"][quits]


def test_plain_shape_has_no_trouble(definitions: Definitions, tmp_path: Path) -> None:
    summary = generate(tmp_path, definitions=definitions, users=200, days=20, start=START, seed=4)
    totals = summary["totals"]
    assert totals["accepted"] == totals["rows"] > 0
    assert all("email" not in row for _, row in rows(tmp_path, "users"))


def test_fake_personal_data_is_recognisable(demo: Path) -> None:
    assert all(row["email"].endswith("@example.invalid") for _, row in rows(demo, "users"))


def test_refuses_a_folder_that_is_in_use(demo: Path, definitions: Definitions) -> None:
    with pytest.raises(FileExistsError, match="not empty"):
        generate(demo, definitions=definitions, users=5, days=2, start=START)


@pytest.mark.parametrize("text", ["volume_drop", "flood@2026-01-01", "volume_drop@2026-13-01"])
def test_names_the_incidents_there_are(text: str) -> None:
    with pytest.raises(ValueError, match=r"no incident|month"):
        Incident.parse(text)


def test_incident_outside_the_days_is_refused(definitions: Definitions, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="outside"):
        generate(
            tmp_path, definitions=definitions, users=5, days=2, start=START,
            incidents=(Incident("no_events", START + timedelta(days=2)),),
        )  # fmt: skip


def test_further_feeds_are_written_where_they_are_declared(
    demo: Path, definitions: Definitions
) -> None:
    assert not (demo / "landing" / "survey_responses").exists()
    for feed in ("payments", "support_tickets", "ad_spend"):
        declared = definitions.feeds[feed]
        found = [row for _, row in rows(demo, feed)]
        assert len(found) > 5
        keys = [tuple(row[key] for key in declared.key) for row in found]
        assert len(set(keys)) == len(keys)
        for row in found:
            assert set(row) <= set(declared.columns)
            assert {name for name, column in declared.columns.items() if column.required} <= set(
                row
            )
        expected = sum(int(r["rows"]) for r in table(demo, "files") if r["feed"] == feed)
        assert len(found) == expected


def test_tickets_close_after_they_opened(demo: Path) -> None:
    tickets: dict[str, list[Row]] = defaultdict(list)
    for _, row in rows(demo, "support_tickets"):
        tickets[row["ticket_id"]].append(row)
    assert {tuple(row["status"] for row in found) for found in tickets.values()} <= {
        ("open",),
        ("open", "closed"),
    }
    closed = [found[1] for found in tickets.values() if len(found) == 2]
    assert closed
    assert all(row["opened_at"] < row["closed_at"] == row["updated_at"] for row in closed)


def test_visitors_look_before_they_sign_up(demo: Path) -> None:
    events = [row for _, row in rows(demo, "events") if row.get("entity_type") == "visitor"]
    seen: dict[str, list[str]] = defaultdict(list)
    for row in events:
        seen[row["entity_id"]].append(row["timestamp"])
    signups = {
        row["metadata"]["visitor_id"]: row["timestamp"]
        for _, row in rows(demo, "events")
        if row.get("event_type") == "user_signed_up" and "visitor_id" in row["metadata"]
    }
    assert len(signups) > 0.3 * USERS
    assert len(seen) > 2 * len(signups)
    assert all(max(seen[visitor]) < signup for visitor, signup in signups.items())
