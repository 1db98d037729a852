"""What a value is compared with, in words: how far it moved, against what, and the limit."""

from decimal import Decimal

from monstera.alerts.conditions import (
    Anomaly,
    BaselineShift,
    Change,
    Forecast,
    Trend,
    Volume,
)
from monstera.alerts.incidents import Incident
from monstera.alerts.wording.figures import (
    MINUS,
    day_text,
    effect_text,
    plain,
    points_text,
    size_text,
    value_text,
    weekday_text,
)
from monstera.definitions import Metric

Comparing = Change | Volume | Trend | BaselineShift | Anomaly | Forecast
EARLIER = {
    "previous_day": "the day before",
    "previous_week": "the week before",
    "previous_month": "the month before",
}


def movement(incident: Incident, metric: Metric, condition: Comparing) -> str:
    """`up 31 %`, `down 2.1 points`, `up from 0 %`."""
    value, baseline = _moved(incident)
    direction = "up" if value >= baseline else "down"
    if _is_relative(condition, metric) and baseline == 0:
        return f"{direction} from {value_text(baseline, metric)}"
    return f"{direction} {_change_size(value, baseline, metric, condition)}"


def signed_change(incident: Incident, metric: Metric, condition: Comparing) -> str:
    """`+31 %`."""
    value, baseline = _moved(incident)
    if _is_relative(condition, metric) and baseline == 0:
        return "from nothing"
    sign = "+" if value >= baseline else MINUS
    return sign + _change_size(value, baseline, metric, condition)


def compared_with(condition: Comparing, incident: Incident, metric: Metric) -> str:
    """What the baseline is."""
    weekdays = f"{weekday_text(incident.last_seen_on)}s" if metric.grain == "day" else "weeks"
    if isinstance(condition, Trend):
        return f"{condition.periods} {condition.every}s before"
    if isinstance(condition, Forecast):
        return "the target"
    if isinstance(condition, Volume | BaselineShift | Anomaly):
        return f"the median of the last {weekdays}"
    if condition.against in EARLIER:
        return EARLIER[condition.against]
    if condition.against == "mean_of_days":
        return f"the mean of the {condition.count} days before"
    return f"the {condition.against.partition('_')[0]} of the last {weekdays}"


def limit(condition: Comparing, incident: Incident, metric: Metric) -> str:
    """The limit, and the least difference that matters, as sentences."""
    threshold = value_text(incident.threshold, metric)
    least = condition.minimum_effect
    effect = f" Differences below {effect_text(least, metric)} never count." if least else ""
    if isinstance(condition, Change) and condition.least_deviations:
        effect += f" Nor do those within {plain(condition.least_deviations, 1)} deviations."
    if isinstance(condition, Volume | Anomaly):
        side = "below" if (incident.threshold or 0) < (incident.baseline or 0) else "above"
        why = (
            f", {plain(condition.value, 1)} deviations out,"
            if isinstance(condition, Anomaly)
            else ""
        )
        return f"Anything {side} {threshold}{why} is unusual.{effect}"
    if isinstance(condition, Trend):
        return f"{_trend_limit(condition, metric)}{effect}"
    size = size_text(abs(condition.value), condition.unit, metric)
    if isinstance(condition, BaselineShift | Forecast):
        sign = "+" if (incident.threshold or 0) >= (incident.baseline or 0) else MINUS
    else:
        sign = "+" if condition.value >= 0 else MINUS
    return f"The limit is {sign}{size}, which is {threshold}.{effect}"


def outlook(condition: Forecast, incident: Incident) -> str:
    """Until when a forecast speaks."""
    return f"by {day_text(condition.ends_on(incident.last_seen_on))}"


def _trend_limit(condition: Trend, metric: Metric) -> str:
    size = size_text(abs(condition.value), condition.unit, metric)
    verb = "rose" if condition.op == ">" else "fell"
    more = f" by more than {size}" if condition.value else ""
    if condition.every_step:
        return f"It {verb}{more} in each of the {condition.periods} {condition.every}s."
    return f"It {verb}{more} a {condition.every} over {condition.periods} of them."


def _moved(incident: Incident) -> tuple[Decimal, Decimal]:
    return incident.value or Decimal(0), incident.baseline or Decimal(0)


def _is_relative(condition: Comparing, metric: Metric) -> bool:
    return condition.unit == "percent" or (
        isinstance(condition, Anomaly) and metric.unit != "share"
    )


def _change_size(value: Decimal, baseline: Decimal, metric: Metric, condition: Comparing) -> str:
    size = abs(value - baseline)
    if _is_relative(condition, metric):
        percent = size * 100 / abs(baseline)
        return f"{plain(percent, 0 if percent >= 10 else 1)} %"
    if condition.unit == "absolute":
        return effect_text(size, metric)
    return points_text(size * 100)
