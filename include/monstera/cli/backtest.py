"""How alert rules would have done, and how they do: the figures to choose a threshold by."""

from collections.abc import Collection
from datetime import datetime
from typing import Annotated, Any
from zoneinfo import ZoneInfo

import typer
from psycopg.rows import dict_row
from rich.text import Text

from monstera import alerts
from monstera.alerts.backtest import Backtest, Episode, Replay, backtest
from monstera.alerts.observations import fingerprint
from monstera.alerts.sparkline import sparkline
from monstera.cli.context import (
    AsJson,
    DefinitionsFolder,
    console,
    print_json,
    print_records,
    read_definitions,
    warehouse,
)
from monstera.notify.routing import routing_of

CHART_WIDTH = 72
DAY = "%Y-%m-%d"

commands = typer.Typer()


def refuse_unknown(rule: str | None, rules: Collection[str]) -> None:
    """Stops with the names that there are, where a command names a rule that is none of them."""
    if rule is not None and rule not in rules:
        raise typer.BadParameter(f"no rule is called {rule}: {', '.join(rules)}")


@commands.command("backtest")
def replay(
    first: Annotated[datetime, typer.Option("--from", formats=[DAY], metavar="YYYY-MM-DD")],
    last: Annotated[datetime, typer.Option("--to", formats=[DAY], metavar="YYYY-MM-DD")],
    rule: Annotated[str | None, typer.Option(help="Only this rule.")] = None,
    definitions: DefinitionsFolder = None,
    as_json: AsJson = False,
) -> None:
    """Replay rules over past days: incidents, firing days, flaps, messages. Writes nothing."""
    if first > last:
        raise typer.BadParameter(f"--from {first.date()} is after --to {last.date()}.")
    known = read_definitions(definitions)
    rules = alerts.rules_of(known)
    refuse_unknown(rule, rules)
    found = backtest(
        warehouse(),
        {name: each for name, each in rules.items() if rule in {None, name}},
        routing_of(known),
        first.date(),
        last.date(),
        ZoneInfo(known.lifecycle.business_time_zone),
    )
    if as_json:
        print_json(_as_data(found))
        return
    shown = ("rule", "incidents", "firing_days", "flaps", "told")
    summaries = [_summary(each) for each in found.replays.values()]
    print_records([{name: each[name] for name in shown} for each in summaries], as_json)
    for each in found.replays.values():
        if each.episodes or rule is not None:
            _draw(each)
    console.print(
        f"\n{len(found.messages)} messages, {found.messages_a_week:.1f} a week, "
        "reminders not counted."
    )
    if found.not_replayed:
        console.print(f"Not replayed, as its past is not kept: {', '.join(found.not_replayed)}.")


@commands.command()
def report(as_json: AsJson = False) -> None:
    """Response times by priority, and what people said of the incidents of each rule."""
    with warehouse().connect() as connection:
        cursor = connection.cursor(row_factory=dict_row)
        responses = cursor.execute(RESPONSES).fetchall()
        rules = cursor.execute(QUALITY).fetchall()
    if as_json:
        print_json({"responses": responses, "rules": rules})
        return
    print_records(responses, as_json)
    console.print()
    print_records(
        [
            {
                "rule": rule["rule_id"],
                "told": rule["told"],
                "true": rule["true_positives"],
                "false": rule["false_positives"],
                "expected": rule["expected"],
                "false_rate": rule["false_positive_rate"],
            }
            for rule in rules
        ],
        as_json,
    )


RESPONSES = """
select
    priority,
    allowed,
    count(*) as told,
    count(responded_at) as responded,
    percentile_disc(0.5) within group (order by response) as median_response,
    round(avg(is_in_time::integer), 4) as share_in_time
from ops.alert_responses
group by priority, allowed
order by priority
"""
QUALITY = (
    "select * from ops.alert_rule_quality order by false_positive_rate desc nulls last, rule_id"
)


def _summary(replay: Replay) -> dict[str, Any]:
    return {
        "rule": replay.rule.id,
        "priority": replay.rule.priority,
        "judged": replay.judged,
        "without_data": replay.without_data,
        "incidents": len(replay.episodes),
        "firing_days": len(replay.firing_days),
        "flaps": replay.flaps,
        "told": len(replay.told),
    }


def _as_data(found: Backtest) -> dict[str, Any]:
    return {
        "from": found.first,
        "to": found.last,
        "messages": len(found.messages),
        "messages_a_week": round(found.messages_a_week, 2),
        "not_replayed": found.not_replayed,
        "rules": [
            {**_summary(replay), "episodes": [_episode(each) for each in replay.episodes]}
            for replay in found.replays.values()
        ],
    }


def _episode(episode: Episode) -> dict[str, Any]:
    return {
        "alert": fingerprint(episode.rule_id, episode.labels),
        "priority": episode.priority,
        "opened_at": episode.opened_at,
        "opened_on": episode.opened_on,
        "last_on": episode.last_on,
        "resolved_at": episode.resolved_at,
        "value": episode.value,
        "told_at": episode.told_at,
        "held_back_by": episode.held_back_by,
    }


def _draw(replay: Replay) -> None:
    """The values as a line, with the days on which it fired below."""
    values, marks = sparkline(replay.values, replay.firing_days, CHART_WIDTH)
    if values:
        console.print(Text(f"\n{replay.rule.id}", style="bold"))
        console.print(Text(values))
        console.print(Text(marks, style="red"))
