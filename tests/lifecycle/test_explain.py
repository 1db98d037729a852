"""`monstera explain user` says why, for today and for any day before."""

import json
from collections.abc import Callable
from datetime import date
from pathlib import Path
from uuid import UUID

import pytest
from rich.console import Console
from typer.testing import CliRunner

from lifecycle.world import World, uid, utc
from monstera.cli import app
from monstera.cli import explain as command
from monstera.lifecycle.explain import NoStateThatDay, UnknownUser, UserExplanation, explain_user
from monstera.warehouse import Warehouse

SLOW = "state_time_thresholds: {active_days: 60, churn_days: 90}"


def ada(warehouse: Warehouse, folder: Path) -> World:
    """Ada: editor on Jan 5, workspace (slow) on Jan 10, nothing after; then lapses.

    The editor keeps active through Feb 4 (5 + 30) and dormant through Mar 6 (+ 60); the workspace
    active through Mar 11 (10 + 60) and dormant through Apr 10 (+ 90).
    """
    world = World(warehouse, folder, {"editor": "", "workspace": SLOW})
    world.user("ada", "2026-01-01 09:00+00", account="acme")
    world.event("ada", "2026-01-05 10:00+00", "used", "editor")
    world.event("ada", "2026-01-05 10:30+00", "used", "editor")
    world.event("ada", "2026-01-10 11:00+00", "used", "workspace")
    world.deliver()
    return world


@pytest.fixture
def world(warehouse: Warehouse, tmp_path: Path) -> World:
    """Ada, not yet published."""
    return ada(warehouse, tmp_path)


@pytest.fixture(scope="module")
def published(
    new_warehouse: Callable[[], Warehouse], tmp_path_factory: pytest.TempPathFactory
) -> World:
    """Ada as of February 10."""
    world = ada(new_warehouse(), tmp_path_factory.mktemp("published"))
    world.publish("2026-02-10")
    return world


@pytest.fixture(scope="module")
def half_a_year(
    new_warehouse: Callable[[], Warehouse], tmp_path_factory: pytest.TempPathFactory
) -> World:
    """Ada, who comes back on March 20 and June 1, as of July 1."""
    world = ada(new_warehouse(), tmp_path_factory.mktemp("half_a_year"))
    world.event("ada", "2026-03-20 12:00+00", "used", "editor")
    world.event("ada", "2026-06-01 12:00+00", "checked_in")
    world.deliver()
    world.publish("2026-07-01")
    return world


def explain(world: World, name: str, day: str | None = None) -> UserExplanation:
    return explain_user(world.warehouse, uid(name), date.fromisoformat(day) if day else None)


def test_names_the_deadlines_and_the_events_that_set_them(published: World) -> None:
    said = explain(published, "ada")

    assert said.date == said.publication.as_of == date(2026, 2, 10)
    assert said.publication.definition_version == 1
    platform = said.platform
    assert platform.state == platform.activity_state == "active"
    assert platform.active_until == date(2026, 3, 11)
    assert platform.dormant_until == date(2026, 4, 10)
    assert platform.active_set_by is not None
    assert platform.active_set_by.event_id == uid("ada|2026-01-10 11:00+00|used|workspace")
    assert platform.active_set_by.event_type == "used"
    assert platform.active_set_by.product_id == "workspace"
    assert platform.active_set_by.occurred_at == utc("2026-01-10T11:00")
    assert platform.days_since_last_qualifying_event == 31
    assert platform.qualifying_events == 3
    editor, workspace = said.products
    assert (editor.scope, editor.state) == ("editor", "dormant")
    assert (editor.active_until, editor.dormant_until) == (date(2026, 2, 4), date(2026, 3, 6))
    assert editor.active_set_by is not None
    assert editor.active_set_by.event_id == uid("ada|2026-01-05 10:00+00|used|editor")
    assert editor.first_access_at == utc("2026-01-05T10:00")
    assert (workspace.scope, workspace.state) == ("workspace", "active")
    assert said.reason == (
        "The event used in workspace on 2026-01-10 keeps the user active through 2026-03-11."
    )


def test_says_only_what_had_happened_by_the_day(half_a_year: World) -> None:
    said = explain(half_a_year, "ada", "2026-01-07")

    assert said.platform.state == "active"
    assert said.platform.active_until == date(2026, 2, 4)
    assert said.platform.qualifying_events == 2
    assert [product.scope for product in said.products] == ["editor"]
    assert [(step.scope, step.from_state, step.to_state) for step in said.transitions] == [
        ("platform", None, "new"),
        ("platform", "new", "active"),
        ("editor", None, "new"),
        ("editor", "new", "active"),
    ]
    assert said.transitions[1].triggering_event_type == "used"
    assert said.transitions[1].transition_timestamp == said.platform.state_since


@pytest.mark.parametrize(
    ("day", "state", "reason"),
    [
        (
            "2026-01-01",
            "new",
            "The user signed up on 2026-01-01, has no qualifying event yet"
            " and stays new through 2026-01-31.",
        ),
        (
            "2026-03-12",
            "dormant",
            "The last activity was 61 days ago: the event used in workspace on 2026-01-10 kept the"
            " user active through 2026-03-11, and they stay dormant through 2026-04-10.",
        ),
        (
            "2026-03-20",
            "returning",
            "The event used in editor on 2026-03-20 is the first activity since 2026-01-10,"
            " and the user had become dormant.",
        ),
        (
            "2026-05-20",
            "churned",
            "The last activity was 61 days ago: the event used in editor on 2026-03-20 kept the"
            " user from churning through 2026-05-19.",
        ),
        (
            "2026-06-01",
            "reactivated",
            "The event checked_in on 2026-06-01 is the first activity since 2026-03-20,"
            " and the user had churned.",
        ),
    ],
)
def test_gives_the_reason_for_every_state(
    half_a_year: World, day: str, state: str, reason: str
) -> None:
    said = explain(half_a_year, "ada", day)

    assert (said.platform.state, said.reason) == (state, reason)


def test_tells_late_activation_from_reactivation_and_from_never(world: World) -> None:
    for name in ("bob", "cid"):
        world.user(name, "2026-01-01 09:00+00")
    world.event("bob", "2026-02-15 12:00+00")
    world.deliver()
    world.publish("2026-02-15")

    assert explain(world, "bob").reason == (
        "The event used on 2026-02-15 is the first activity ever, after 2026-01-31,"
        " when a user without any counts as churned."
    )
    assert explain(world, "cid").reason == (
        "The user signed up on 2026-01-01 and had no qualifying event through 2026-01-31."
    )


def test_lists_payments_of_the_user_and_of_the_account_and_the_open_problem(world: World) -> None:
    world.event("acme", "2026-01-12 08:00+00", "payment_failed", entity_type="account")
    world.event("ada", "2026-01-14 08:00+00", "payment_failed")
    world.event("acme", "2026-01-25 08:00+00", "payment_recovered", entity_type="account")
    world.event("ada", "2026-01-26 08:00+00", "payment_recovered")
    world.deliver()
    world.publish("2026-02-10")

    said = explain(world, "ada", "2026-01-20")

    # both failures count: the second is in grace through the 7th day after Jan 12, then hard
    assert (said.platform.state, said.platform.dunning_type) == ("dunning", "hard")
    assert said.dunning is not None
    assert said.dunning.from_on == date(2026, 1, 20)
    assert said.dunning.dunning_since == utc("2026-01-12T08:00")
    assert [(fact.payer, fact.account_id, fact.event_type) for fact in said.payments] == [
        ("account", uid("acme"), "payment_failed"),
        ("own", None, "payment_failed"),
    ]
    assert [account.account_id for account in said.accounts] == [uid("acme")]
    assert said.reason == (
        "A hard payment problem is open while the event used in workspace on 2026-01-10 keeps the"
        " user active through 2026-03-11."
    )
    assert explain(world, "ada").dunning is None


def test_follows_deletion_and_restore(world: World) -> None:
    world.event("ada", "2026-02-01 08:00+00", "user_deleted")
    world.event("ada", "2026-02-20 08:00+00", "user_restored")
    world.event("ada", "2026-02-22 08:00+00", "viewed", "editor")
    world.deliver()
    world.publish("2026-02-25")

    deleted = explain(world, "ada", "2026-02-10")
    assert deleted.platform.state == "deleted"
    assert deleted.platform.activity_state is None
    assert deleted.platform.active_until is None
    assert deleted.products == ()
    assert deleted.reason == "The user was deleted on 2026-02-01 and is not restored since."
    assert [life.ended_on for life in deleted.lives] == [date(2026, 2, 1)]

    restored = explain(world, "ada")
    assert [life.started_on for life in restored.lives] == [date(2026, 1, 1), date(2026, 2, 20)]
    assert restored.platform.qualifying_events == 0
    assert restored.platform.active_set_by is None
    assert [(product.scope, product.state) for product in restored.products] == [("editor", "new")]
    assert restored.reason == (
        "The user was restored on 2026-02-20, has no qualifying event yet"
        " and stays new through 2026-03-22."
    )


def test_says_what_is_wrong_with_the_question(world: World) -> None:
    with pytest.raises(UnknownUser, match="Nothing is published yet"):
        explain(world, "ada")
    world.user("later", "2026-03-01 09:00+00")
    world.deliver()
    world.publish("2026-02-10")

    with pytest.raises(UnknownUser, match=f"No user has the pseudonym {uid('nobody')}"):
        explain(world, "nobody")
    with pytest.raises(NoStateThatDay, match=r"signed up on 2026-01-01: no state on 2025-12-31"):
        explain(world, "ada", "2025-12-31")
    with pytest.raises(NoStateThatDay, match=r"2026-02-11 is after 2026-02-10"):
        explain(world, "ada", "2026-02-11")
    with pytest.raises(NoStateThatDay, match=r"signed up on 2026-03-01"):
        explain(world, "later")


class TestCommand:
    @pytest.fixture
    def run(self, published: World, monkeypatch: pytest.MonkeyPatch):
        monkeypatch.setenv("MONSTERA_PSEUDONYM_KEY", "a key")
        monkeypatch.setattr(command, "console", Console(width=200))
        for cached in (command.settings, command.warehouse):
            cached.cache_clear()
        monkeypatch.setattr(command, "warehouse", lambda: published.warehouse)
        yield lambda *arguments: CliRunner().invoke(app, ["explain", "user", *arguments])
        command.settings.cache_clear()

    def test_prints_the_facts_as_json(self, run) -> None:
        result = run(str(uid("ada")), "--pseudonym", "--json")

        assert result.exit_code == 0, result.output
        facts = json.loads(result.stdout)
        assert UUID(facts["user_id"]) == uid("ada")
        assert facts["platform"]["active_until"] == "2026-03-11"
        assert facts["publication"]["as_of"] == "2026-02-10"

    def test_prints_the_same_for_people(self, run) -> None:
        result = run(str(uid("ada")), "--pseudonym", "--date", "2026-01-20")

        assert result.exit_code == 0, result.output
        for fact in (
            "at the end of 2026-01-20",
            "keeps the user active through 2026-03-11",
            "used in workspace",
            str(uid("ada|2026-01-10 11:00+00|used|workspace")),
            "new → active",
            "Published as of 2026-02-10, definition version 1, days in UTC",
        ):
            assert fact in result.stdout

    def test_finds_a_user_by_the_id_of_the_producer(self, run, published: World) -> None:
        # HMAC-SHA-256 under "a key" of "ada@example", first 16 bytes, computed with openssl
        token = "f0b7c894-e427-1378-9bcb-d9d458e304fa"
        with published.warehouse.connect() as connection:
            connection.execute(
                "insert into bronze.user_signups (user_id, feed_created_at, load_id)"
                " values (%s, '2026-05-01', 1)",
                [token],
            )
        result = run("ada@example")
        assert result.exit_code == 2
        assert "signed up on 2026-05-01" in result.stderr

    def test_says_that_a_pseudonym_has_to_be_called_one(self, run) -> None:
        assert "add --pseudonym" in str(run(str(uid("ada"))).exception)

    @pytest.mark.parametrize(
        ("arguments", "code"),
        [
            (["no-such-user"], 1),
            (["no-uuid", "--pseudonym"], 2),
            ([str(uid("ada")), "--pseudonym", "--date", "2025-12-31"], 2),
            ([str(uid("ada")), "--pseudonym", "--date", "2026-02-11"], 2),
        ],
    )
    def test_ends_with_a_code_where_it_cannot_answer(self, run, arguments, code) -> None:
        assert run(*arguments).exit_code == code
