"""Definitions into the tables of `ref`, on a real server."""

from decimal import Decimal
from typing import Any

import pytest
from psycopg.rows import dict_row

from monstera.definitions import (
    LEGAL_TRANSITIONS,
    DefinitionError,
    compile_definitions,
    load_definitions,
    previous_document,
    shortest_paths,
)
from monstera.definitions.compiler import tables
from monstera.settings import PROJECT
from monstera.warehouse import Warehouse

from .conftest import EVENTS, PRODUCTS, LoadFolder, store_an_event

FULL = {
    "lifecycle.yaml": "{business_time_zone: Europe/Berlin, new_days: 10, grace_days: 5}\n",
    "products/a.yaml": """\
- id: editor
  name: Video Editor
  family: creation
  tier: free
  owner: makers
  description: Makes videos.
  state_time_thresholds: {active_days: 7, churn_days: 14}
  activation_definition:
    - {events: [video_created, video_saved], timeframe_days: 14}
    - {events: [video_created], timeframe_days: 7}
- {id: effects, name: Effects, kind: feature, parent: editor, is_advanced: true, tier: paid}
- {id: filters, name: Filters, kind: sub_feature, parent: effects, is_active: false}
""",
    "events/a.yaml": """\
- event_type: video_created
  product: editor
  feature: filters
  is_qualifying: true
  is_activation: true
  qualifies_when: seconds > 300
  metadata: {seconds: {type: integer, required: true}, guest: {type: string, pseudonym: true}}
  schema_versions: [1, 2]
  aliases: [video.create]
- {event_type: video_saved, product: editor, is_qualifying: true, depends_on: [video_created]}
- {event_type: signed_in, is_qualifying: false, passive: true, is_unique: true, owner: web}
""",
    "accounts.yaml": """\
tiers: [free, paid]
currency_rates: {USD: 1, EUR: {2026-01-01: 1.08, 2026-07-01: 1.1}}
thresholds: {lapse_days: 45, low_utilization_enter: 0.25}
""",
    "segments/a.yaml": """\
- {id: engagement_intensity, owner: growth, power_events: 30, drop_share: 0.125}
- id: collaboration_type
  people: [{event: video_created, key: guest, is_invitation: true}]
- id: fading
  name: Fading
  precedence: 2
  when:
    - {dimension: engagement_intensity, is: [power, regular], days_ago: 90}
    - {dimension: engagement_intensity, is_not: [power, regular]}
  definition: Did more a quarter ago.
  rationale: They may go.
  target_metrics: [Recovery]
  intervention: A call.
  owner: success
- id: early
  name: Early
  precedence: 1
  when: [{journey_days: [2, 13]}]
  definition: New.
  rationale: They decide now.
  target_metrics: [Activation]
  intervention: A mail.
  owner: growth
""",
    "workflows/a.yaml": """\
- id: making
  name: Making
  start: video_created
  steps: [signed_in]
  completion: video_saved
  window_days: 14
  abandonment: [user_deleted]
""",
}


def rows(warehouse: Warehouse, query: str) -> list[tuple[Any, ...]]:
    with warehouse.connect() as connection:
        return connection.execute(query.encode()).fetchall()


class TestRows:
    """Every table of `ref` holds what the YAML says."""

    @pytest.fixture
    def compiled(self, warehouse: Warehouse, load_folder: LoadFolder) -> Warehouse:
        with warehouse.transaction() as connection:
            assert compile_definitions(connection, load_folder(FULL)) == 1
        return warehouse

    def test_lifecycle(self, compiled: Warehouse) -> None:
        assert rows(compiled, "table ref.lifecycle") == [
            (True, "Europe/Berlin", 10, 30, 60, 5, 730, 1, 10)
        ]

    def test_products(self, compiled: Warehouse) -> None:
        query = """
            select product_id, name, kind, parent_id, family, tier, owner, is_active, is_advanced
            from ref.products order by product_id
        """
        assert rows(compiled, query) == [
            ("editor", "Video Editor", "product", None, "creation", "free", "makers", True, False),
            # family, tier and owner come from the parents where they are not said
            ("effects", "Effects", "feature", "editor", "creation", "paid", "makers", True, True),
            ("filters", "Filters", "sub_feature", "effects", "creation", "paid", "makers", False,
             False),
        ]  # fmt: skip

    def test_scopes(self, compiled: Warehouse) -> None:
        assert rows(compiled, "table ref.scopes order by kind") == [
            ("platform", "platform", 10, 30, 60, 1),
            ("editor", "product", 10, 7, 14, 1),
        ]

    def test_activation_paths(self, compiled: Warehouse) -> None:
        assert rows(compiled, "table ref.activation_paths order by path_number") == [
            ("editor", 1, ["video_created", "video_saved"], 14, 1),
            ("editor", 2, ["video_created"], 7, 1),
        ]

    def test_event_types(self, compiled: Warehouse) -> None:
        query = """
            select
                event_type, product_id, feature_id, category, is_qualifying, is_activation,
                is_unique, is_passive, qualifies_when_key, qualifies_when_operator,
                qualifies_when_value, depends_on, schema_versions, owner, status
            from ref.event_types where not is_built_in order by event_type desc
        """
        assert rows(compiled, query) == [
            ("video_saved", "editor", None, "core_action", True, False, False, False, None, None,
             None, ["video_created"], [1], "makers", "live"),
            ("video_created", "editor", "filters", "core_action", True, True, False, False,
             "seconds", ">", 300, [], [1, 2], "makers", "live"),
            ("signed_in", None, None, "engagement", False, False, True, True, None, None, None, [],
             [1], "web", "live"),
        ]  # fmt: skip

    def test_workflows(self, compiled: Warehouse) -> None:
        # its only product is that of its event types; signing in and deletion have none
        assert rows(compiled, "table ref.workflows") == [
            ("making", "Making", ["editor"], 14, None, None, 1)
        ]
        query = "select seq, kind, event_type, product_id from ref.workflow_steps order by seq"
        assert rows(compiled, query) == [
            (0, "abandonment", "user_deleted", None),
            (1, "start", "video_created", "editor"),
            (2, "step", "signed_in", None),
            (3, "completion", "video_saved", "editor"),
        ]

    def test_segments(self, compiled: Warehouse) -> None:
        query = "select power_events, power_active_days, drop_share from ref.segment_settings"
        assert rows(compiled, query) == [(30, 20, Decimal("0.125"))]
        query = """
            select value, ordinal, owner, definition from ref.segments
            where dimension = 'engagement_intensity' and value in ('at_risk', 'power') order by 2
        """
        (_, at_risk), (_, power) = [(row[:3], row[3]) for row in rows(compiled, query)]
        assert "12.5% or less of the events" in at_risk
        assert power.startswith("In 30 days at least 30 events on at least 20 days")
        query = "select value, ordinal, rule from ref.segments where rule is not null order by 2"
        assert rows(compiled, query) == [
            ("early", 1, "2 to 13 days since signup"),
            ("fading", 2, "engagement_intensity power or regular 90 days ago,"
             " engagement_intensity not power or regular"),
        ]  # fmt: skip
        query = """
            select composite_segment, condition, dimension, values, days_ago, first_day, last_day
            from ref.composite_conditions order by 1, 2
        """
        assert rows(compiled, query) == [
            ("early", 1, None, [], 0, 2, 13),
            ("fading", 1, "engagement_intensity", ["power", "regular"], 90, None, None),
            # what it must not be is what else it can be
            ("fading", 2, "engagement_intensity", ["at_risk", "casual", "inactive"], 0, None, None),
        ]
        assert rows(compiled, "select event_type, key, is_invitation from ref.segment_people") == [
            ("video_created", "guest", True)
        ]
        # the ends of the stages, the 15th day of a new user, the days of early
        query = "select array_agg(day order by day) from ref.journey_boundaries"
        assert rows(compiled, query) == [([2, 14, 15, 31, 91, 366],)]

    def test_metadata_fields(self, compiled: Warehouse) -> None:
        query = "select metadata_fields from ref.event_types where event_type = 'video_created'"
        assert rows(compiled, query) == [
            (
                {
                    "seconds": {
                        "type": "integer",
                        "required": True,
                        "pseudonym": False,
                        "since": 1,
                    },
                    "guest": {"type": "string", "required": False, "pseudonym": True, "since": 1},
                },
            )
        ]

    def test_built_in_event_types(self, compiled: Warehouse) -> None:
        query = """
            select count(*), bool_or(is_qualifying), array_agg(distinct category order by category)
            from ref.event_types where is_built_in
        """
        assert rows(compiled, query) == [(16, False, ["billing", "lifecycle"])]

    def test_aliases(self, compiled: Warehouse) -> None:
        assert rows(compiled, "table ref.event_aliases") == [("video.create", "video_created", 1)]

    def test_transitions(self, compiled: Warehouse) -> None:
        edges = rows(
            compiled,
            "select scope_kind, from_state, to_state from ref.legal_transitions"
            " order by scope_kind, ordinal",
        )
        assert edges == [
            (kind, *edge) for kind in sorted(LEGAL_TRANSITIONS) for edge in LEGAL_TRANSITIONS[kind]
        ]
        steps = rows(
            compiled,
            "select scope_kind, from_state, to_state, seq, step_from, step_to"
            " from ref.transition_paths",
        )
        assert sorted(steps) == sorted(
            (kind, *pair, seq, *step)
            for kind, edges in LEGAL_TRANSITIONS.items()
            for pair, path in shortest_paths(edges).items()
            for seq, step in enumerate(path)
        )

    def test_accounts(self, compiled: Warehouse) -> None:
        settings = """
            select reporting_currency, health_model, trial_days, lapse_days,
                low_utilization_enter::text, low_utilization_exit::text, usage_growth_enter::text
            from ref.account_settings
        """
        assert rows(compiled, settings) == [("USD", "five_signals", 30, 45, "0.25", "0.40", "1.5")]
        assert rows(compiled, "select tier, rank from ref.account_tiers order by rank") == [
            ("free", 1),
            ("paid", 2),
        ]
        rates = (
            "select currency, valid_from::text, rate::text from ref.currency_rates order by 1, 2"
        )
        assert rows(compiled, rates) == [
            ("EUR", "1969-12-31", "1.08"),
            ("EUR", "2026-07-01", "1.1"),
            ("USD", "1969-12-31", "1"),
        ]
        weights = """
            select health_model, count(*), sum(weight)::integer from ref.health_components
            group by health_model order by health_model
        """
        assert rows(compiled, weights) == [("five_signals", 5, 100), ("four_signals", 4, 100)]

    def test_product_catalog(self, compiled: Warehouse) -> None:
        query = """
            select product_id, product_name, tier, parent_product_id, activation_definition,
                qualifying_events, state_time_thresholds, created_at = updated_at
            from ref.product_catalog
            order by array_position(array['family', 'product', 'feature', 'sub_feature'], tier)
        """
        paths = [
            {"events": ["video_created", "video_saved"], "timeframe_days": 14},
            {"events": ["video_created"], "timeframe_days": 7},
        ]
        days = {"new_days": 10, "active_days": 7, "churn_days": 14}
        assert rows(compiled, query) == [
            ("creation", "Creation", "family", None, None, None, None, True),
            ("editor", "Video Editor", "product", None, paths, ["video_created", "video_saved"],
             days, True),
            ("effects", "Effects", "feature", "editor", None, None, None, True),
            ("filters", "Filters", "sub_feature", "effects", None, ["video_created"], None, True),
        ]  # fmt: skip


class TestVersions:
    def test_nothing_is_done_where_nothing_changed(
        self, warehouse: Warehouse, load_folder: LoadFolder
    ) -> None:
        with warehouse.transaction() as connection:
            compile_definitions(connection, load_folder({}))
        before = rows(warehouse, "select xmin::text, ctid::text from ref.event_types")
        with warehouse.transaction() as connection:
            assert compile_definitions(connection, load_folder({})) == 1
        assert rows(warehouse, "select xmin::text, ctid::text from ref.event_types") == before
        assert rows(warehouse, "select version, changes from ref.definition_versions") == [(1, [])]

    def test_one_threshold_changes(self, warehouse: Warehouse, load_folder: LoadFolder) -> None:
        changed = PRODUCTS + "  state_time_thresholds: {churn_days: 90}\n"
        with warehouse.transaction() as connection:
            compile_definitions(connection, load_folder({}))
            assert compile_definitions(connection, load_folder({"products/a.yaml": changed})) == 2
        query = "select changes from ref.definition_versions where version = 2"
        assert rows(warehouse, query) == [
            (
                [
                    {
                        "file": "products/a.yaml",
                        "id": "editor",
                        "field": "state_time_thresholds.churn_days",
                        "old": None,
                        "new": 90,
                    }
                ],
            )
        ]
        assert rows(warehouse, "select scope, churn_days, definition_version from ref.scopes") == [
            ("platform", 60, 2),
            ("editor", 90, 2),
        ]

    def test_changes_of_every_kind(self, warehouse: Warehouse, load_folder: LoadFolder) -> None:
        before = {
            "lifecycle.yaml": "grace_days: 7\n",
            "events/b.yaml": EVENTS.replace("video", "b"),
        }
        after = {
            "lifecycle.yaml": "grace_days: 8\n",
            "events/a.yaml": EVENTS + "  metadata: {n: {type: integer}}\n",
            "events/b.yaml": "",
            "alerts/a.yaml": "- {id: drop, condition: {value: 20}}\n",
        }
        with warehouse.transaction() as connection:
            compile_definitions(connection, load_folder(before))
            compile_definitions(connection, load_folder(after))
        query = "select changes from ref.definition_versions where version = 2"
        changes = [
            (change["file"], change["id"], change["field"], change["old"], change["new"])
            for change in rows(warehouse, query)[0][0]
        ]
        removed = changes[1][3]
        assert (removed["event_type"], removed["is_qualifying"]) == ("b_created", True)
        assert changes == [
            ("lifecycle.yaml", "lifecycle", "grace_days", 7, 8),
            ("events/b.yaml", "b_created", None, removed, None),
            ("events/a.yaml", "video_created", "metadata.n.pseudonym", None, False),
            ("events/a.yaml", "video_created", "metadata.n.required", None, False),
            ("events/a.yaml", "video_created", "metadata.n.since", None, 1),
            ("events/a.yaml", "video_created", "metadata.n.type", None, "integer"),
            ("alerts/a.yaml", "drop", None, None, {"id": "drop", "condition": {"value": 20}}),
        ]

    def test_earlier_definitions_can_come_back(
        self, warehouse: Warehouse, load_folder: LoadFolder
    ) -> None:
        with warehouse.transaction() as connection:
            for expected, days in ((1, 30), (2, 40), (3, 30), (3, 30)):
                definitions = load_folder({"lifecycle.yaml": f"new_days: {days}\n"})
                assert compile_definitions(connection, definitions) == expected
        assert rows(warehouse, "select new_days, definition_version from ref.lifecycle") == [
            (30, 3)
        ]

    def test_the_document_comes_back_as_it_went(
        self, warehouse: Warehouse, load_folder: LoadFolder
    ) -> None:
        definitions = load_folder(FULL)
        with warehouse.transaction() as connection:
            assert previous_document(connection) is None
            compile_definitions(connection, definitions)
        with warehouse.connect() as connection:
            assert previous_document(connection) == definitions.document()

    def test_a_broken_promise_changes_nothing(
        self, warehouse: Warehouse, load_folder: LoadFolder
    ) -> None:
        event = EVENTS + "  metadata: {n: {type: %s}}\n"
        with warehouse.transaction() as connection:
            compile_definitions(connection, load_folder({"events/a.yaml": event % "integer"}))
        other = load_folder({"events/a.yaml": event % "string"})
        with warehouse.transaction() as connection, pytest.raises(DefinitionError) as error:
            compile_definitions(connection, other)
        assert str(error.value) == (
            "events/a.yaml:4: video_created.metadata.n: "
            "expected type integer as before, found string"
        )
        assert rows(warehouse, "select max(version) from ref.definition_versions") == [(1,)]

    def test_a_rolled_back_compile_leaves_nothing(
        self, warehouse: Warehouse, load_folder: LoadFolder
    ) -> None:
        with warehouse.connect() as connection:
            compile_definitions(connection, load_folder({}))
            connection.rollback()
        assert rows(warehouse, "select count(*) from ref.products") == [(0,)]

    def test_two_at_once_make_one_version(
        self, warehouse: Warehouse, load_folder: LoadFolder
    ) -> None:
        definitions = load_folder({})
        with warehouse.connect() as first, warehouse.connect() as second:
            assert compile_definitions(first, definitions) == 1
            second.execute("set local lock_timeout = '50ms'")
            with pytest.raises(Exception, match="lock timeout"):
                compile_definitions(second, definitions)  # waits for the first
            second.rollback()
            first.commit()
            assert compile_definitions(second, definitions) == 1


def test_any_row_factory_will_do(warehouse: Warehouse, load_folder: LoadFolder) -> None:
    with warehouse.connect() as connection:
        connection.row_factory = dict_row
        assert compile_definitions(connection, load_folder({})) == 1
        assert compile_definitions(connection, load_folder({})) == 1


def test_every_table_and_column_is_filled(warehouse: Warehouse) -> None:
    definitions = load_definitions(PROJECT / "include" / "definitions")
    query = """
        select table_name, array_agg(column_name::text order by ordinal_position)
        from information_schema.columns
        join information_schema.tables using (table_schema, table_name)
        where table_schema = 'ref' and table_type = 'BASE TABLE'
            and table_name not in ('definition_versions', 'calendar')
        group by table_name
    """
    filled = {
        table: {"definition_version", *next(iter(rows), {})}
        for table, rows in tables(definitions).items()
    }
    assert filled == {table: set(columns) for table, columns in rows(warehouse, query)}


def test_the_time_zone_may_change_until_events_are_stored(
    warehouse: Warehouse, load_folder: LoadFolder
) -> None:
    def compile_in(zone: str) -> int:
        definitions = load_folder({"lifecycle.yaml": f"business_time_zone: {zone}\n"})
        with warehouse.transaction() as connection:
            return compile_definitions(connection, definitions)

    assert [compile_in("UTC"), compile_in("Asia/Kathmandu")] == [1, 2]
    store_an_event(warehouse)
    with pytest.raises(DefinitionError) as refused:
        compile_in("America/St_Johns")
    assert [str(problem) for problem in refused.value.problems] == [
        "lifecycle.yaml:1: business_time_zone: expected Asia/Kathmandu as before: stored events "
        "carry their day in it; for another zone set up another warehouse and load the landing "
        "zone into it"
    ]
    assert compile_in("Asia/Kathmandu") == 2
