"""Rules that ship, and what is said of rules that are wrong."""

from datetime import date
from decimal import Decimal

import pytest

from monstera.alerts.cases import failed_cases
from monstera.alerts.check import check_coverage, check_rules, rules_in_document, rules_of
from monstera.definitions import Definitions
from monstera.notify import check_routing
from monstera.settings import PROJECT

GOOD = """
- id: compliance_low
  priority: P1
  metric: events_compliance_daily
  condition: {kind: threshold, op: "<", value: 0.95, unit: absolute}
  owner: data
  runbook: docs/runbooks/compliance.md
  tests:
    - {values: [0.9], states: [firing]}
    - {values: [1], states: [inactive]}
"""


def test_the_rules_that_ship_are_right(shipped: Definitions) -> None:
    assert check_rules(shipped) == []
    assert check_routing(shipped) == []
    assert set(rules_of(shipped)) >= {
        "events_volume_deviation", "events_none", "data_freshness", "events_compliance_low",
        "users_churn_rate_jump", "users_activation_rate_drop", "pipeline_failed", "checks_failed",
    }  # fmt: skip


def test_every_rule_that_ships_has_its_runbook(shipped: Definitions) -> None:
    for rule in rules_of(shipped).values():
        runbook = PROJECT / rule.runbook
        assert runbook.is_file(), f"{rule.id}: {rule.runbook} is missing"
        assert f"`{rule.id}`" in runbook.read_text(), f"{rule.runbook} does not name {rule.id}"


def test_metrics_of_tier_1_have_a_rule_or_a_reason(shipped: Definitions, define) -> None:
    assert check_coverage(shipped) == []
    missing = {str(problem).split(": ")[1] for problem in check_coverage(define(GOOD))}
    assert "users_churn_rate_weekly.importance_tier" in missing  # nobody reads it
    assert "events_compliance_daily.importance_tier" not in missing  # the one rule reads it
    assert "users_active_daily.importance_tier" not in missing  # it says why
    assert check_coverage(define("[]")) == []  # a folder without alerts wants none


def test_every_owner_has_receivers(shipped: Definitions) -> None:
    owners = shipped.routing["owners"]
    assert {rule.owner for rule in rules_of(shipped).values()} <= set(owners)


def test_rules_survive_being_compiled(shipped: Definitions) -> None:
    assert rules_in_document(shipped.document()) == rules_of(shipped)


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        ("  owner: data\n", "", "alerts/rules.yaml:2: compliance_low.owner: this key is required"),
        ("  runbook: docs/runbooks/compliance.md\n", "", "runbook: this key is required"),
        ("states: [firing]", "states: [inactive]", "one series that must fire"),
        ("values: [1], states: [inactive]", "values: [0.5], states: [inactive]",
         "alerts/rules.yaml:10: compliance_low.tests[1]: step 1: expected inactive, was firing"),
        ("states: [inactive]", "states: [inactive, inactive]",
         "expected as many states as values, found 2 for 1"),
        ("states: [inactive]", "states: [sleeping]", "expected states among inactive, pending"),
        ("events_compliance_daily", "events_complience_daily",
         "rules.yaml:4: compliance_low.metric: unknown metric events_complience_daily; did you"),
        ("events_compliance_daily", "users_churn_rate_weekly", None),
        ("  priority: P1", "  priority: P9", "rules.yaml:3: compliance_low.priority"),
        ("  priority: P1", "  priorty: P1", "unknown key; did you mean priority?"),
        ("kind: threshold", "kind: treshold", "rules.yaml:5: compliance_low.condition"),
        ("unit: absolute", "unit: percent", "rules.yaml:5: compliance_low.condition.unit"),
        ("unit: absolute}", "unit: absolute}\n  for: 0", "compliance_low.for"),
        ("unit: absolute}", "unit: absolute}\n  segment: {by: country}",
         "events_compliance_daily is not broken down by country"),
        ("unit: absolute}", "unit: absolute}\n  inhibited_by: [nothing]",
         "expected another alert rule, found nothing"),
        ("  metric: events_compliance_daily\n", "", "needs a metric"),
        ('kind: threshold, op: "<", value: 0.95, unit: absolute',
         "kind: check, severity: error", "has neither metric nor segment"),
        ("unit: absolute}", "unit: absolute}\n  window: {periods: 2}\n  metrics: [a, b]",
         "expected metric or metrics, found both"),
        ("events_compliance_daily", "events_volume_daily\n  beyond_chance: true",
         "events_volume_daily is no share of people"),
        ('kind: threshold, op: "<", value: 0.95, unit: absolute',
         'kind: change, against: previous_day, op: "<", value: -5, unit: points, '
         'least_deviations: 3', "compare with them"),
        ("unit: absolute}", "unit: absolute}\n  window: {periods: 1}", "more than one of the"),
        ("events_compliance_daily", "events_volume_daily\n  window: {periods: 2}",
         "events_volume_daily is no rate, which a window needs"),
        ("events_compliance_daily", "users_churn_rate_weekly\n  window: {grain: week}",
         "users_churn_rate_weekly has values by week, not by day"),
        ("metric: events_compliance_daily", "metrics: [events_compliance_daily, no_metric]",
         "compliance_low.metrics: unknown metric no_metric"),
        ('kind: threshold, op: "<", value: 0.95, unit: absolute',
         'kind: any, of: [{kind: threshold, op: "<", value: 0.95, unit: absolute}, '
         '{kind: forecast, total: last, target: 1, op: "<", unit: points, minimum_effect: 1}]',
         None),
        ('kind: threshold, op: "<", value: 0.95, unit: absolute',
         'kind: trend, periods: 2, op: "<", value: 1, unit: percent', "minimum_effect: this key"),
        ('kind: threshold, op: "<", value: 0.95, unit: absolute',
         'kind: change, against: previous_month, op: ">", value: 1, unit: points', "tests[0]"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_said_with_its_line(define, old: str, new: str, problem) -> None:
    assert old in GOOD
    problems = [str(problem) for problem in check_rules(define(GOOD.replace(old, new)))]
    if problem is None:
        assert problems == []
    else:
        assert any(problem in found for found in problems), problems


def test_rules_that_would_silence_each_other_are_refused(define) -> None:
    a, b, c = (
        GOOD.replace("compliance_low", name).replace(
            "  owner", f"  inhibited_by: [{cause}]\n  owner"
        )
        for name, cause in (("a", "b"), ("b", "c"), ("c", "a"))
    )
    problems = [str(problem) for problem in check_rules(define(a + b + c))]
    assert len(problems) == 3
    assert "b is itself inhibited by a: nobody would be told of either" in problems[0]
    assert check_rules(define(a + b + GOOD.replace("compliance_low", "c"))) == []


def test_a_weekly_metric_has_no_previous_month(define) -> None:
    rule = GOOD.replace("events_compliance_daily", "users_churn_rate_weekly").replace(
        'kind: threshold, op: "<", value: 0.95, unit: absolute',
        'kind: change, against: previous_month, op: "<", value: -1, unit: percent',
    )
    problems = [str(problem) for problem in check_rules(define(rule))]
    assert any("has values by week, which this condition cannot compare" in p for p in problems)


@pytest.mark.parametrize(
    ("routing", "problem"),
    [
        ("owners: {data: {mail: [nobody]}}", "expected a mail address"),
        (
            'owners: {data: {mail: ["a@example.com\\nBcc: b@example.com"]}}',
            "expected a mail address",
        ),
        ('sender: "Us <us@example.com>\\nX: y"', "expected Name <name@example.com>"),
        (
            "runbooks: javascript:alert(1)/",
            "expected an address that ends with /, such as https://",
        ),
        ("channels: {P1: [pigeon]}", "routing.yaml:1: channels.P1[0]"),
        ("owner: {}", "unknown key; did you mean owners?"),
    ],
)
def test_what_is_wrong_with_routing_is_said_with_its_line(define, routing: str, problem) -> None:
    problems = [str(problem) for problem in check_routing(define(GOOD, routing))]
    assert any(problem in found for found in problems), problems


def test_a_rate_of_too_few_people_is_no_breach(shipped: Definitions) -> None:
    rule = rules_of(shipped)["users_churn_rate_jump"]
    week_before = {date(2026, 1, 5): Decimal("0.02")}
    for people, is_breach in ((199, False), (200, True), (None, True)):
        population = None if people is None else Decimal(people)
        judgement, _ = rule.judge(
            Decimal("0.10"), date(2026, 1, 12), week_before, population=population
        )
        assert judgement.is_breach is is_breach


def test_a_rate_that_chance_explains_is_no_breach(shipped: Definitions) -> None:
    """2 % before and 3 % now are +50 %: of 500 people 10 and 15, of 5,000 they are 100 and 150.

    Where 10 are expected up to 21 are usual, where 100 are, up to 131.
    """
    rule = rules_of(shipped)["users_churn_rate_jump"]
    week_before = {date(2026, 1, 5): Decimal("0.02")}
    for people, value, is_breach in (
        (500, "0.03", False), (500, "0.040", False), (500, "0.044", True), (5000, "0.03", True),
    ):  # fmt: skip
        judgement, priority = rule.judge(
            Decimal(value), date(2026, 1, 12), week_before, population=Decimal(people)
        )
        assert judgement.is_breach is is_breach
        assert judgement.detail == ("" if is_breach else "within chance")
        assert priority == ("P0" if is_breach else "P1")


def test_escalation_changes_the_priority_not_the_state(shipped: Definitions) -> None:
    rule = rules_of(shipped)["users_churn_rate_jump"]
    assert failed_cases(rule) == []
    wrong = rule.tests[1].model_copy(update={"priorities": ("P1", "P1", "P1")})
    (failure,) = failed_cases(rule.model_copy(update={"tests": (wrong,)}))
    assert failure.message == "step 2: expected P1, was P0"
