"""The rules that ship, on a year with a hundred injected incidents of ten kinds.

pytest -m long tests/alerts/test_golden.py -s     prints the figures
"""

from collections import Counter
from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest
from psycopg.types.json import Jsonb

from alerts.golden import FIRST, LAST, RULE_OF, Company, company
from monstera.alerts import rules_of
from monstera.alerts.backtest import Backtest, Episode, backtest
from monstera.definitions import compile_definitions
from monstera.notify.routing import routing_of
from monstera.warehouse import Warehouse

SOON = timedelta(minutes=10)


def fill(warehouse: Warehouse, made: Company) -> None:
    """Puts the company's year into the tables that rules read."""
    with warehouse.connect() as connection, connection.cursor() as cursor:
        with cursor.copy(
            "copy gold.metric_values (metric_id, date, grain, segment_key, segment_value, value,"
            " numerator, denominator, definition_version) from stdin"
        ) as copy:
            for row in made.metrics:
                copy.write_row([*row, 1])
        cursor.executemany(
            "insert into ops.load_manifest (feed, path, dt, status, rows_read, accepted,"
            " started_at, finished_at) values ('events', %s, %s, 'loaded', 5, 5, %s, %s)",
            [(str(day), day, at, at) for day, at in made.deliveries],
        )
        cursor.executemany(
            "insert into ops.publications (as_of, definition_version, gear, reason, started_at,"
            " published_at, users_touched, transitions_written, values_restated)"
            " values (%s, 1, 'day', 'golden', %s, %s, 0, 0, 0)",
            [(day, at, at) for day, at in made.publications],
        )
        # Whoever was told has said that it was real, so its days count as usual for nothing.
        cursor.executemany(
            "insert into ops.alert_incidents (fingerprint, rule_id, segment, owner, priority,"
            " runbook, opened_at, opened_on, last_seen_at, last_seen_on, resolved_at, is_live,"
            " verdict) values (%s, %s, %s, 'data', 'P1', 'r', %s, %s, %s, %s, %s, true,"
            " 'true_positive')",
            [
                (trouble.kind, RULE_OF[trouble.kind], Jsonb(trouble.labels), trouble.known_at,
                 trouble.day, trouble.known_at, trouble.day, trouble.over_at)
                for trouble in made.troubles
            ],
        )  # fmt: skip


def figures(found: Backtest, made: Company) -> tuple[dict[str, int], list[Episode], timedelta]:
    """Incidents found by kind, false alarms among what was told, the slowest P0."""
    told = [episode for replay in found.replays.values() for episode in replay.told]
    hits: Counter[str] = Counter()
    slowest = timedelta()
    for trouble in made.troubles:
        seen = [
            episode
            for episode in told
            if episode.rule_id == RULE_OF[trouble.kind]
            and trouble.known_at <= episode.told_at <= trouble.over_at
        ]
        hits[trouble.kind] += bool(seen)
        for episode in seen:
            if episode.priority == "P0":
                slowest = max(slowest, episode.opened_at - trouble.known_at)
    false = [
        episode
        for episode in told
        if not any(t.known_at <= episode.opened_at <= t.over_at for t in made.troubles)
    ]
    return dict(hits), false, slowest


@pytest.mark.long
@pytest.mark.parametrize("seed", [1, 2])
def test_a_year_with_a_hundred_incidents(warehouse: Warehouse, shipped, seed: int) -> None:
    with warehouse.connect() as connection:
        compile_definitions(connection, shipped)
    made = company(seed)
    fill(warehouse, made)
    found = backtest(
        warehouse, rules_of(shipped), routing_of(shipped), FIRST, LAST, ZoneInfo("UTC")
    )
    hits, false, slowest = figures(found, made)
    told = sum(len(replay.told) for replay in found.replays.values())
    print(f"\nseed {seed}: found {sum(hits.values())} of {len(made.troubles)}: {hits}")
    print(f"false {len(false)} of {told} told ({len(false) / told:.1%})",
          Counter(episode.rule_id for episode in false))  # fmt: skip
    print(f"slowest P0 {slowest}, {found.messages_a_week:.1f} messages a week")
    assert len(made.troubles) == 100
    assert sum(hits.values()) >= 95
    assert len(false) / told < 0.10
    assert slowest <= SOON
