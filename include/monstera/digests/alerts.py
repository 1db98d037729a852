"""Alerts of a period: what fired and is open, what can wait, and how it was answered."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

import psycopg
from psycopg.rows import class_row, dict_row

from monstera.alerts.incidents import Incident, rule_of
from monstera.alerts.rules import Rule
from monstera.alerts.wording import notice, title
from monstera.alerts.wording.figures import day_text
from monstera.digests.periods import DAY, Period
from monstera.digests.words import capped, count
from monstera.notify.digest import Item, Listing

_INCIDENTS = """
select *
from ops.alert_incidents
where is_live and opened_on <= %(last)s and (resolved_at is null or resolved_at >= %(since)s)
order by priority, opened_at desc, incident_id
"""

_RESPONSES = """
select
    r.priority,
    extract(epoch from r.allowed)::integer / 3600 as hours,
    count(*) as told,
    count(*) filter (where r.is_in_time and r.responded_at is not null) as in_time,
    count(i.verdict) as judged,
    count(*) filter (where i.verdict = 'false_positive') as false_positives
from ops.alert_responses as r
inner join ops.alert_incidents as i on i.incident_id = r.incident_id
where i.incident_id = any(%(incidents)s)
group by r.priority, r.allowed
order by r.priority
"""


@dataclass(frozen=True)
class Alert:
    """An incident, dated by the days whose publication showed it.

    The value of a week is known when the week is over, and so is what it says: that a rule fires,
    or no more.

    Attributes:
        rule: None where none of the definitions speaks of it any more.
        ended_on: None while it fires.
    """

    incident: Incident
    rule: Rule | None
    fired_on: date
    ended_on: date | None

    @property
    def waits_for_this(self) -> bool:
        """Whether nobody was told of it, as it is of the lowest priority."""
        return self.incident.priority == "P3"

    @property
    def title(self) -> str:
        """What happened, in a few words."""
        return self.incident.rule_id if self.rule is None else title(self.incident, self.rule)

    @property
    def sentence(self) -> str:
        """What happened, in one sentence."""
        return "" if self.rule is None else notice(self.incident, self.rule).sentence

    def end_by(self, period: Period) -> date | None:
        """Day on which it ended, if that was in the period or before."""
        return self.ended_on if self.ended_on and self.ended_on <= period.last else None


def alerts_of(
    connection: "psycopg.Connection[Any]", rules: Mapping[str, Rule], period: Period
) -> list[Alert]:
    """Alerts that fired in the period or before and did not end before, most important first."""
    parameters = {"last": period.last, "since": period.first - DAY}
    with connection.cursor(row_factory=class_row(Incident)) as cursor:
        incidents = cursor.execute(_INCIDENTS, parameters).fetchall()
    found = (_alert(incident, rule_of(incident, rules)) for incident in incidents)
    return [
        alert
        for alert in found
        if alert.fired_on <= period.last
        and (alert.ended_on is None or alert.ended_on >= period.first)
    ]


def _alert(incident: Incident, rule: Rule | None) -> Alert:
    def known_on(day: date) -> date:
        if rule is None or not rule.metric_ids:
            return day
        return rule.metric_of(incident.segment).known_from(day)

    end = incident.resolved_on
    return Alert(incident, rule, known_on(incident.opened_on), end and known_on(end))


def told(alerts: list[Alert], period: Period) -> Listing:
    """Those that somebody was told of."""
    items = [
        Item(alert.incident.priority, alert.title, _story(alert, period))
        for alert in alerts
        if not alert.waits_for_this
    ]
    return Listing("Alerts", capped(items, "monstera alerts list --all"), "Nothing fired.")


def worth_a_look(alerts: list[Alert], period: Period) -> Listing:
    """Those of the lowest priority, which wait for this."""
    items = [
        Item("P3", alert.title, _outline(alert, period)) for alert in alerts if alert.waits_for_this
    ]
    return Listing("Worth a look", capped(items, "monstera alerts list"), "Nothing that can wait.")


def responses(
    connection: "psycopg.Connection[Any]", alerts: list[Alert], period: Period
) -> Listing:
    """How quickly alerts of each priority were answered, and how many were right."""
    fired = [alert.incident.incident_id for alert in alerts if alert.fired_on >= period.first]
    with connection.cursor(row_factory=dict_row) as cursor:
        rows = cursor.execute(_RESPONSES, {"incidents": fired}).fetchall()
    items = []
    for row in rows:
        said = f"{row['in_time']} answered within {row['hours']} h"
        if row["judged"]:
            said += f"; {row['false_positives']} of {row['judged']} judged were false"
        items.append(Item(row["priority"], count(row["told"], "alert"), said))
    return Listing("How we answered", tuple(items), "There was nothing to answer.")


def _story(alert: Alert, period: Period) -> str:
    incident, since = alert.incident, f"since {day_text(alert.fired_on)}"
    if (end := alert.end_by(period)) is not None:
        return f"{since}, over on {day_text(end)} · {incident.owner}"
    taken = " · taken over" if incident.acknowledged_at else ""
    flaps = " · flapping" if incident.is_flapping else ""
    return f"{since} · open{flaps}{taken} · {incident.owner} · incident {incident.incident_id}"


def _outline(alert: Alert, period: Period) -> str:
    end = alert.end_by(period)
    over = "" if end is None else f"Over on {day_text(end)}."
    parts = (alert.sentence, over, f"Owner: {alert.incident.owner}.")
    return " ".join(part for part in parts if part)
