"""What messages say of every kind of condition."""

from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
import yaml

from monstera.alerts.check import parsed_rules
from monstera.alerts.incidents import Incident
from monstera.alerts.wording import notice, resolution

DAY = date(2026, 3, 9)
MORNING = datetime(2026, 3, 10, 1, tzinfo=UTC)

RULE = {
    "id": "a_rule", "priority": "P1", "owner": "data", "runbook": "docs/runbooks/churn.md",
    "tests": [
        {"values": [1], "states": ["firing"]}, {"values": [1], "states": ["inactive"]},
    ],
}  # fmt: skip


@pytest.fixture
def say(define):
    """The notice of an incident with a condition."""

    def say(condition: dict, metric: str = "events_volume_daily", **found):
        rule = {**RULE, "metric": metric, "condition": condition}
        rule = parsed_rules(define(yaml.safe_dump([rule])))["a_rule"]
        values = {name: Decimal(str(found[name])) for name in ("value", "baseline", "threshold")}
        incident = Incident(
            **{
                "incident_id": 1, "fingerprint": "a_rule", "rule_id": "a_rule", "segment": {},
                "owner": "data", "priority": "P1", "runbook": "r", "opened_at": MORNING,
                "opened_on": DAY, "last_seen_at": MORNING, "last_seen_on": DAY,
                "resolved_at": None, "resolved_on": DAY, "resolved_value": None,
                "peak_value": None, "population": None, "facts": found.get("facts", {}),
                "is_live": True, "notified_at": None, "last_notified_at": None,
                "resolve_notified_at": None, "reminders": 0, "acknowledged_at": None,
                "acknowledged_by": None, "silenced_by": None, "inhibited_by": None,
                "verdict": None, "verdict_by": None, "verdict_at": None, **values,
            }
        )  # fmt: skip
        return notice(incident, rule), incident, rule

    return say


VOLUME = {"kind": "volume", "value": 20, "unit": "percent", "minimum_effect": 20}
CASES = {  # condition, metric; value, baseline, limit; title; the sentence or, after …, its end
    "the least difference is named too": (
        VOLUME, "events_volume_daily", (790, 1000, 800),
        "Events Volume Daily down 21 %",
        "Events Volume Daily was 790 on 9 March 2026, down 21 % on the median of the last Mondays "
        "(1,000). Anything below 800 is unusual. Differences below 20 never count.",
    ),
    "a change": (
        {"kind": "change", "against": "previous_day", "op": ">", "value": 10, "unit": "percent",
         "minimum_effect": 5},
        "accounts_at_risk_daily", (46, 41, 45.1),
        "Accounts at Risk Daily up 12 %",
        "… up 12 % on the day before (41). The limit is +10 %, which is 45.1. "
        "Differences below 5 never count.",
    ),
    "a change that must leave the usual spread": (
        {"kind": "change", "against": "median_of_same_weekdays", "op": "<", "value": -15,
         "unit": "percent", "minimum_effect": 100, "least_deviations": 3},
        "payments_collected_daily", (330, 1000.5, 850.425),
        "Payments Collected Daily down 67 %",
        "… down 67 % on the median of the last Mondays (1,000.50). The limit is "
        "\N{MINUS SIGN}15 %, which is 850.43. Differences below 100 never count. "
        "Nor do those within 3 deviations.",
    ),
    "a trend": (
        {"kind": "trend", "periods": 4, "op": "<", "value": 0, "unit": "absolute",
         "every_step": True, "minimum_effect": 0.01},
        "users_activation_rate_weekly", (0.46, 0.50, 0.47),
        "Users Activation Rate Weekly down 4 points",
        "Users Activation Rate Weekly was 46 % in the week of 9 March 2026, down 4 points on 4 "
        "weeks before (50 %). It fell in each of the 4 weeks. Differences below 1 point never "
        "count.",
    ),
    "a shift of a distribution": (
        {"kind": "baseline_shift", "value": 5, "unit": "points", "minimum_effect": 0.05},
        "users_share_churned_daily", (0.36, 0.30, 0.35),
        "Users Share Churned Daily up 6 points",
        "… The limit is +5 points, which is 35 %. Differences below 5 points never count.",
    ),
    "an anomaly": (
        {"kind": "anomaly", "value": 3, "unit": "deviations", "minimum_effect": 20},
        "events_volume_daily", (1300, 1000, 1150),
        "Events Volume Daily up 30 %",
        "… Anything above 1,150, 3 deviations out, is unusual. Differences below 20 never count.",
    ),
    "a forecast": (
        {"kind": "forecast", "total": "sum", "target": 3100, "op": "<", "value": 5,
         "unit": "percent", "minimum_effect": 10},
        "events_volume_daily", (2650, 3100, 2945),
        "Events Volume Daily heading for 2,650",
        "At the pace of 9 March 2026 Events Volume Daily comes to 2,650 by 31 March 2026, down "
        "15 % on the target (3,100). The limit is \N{MINUS SIGN}5 %, which is 2,945. Differences "
        "below 10 never count.",
    ),
}  # fmt: skip


@pytest.mark.parametrize(
    ("condition", "metric", "found", "title", "sentence"), CASES.values(), ids=CASES
)
def test_a_condition_in_words(say, condition, metric, found, title, sentence) -> None:
    value, baseline, threshold = found
    told, *_ = say(condition, metric, value=value, baseline=baseline, threshold=threshold)
    assert told.title == title
    if sentence.startswith("… "):
        assert told.sentence.endswith(sentence.removeprefix("…"))
    else:
        assert told.sentence == sentence


def test_what_was_expected_of_an_anomaly_is_among_the_numbers(say) -> None:
    anomaly, metric, (value, baseline, threshold), *_ = CASES["an anomaly"]
    told, *_ = say(anomaly, metric, value=value, baseline=baseline, threshold=threshold)
    assert ("Expected", "1,000") in told.numbers


def test_one_of_several_says_which(say) -> None:
    told, *_ = say(
        {"kind": "any", "of": [
            {"kind": "threshold", "op": ">", "value": 0.1, "unit": "absolute"},
            {"kind": "change", "against": "mean_of_days", "count": 28, "op": ">", "value": 100,
             "unit": "percent"}]},
        metric="users_active_rate_monthly", value=0.05, baseline=0.02, threshold=0.04,
        facts={"condition": 1},
    )  # fmt: skip
    assert "up 150 % on the mean of the 28 days before (0.02)" in told.sentence


def test_the_end_says_where_the_limit_is_by_then(say) -> None:
    told, incident, rule = say(VOLUME, value=790, baseline=1000, threshold=800)
    ended = replace(incident, resolved_value=Decimal(790), resolved_threshold=Decimal(640))
    end = resolution(told, ended, rule)
    assert end.sentence.startswith("Resolved: 790 on 9 March 2026, where the limit is 640. What ")
    assert end.numbers[:3] == (("Now", "790"), ("Limit now", "640"), ("Before", "790"))
    as_before = replace(ended, resolved_threshold=Decimal(800))
    assert "Limit now" not in dict(resolution(told, as_before, rule).numbers)


def test_the_end_of_what_is_gone_says_so(say) -> None:
    told, incident, rule = say(VOLUME, value=790, baseline=1000, threshold=800)
    for because, words in (
        ("rule_gone", "Resolved, as no rule speaks of it any more, on 9 March 2026."),
        ("segment_gone", "Resolved, as nothing of it is in the data any more, on 9 March 2026."),
    ):
        ended = replace(incident, resolved_because=because)
        assert resolution(told, ended, rule).sentence.startswith(words)
    assert resolution(told, incident, rule).sentence.startswith("Resolved on 9 March 2026.")
