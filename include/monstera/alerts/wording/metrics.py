"""Words for values of metrics that are beyond a limit."""

from monstera.alerts.conditions import Anomaly, Forecast, OfMetric, Threshold, Volume
from monstera.alerts.incidents import Incident
from monstera.alerts.wording.comparisons import (
    compared_with,
    limit,
    movement,
    outlook,
    signed_change,
)
from monstera.alerts.wording.figures import day_text, period_text, value_text, weekday_text
from monstera.definitions import Metric

SMALL_GROUP = 10
"""People below which a segment is not named."""

BEYOND = {
    ">": "be at most {}",
    ">=": "be below {}",
    "<": "be at least {}",
    "<=": "be above {}",
    "=": "not be {}",
}
Rows = tuple[tuple[str, str], ...]


def title(incident: Incident, condition: OfMetric, metric: Metric) -> str:
    """What happened, in a few words: `Users Churn Rate Weekly up 31 % (DE)`."""
    name, value = metric.name + _segment(incident), value_text(incident.value, metric)
    if incident.value is None:
        return f"{name} has no value"
    if isinstance(condition, Threshold):
        return f"{name} at {value}"
    if isinstance(condition, Forecast):
        return f"{name} heading for {value}"
    return f"{name} {movement(incident, metric, condition)}"


def sentence(incident: Incident, condition: OfMetric, metric: Metric) -> str:
    """What happened, with value, baseline, limit and date."""
    name, when = metric.name + _segment(incident), period_text(incident.last_seen_on, metric)
    value = value_text(incident.value, metric)
    if incident.value is None:
        return f"{name} has no value {when}, where one was expected."
    if isinstance(condition, Threshold):
        return f"{name} was {value} {when}; {_allowed(incident, condition, metric)}"
    against = f"{compared_with(condition, incident, metric)} "
    against += f"({value_text(incident.baseline, metric)})"
    if isinstance(condition, Forecast):
        pace = day_text(incident.last_seen_on)
        what = f"At the pace of {pace} {name} comes to {value} {outlook(condition, incident)}"
    else:
        what = f"{name} was {value} {when}"
    moved = movement(incident, metric, condition)
    return f"{what}, {moved} on {against}. {limit(condition, incident, metric)}"


def numbers(incident: Incident, condition: OfMetric, metric: Metric) -> Rows:
    """Label and text of each number."""
    rows = [("Value", value_text(incident.value, metric))]
    if incident.baseline is not None:
        rows.append((_baseline_label(condition), value_text(incident.baseline, metric)))
    if not isinstance(condition, Threshold) and incident.value is not None:
        rows.append(("Change", signed_change(incident, metric, condition)))
    if incident.threshold is not None:
        rows.append(("Limit", value_text(incident.threshold, metric)))
    if incident.peak_value not in {None, incident.value}:
        rows.append(("Worst so far", value_text(incident.peak_value, metric)))
    return tuple(rows)


def is_small_group(incident: Incident) -> bool:
    """Whether fewer people are behind an incident than a message may name."""
    return incident.population is not None and incident.population < SMALL_GROUP


def _allowed(incident: Incident, condition: Threshold, metric: Metric) -> str:
    allowed = BEYOND[condition.op].format(value_text(condition.value, metric))
    if incident.baseline is None:
        return f"it should {allowed}."
    return (
        f"it should {allowed}. About {value_text(incident.baseline, metric)} were expected, "
        f"as on the last {weekday_text(incident.last_seen_on)}s."
    )


def _baseline_label(condition: OfMetric) -> str:
    if isinstance(condition, Threshold | Volume | Anomaly):
        return "Expected"
    return "Target" if isinstance(condition, Forecast) else "Compared with"


def _segment(incident: Incident) -> str:
    names = [label for key, label in incident.segment.items() if key != "metric"]
    if not names:
        return ""
    if is_small_group(incident):
        return " (a small group)"
    return f" ({', '.join(names)})"
