"""What a folder may hold, what may be left out, and what then holds."""

from decimal import Decimal
from pathlib import Path

import pytest

from monstera.definitions import (
    DefinitionError,
    Definitions,
    Lifecycle,
    QualifiesWhen,
    load_definitions,
)
from monstera.definitions.accounts import BEGINNING

from .conftest import EVENTS, PRODUCTS, LoadFolder, WriteFolder


def test_a_minimal_folder_is_enough(load_folder: LoadFolder) -> None:
    definitions = load_folder({})
    assert list(definitions.products) == ["editor"]
    assert definitions.event_types["video_created"].product == "editor"
    assert definitions.alert_rules == []
    assert definitions.routing == {}


def test_lifecycle_defaults(load_folder: LoadFolder) -> None:
    assert load_folder({"lifecycle.yaml": ""}).lifecycle == Lifecycle(
        business_time_zone="UTC", new_days=30, active_days=30, churn_days=60,
        grace_days=7, max_event_age_days=730, support_minimum_users=10,
    )  # fmt: skip


def test_event_type_defaults(load_folder: LoadFolder) -> None:
    event_type = load_folder({}).event_types["video_created"]
    assert event_type.category == "core_action"  # since it qualifies
    assert (event_type.is_activation, event_type.is_unique, event_type.passive) == (False,) * 3
    assert (event_type.metadata, event_type.schema_versions, event_type.aliases) == ({}, (1,), ())
    assert (event_type.status, event_type.is_built_in) == ("live", False)


def test_what_does_not_qualify_is_engagement_unless_said(load_folder: LoadFolder) -> None:
    events = "- {event_type: seen, is_qualifying: false}\n"
    assert load_folder({"events/b.yaml": events}).event_types["seen"].category == "engagement"


def test_an_event_type_needs_no_product(load_folder: LoadFolder) -> None:
    events = "- {event_type: seen, is_qualifying: true, product: , metadata: }\n"
    assert load_folder({"events/b.yaml": events}).event_types["seen"].product is None


def test_products_take_from_the_platform_what_they_do_not_set(load_folder: LoadFolder) -> None:
    definitions = load_folder(
        {
            "lifecycle.yaml": "{new_days: 5, active_days: 20, churn_days: 50}",
            "products/a.yaml": PRODUCTS + "  state_time_thresholds: {active_days: 7}\n",
        }
    )
    days = {scope: thresholds.model_dump() for scope, thresholds in definitions.scopes.items()}
    assert days == {
        "platform": {"new_days": 5, "active_days": 20, "churn_days": 50},
        "editor": {"new_days": 5, "active_days": 7, "churn_days": 50},
    }


def test_features_are_no_scopes(load_folder: LoadFolder) -> None:
    feature = "- {id: effects, name: Effects, kind: feature, parent: editor}\n"
    assert list(load_folder({"products/b.yaml": feature}).scopes) == ["platform", "editor"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("duration_seconds > 300", QualifiesWhen(key="duration_seconds", operator=">", value=300)),
        ("duration_seconds<=1.5", QualifiesWhen(key="duration_seconds", operator="<=", value=1.5)),
        ("ok == true", QualifiesWhen(key="ok", operator="=", value=True)),
        ("kind != full cut", QualifiesWhen(key="kind", operator="!=", value="full cut")),
        ("kind = '5'", QualifiesWhen(key="kind", operator="=", value="5")),
    ],
)
def test_qualifies_when_is_a_comparison(text: str, expected: QualifiesWhen) -> None:
    assert QualifiesWhen.model_validate(text) == expected


def test_metadata_types_have_synonyms(load_folder: LoadFolder) -> None:
    fields = "{n: {type: int}, t: {type: datetime}}"
    events = f"- {{event_type: seen, is_qualifying: true, metadata: {fields}}}\n"
    metadata = load_folder({"events/b.yaml": events}).event_types["seen"].metadata
    assert [field.type for field in metadata.values()] == ["integer", "timestamp"]


def test_aliases(load_folder: LoadFolder) -> None:
    events = """\
- {event_type: user_signed_up, aliases: [user.signup]}
- {event_type: user_logged_in, is_qualifying: false, aliases: [login]}
"""
    assert load_folder({"events/b.yaml": events}).aliases == {
        "user.signup": "user_signed_up",
        "login": "user_logged_in",
    }


class TestBuiltIn:
    NAMES = (
        "user_signed_up user_deleted user_restored payment_failed payment_method_expired"
        " payment_recovered trial_started subscription_started subscription_changed"
        " subscription_renewed subscription_canceled subscription_expired account_created"
        " account_paused account_resumed account_deleted"
    )

    def test_event_types_are_there_whatever_the_folder_holds(self, load_folder: LoadFolder) -> None:
        event_types = load_folder({"events/a.yaml": ""}).event_types
        assert sorted(event_types) == sorted(self.NAMES.split())
        assert all(event_type.is_built_in for event_type in event_types.values())
        assert not any(event_type.is_qualifying for event_type in event_types.values())

    def test_metadata_can_be_added(self, load_folder: LoadFolder) -> None:
        events = "- {event_type: user_deleted, metadata: {channel: {type: string}}}\n"
        event_type = load_folder({"events/b.yaml": events}).event_types["user_deleted"]
        assert sorted(event_type.metadata) == ["channel", "reason"]
        assert (event_type.is_built_in, event_type.category) == (True, "lifecycle")

    def test_saying_the_same_again_changes_nothing(self, load_folder: LoadFolder) -> None:
        plain = load_folder({})
        events = (
            "- {event_type: user_deleted, is_qualifying: false, category: lifecycle, product: ,"
            " metadata: {reason: {type: string, required: false}}}\n"
        )
        assert load_folder({"events/b.yaml": events}).hash == plain.hash

    def test_success_marker_of_a_feed_can_be_set(self, load_folder: LoadFolder) -> None:
        feeds = load_folder({"feeds/a.yaml": "- {id: users, success_marker: true}\n"}).feeds
        assert {name: feed.success_marker for name, feed in feeds.items()} == {
            "events": False, "users": True, "accounts": False,
        }  # fmt: skip

    def test_visitor_ids_are_pseudonyms(self, load_folder: LoadFolder) -> None:
        assert load_folder({}).event_types["user_signed_up"].metadata["visitor_id"].pseudonym


class TestAccounts:
    def test_a_rate_may_change_and_the_first_holds_from_the_beginning(
        self, load_folder: LoadFolder
    ) -> None:
        rates = "{USD: 1, EUR: {2026-07-01: 1.1, 2026-01-01: 1.08}}"
        accounts = load_folder({"accounts.yaml": f"currency_rates: {rates}\n"}).accounts
        euro = [(str(rate.valid_from), rate.rate) for rate in accounts.currency_rates["EUR"]]
        assert euro == [(str(BEGINNING), Decimal("1.08")), ("2026-07-01", Decimal("1.1"))]

    def test_two_health_models_ship(self, load_folder: LoadFolder) -> None:
        models = load_folder({}).accounts.health_models
        weights = {
            name: [int(part.weight) for part in model.components.values()]
            for name, model in models.items()
        }
        assert weights == {"five_signals": [25, 25, 20, 15, 15], "four_signals": [25, 25, 25, 25]}

    def test_a_health_model_can_be_declared(self, load_folder: LoadFolder) -> None:
        text = "{health_model: own, health_models: {own: {components: {growth: {weight: 1}}}}}"
        accounts = load_folder({"accounts.yaml": text}).accounts
        assert (accounts.health_model, list(accounts.health_models)) == (
            "own", ["five_signals", "four_signals", "own"],
        )  # fmt: skip


def test_what_other_rooms_understand_keeps_its_lines(load_folder: LoadFolder) -> None:
    definitions = load_folder(
        {
            "alerts/a.yaml": "- id: x\n- id: y\n  condition:\n    value: 1\n",
            "routing.yaml": "default: [mail]\n",
        }
    )
    assert definitions.alert_rules == [{"id": "x"}, {"id": "y", "condition": {"value": 1}}]
    assert definitions.routing == {"default": ["mail"]}
    y = definitions.entries("alerts")[1]
    assert str(y.problem("too small", "condition", "value")) == (
        "alerts/a.yaml:4: y.condition.value: too small"
    )


class TestHash:
    def test_where_and_in_which_order_things_are_declared_does_not_count(
        self, write_folder: WriteFolder
    ) -> None:
        one = load_definitions(write_folder({"products/b.yaml": "- {id: other, name: Other}\n"}))
        files = {
            "products/a.yaml": "- {name: Other, id: other}\n\n- {id: editor, name: Video Editor}\n",
            "products/b.yaml": "",
        }
        assert load_definitions(write_folder(files)).hash == one.hash

    def test_every_value_counts(self, load_folder: LoadFolder) -> None:
        changed = {
            "lifecycle.yaml": "grace_days: 8\n",
            "products/a.yaml": "- {id: editor, name: Editor}\n",
            "events/b.yaml": "- {event_type: user_deleted, aliases: [bye]}\n",
            "feeds/a.yaml": "- {id: users, success_marker: true}\n",
            "accounts.yaml": "tiers: [free]\n",
            "alerts/a.yaml": "- id: x\n",
            "routing.yaml": "a: 1\n",
        }
        hashes = {load_folder({}).hash}
        for file, text in changed.items():
            hashes.add(load_folder({file: text}).hash)  # each adds to the ones before
        assert len(hashes) == len(changed) + 1

    def test_a_copy_with_something_else_in_it_has_a_hash_of_its_own(
        self, load_folder: LoadFolder
    ) -> None:
        definitions = load_folder({})
        before = definitions.hash
        assert definitions.model_copy(update={"products": {}}).hash != before


class TestHistoryHash:
    @pytest.mark.parametrize(
        "files",
        [
            {"alerts/a.yaml": "- id: x\n"},
            {"routing.yaml": "a: 1\n"},
            {"feeds/a.yaml": "- {id: users, success_marker: true}\n"},
            {"products/a.yaml": PRODUCTS + "  owner: makers\n  description: Makes videos.\n"},
            {"events/a.yaml": EVENTS + "  status: planned\n"},
        ],
    )
    def test_what_decides_no_state_does_not_count(
        self, load_folder: LoadFolder, files: dict[str, str]
    ) -> None:
        before, after = load_folder({}), load_folder(files)
        assert before.hash != after.hash
        assert before.history_hash == after.history_hash

    @pytest.mark.parametrize(
        "files",
        [
            {"lifecycle.yaml": "grace_days: 8\n"},
            {"products/a.yaml": PRODUCTS + "  state_time_thresholds: {new_days: 1}\n"},
            {"events/a.yaml": EVENTS + "  metadata: {owner: {type: string}}\n"},
            {"products/b.yaml": "- {id: alerts, name: Alerts}\n"},
        ],
    )
    def test_what_does_counts(self, load_folder: LoadFolder, files: dict[str, str]) -> None:
        assert load_folder({}).history_hash != load_folder(files).history_hash


def test_other_files_are_left_alone(load_folder: LoadFolder, tmp_path: Path) -> None:
    (tmp_path / "README.md").write_text("hello")
    (tmp_path / ".hidden.yaml").write_text("[")
    assert isinstance(load_folder({}), Definitions)


def test_all_errors_of_all_files_come_at_once(write_folder: WriteFolder) -> None:
    folder = write_folder(
        {
            "lifecycle.yaml": "new_days: x\n",
            "products/a.yaml": "- {id: editor, nam: x}\n- {id: editor, name: x}\n",
            "events/a.yaml": "- {event_type: seen, is_qualifying: 1, product: none}\n",
            "events/b.yaml": "[",
        }
    )
    with pytest.raises(DefinitionError) as error:
        load_definitions(folder)
    assert str(error.value).splitlines() == [
        "events/a.yaml:1: seen.is_qualifying: expected true or false, found 1",
        "events/b.yaml:2: not valid YAML: did not find expected node content",
        "lifecycle.yaml:1: new_days: expected a whole number, found 'x'",
        "products/a.yaml:1: editor.nam: unknown key; did you mean name?",
        "products/a.yaml:1: editor.name: this key is required",
        "products/a.yaml:2: editor.id: already declared at products/a.yaml:1",
    ]


def test_a_broken_product_is_not_unknown_to_its_events(write_folder: WriteFolder) -> None:
    with pytest.raises(DefinitionError) as error:
        load_definitions(write_folder({"products/a.yaml": "- id: editor\n"}))
    assert str(error.value) == "products/a.yaml:1: editor.name: this key is required"
