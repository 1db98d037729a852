"""What must hold for metrics: names, segments, and what their formulas refer to."""

import json
from collections.abc import Iterator
from typing import Any

from monstera.definitions.account_formulas import AccountCount, AccountFlow, AccountRevenue
from monstera.definitions.definitions import Definitions
from monstera.definitions.formulas import (
    Adoption,
    Cohort,
    DistinctActive,
    FeedColumn,
    ProductCohort,
    Ratio,
    SegmentFormula,
    Session,
    StateCount,
    Sum,
)
from monstera.definitions.journey_formulas import Funnel
from monstera.definitions.metric_names import name_errors
from monstera.definitions.metrics import ACCOUNT_ATTRIBUTES, ACCOUNT_ORIGINS, ATTRIBUTES, Metric
from monstera.definitions.problems import Problem
from monstera.definitions.reader import Declared
from monstera.definitions.segments import COMPOSITE, DIMENSIONS, MEMBERSHIPS
from monstera.definitions.transitions import LEGAL_TRANSITIONS, START

SEGMENTS_OF: dict[str, set[str]] = {
    "session": {"location", "country", "plan_type"},
    "cohort": {*ATTRIBUTES, "first_product"},
    "account_count": set(ACCOUNT_ATTRIBUTES),
    "flow": {*ATTRIBUTES, "reason"},
    "account_flow": {*ACCOUNT_ATTRIBUTES, *ACCOUNT_ORIGINS, "reason"},
    "account_revenue": {*ACCOUNT_ATTRIBUTES, *ACCOUNT_ORIGINS},
    "adoption": {"product", "feature"},
    "segment": {*DIMENSIONS, COMPOSITE, MEMBERSHIPS},
    "sum": {"event_type", "product"},
    "sql": {*ATTRIBUTES, *ACCOUNT_ATTRIBUTES, *ACCOUNT_ORIGINS, "product", "event_type", "rule"},
}


def errors(definitions: Definitions) -> Iterator[Problem]:
    """Everything that makes a metric unusable beyond the single entry."""
    formulas: dict[str, str] = {}
    for metric in definitions.metrics.values():
        source = definitions.sources["metrics"][metric.id]
        yield from name_errors(metric, source)
        yield from _segment_errors(metric, source)
        yield from _reference_errors(definitions, metric, source)
        if metric.formula.kind != "sql":
            formula = json.dumps([metric.grain, metric.formula.model_dump(mode="json")])
            if (other := formulas.setdefault(formula, metric.id)) != metric.id:
                yield source.problem(
                    f"{other} has the same formula: one of them is enough", "formula"
                )


def warnings(definitions: Definitions) -> Iterator[Problem]:
    """Metrics of feeds or event types in a folder that declares none: usable, without values."""
    for metric in definitions.metrics.values():
        formula, source = metric.formula, definitions.sources["metrics"][metric.id]
        if isinstance(formula, FeedColumn) and formula.feed not in definitions.feeds:
            yield source.problem(
                f"no values, since the feed {formula.feed} is not declared", "formula", "feed"
            )
        if not definitions.sources["event_types"]:
            for place, name in _unknown_event_types(definitions, formula):
                yield source.problem(
                    f"no values, since the event type {name} is not declared", "formula", *place
                )


def _segment_errors(metric: Metric, source: Declared) -> Iterator[Problem]:
    formula = metric.formula
    if isinstance(formula, Ratio):
        return  # those of numerator and denominator
    if isinstance(formula, Adoption) and metric.segments != (formula.segment,):
        expected = f"segments: [{formula.segment}]"
        yield source.problem(f"adoption of {formula.of} is by each: {expected}", "segments")
        return
    if getattr(formula, "scope", "platform") == "products":
        allowed = {"product"}
        if metric.segments != ("product",):
            yield source.problem(
                "a metric of products is by product: segments: [product]", "segments"
            )
            return
    else:
        allowed = _segments_of(formula)
    for position, segment in enumerate(metric.segments):
        if segment not in allowed:
            expected = ", ".join(sorted(allowed)) or "none"
            message = f"a metric of kind {formula.kind} can be by {expected}, found {segment}"
            yield source.problem(message, "segments", position)


def _segments_of(formula: Any) -> set[str]:
    """What a metric with this formula can be broken down by."""
    if isinstance(formula, FeedColumn):
        return set(formula.by)
    if isinstance(formula, Sum) and formula.so_far:
        return set()
    allowed = SEGMENTS_OF.get(formula.kind, set(ATTRIBUTES))
    if isinstance(formula, AccountFlow) and formula.statistic == "share":
        return allowed - {"reason"}  # who did not move has none
    return allowed


def _reference_errors(
    definitions: Definitions, metric: Metric, source: Declared
) -> Iterator[Problem]:
    formula = metric.formula
    if isinstance(formula, Ratio):
        yield from _ratio_errors(definitions, metric, formula, source)
    if isinstance(formula, FeedColumn):
        yield from _feed_errors(definitions, metric, formula, source)
    if (
        isinstance(formula, StateCount | Sum | Session | AccountCount | Adoption)
        and metric.grain != "day"
    ):
        yield source.problem(f"a metric of kind {formula.kind} is by day", "grain")
    if isinstance(formula, SegmentFormula):
        yield from _segment_formula_errors(metric, formula, source)
    if isinstance(formula, DistinctActive) and formula.window_days and metric.grain != "day":
        yield source.problem("a trailing window ends on a day: grain: day", "grain")
    kind = _scope_kind(formula)
    known = {state for edge in LEGAL_TRANSITIONS[kind] for state in edge} - {START} | {"start"}
    for key in ("states", "from_", "to", "members"):
        for position, state in enumerate(getattr(formula, key, ())):
            if state not in known:
                expected = ", ".join(sorted(known))
                message = f"expected a state among {expected}, found {state}"
                yield source.problem(message, "formula", key.rstrip("_"), position)
    for place, name in _unknown_event_types(definitions, formula):
        if definitions.sources["event_types"]:
            yield source.problem(f"unknown event type {name}", "formula", *place)


def _unknown_event_types(
    definitions: Definitions, formula: Any
) -> Iterator[tuple[tuple[str | int, ...], str]]:
    """Where a formula names an event type that is not declared, and its name."""
    stages = formula.stages if isinstance(formula, Funnel) else ()
    named: list[tuple[tuple[str | int, ...], str]] = [
        (("stages", number, "event_types", n), name)
        for number, stage in enumerate(stages)
        for n, name in enumerate(stage.event_types)
    ]
    if isinstance(formula, Sum):
        named += [(("event_types", n), name) for n, name in enumerate(formula.event_types)]
    for place, name in named:
        if name not in definitions.event_types and name not in definitions.sources["event_types"]:
            yield place, name


def _segment_formula_errors(
    metric: Metric, formula: SegmentFormula, source: Declared
) -> Iterator[Problem]:
    if not metric.segments:
        yield source.problem("a metric of kind segment needs segments to be by", "segments")
    is_daily = formula.measure == "users"
    if is_daily != (metric.grain == "day"):
        expected = "day" if is_daily else "week or month"
        yield source.problem(f"{formula.measure} is by {expected}", "grain")


def _scope_kind(formula: Any) -> str:
    if formula.kind.startswith("account_"):
        return "account"
    return "product" if getattr(formula, "scope", "platform") == "products" else "platform"


def _feed_errors(
    definitions: Definitions, metric: Metric, formula: FeedColumn, source: Declared
) -> Iterator[Problem]:
    for segment in formula.by.keys() - set(metric.segments):
        yield source.problem(f"by names a column for {segment}: name it in segments", "formula")
    feed = definitions.feeds.get(formula.feed)
    if feed is None:
        if definitions.sources["feeds"]:
            yield source.problem(f"unknown feed {formula.feed}", "formula", "feed")
        return
    named = [
        ("at", formula.at, {"date", "timestamp"}),
        ("column", formula.column, {"integer", "number"}),
        ("currency", formula.currency, {"string"}),
        *(("by", name, {"string"}) for name in formula.by.values()),
    ]
    for key, name, types in named:
        if name is None:
            continue
        column = feed.columns.get(name)
        if column is None or column.type not in types:
            expected = " or ".join(sorted(types))
            message = f"expected a column of {feed.id} of type {expected}, found {name}"
            yield source.problem(message, "formula", key)


def _ratio_errors(
    definitions: Definitions, metric: Metric, formula: Ratio, source: Declared
) -> Iterator[Problem]:
    for key in ("numerator", "denominator"):
        name = getattr(formula, key)
        part = definitions.metrics.get(name)
        if part is None:
            if name not in definitions.sources["metrics"]:
                yield source.problem(f"unknown metric {name}", "formula", key)
            continue
        if _is_a_rate(part):
            yield source.problem(f"{name} is a rate itself", "formula", key)
        for segment in metric.segments:
            if segment not in part.segments:
                yield source.problem(f"{name} is not broken down by {segment}", "segments")
        is_start = key == "denominator" and formula.denominator_at == "start"
        expected = "day" if is_start else metric.grain
        if part.grain != expected:
            message = f"expected a metric by {expected}, found {name} by {part.grain}"
            yield source.problem(message, "formula", key)


def _is_a_rate(metric: Metric) -> bool:
    formula = metric.formula
    if isinstance(formula, AccountRevenue):
        return formula.measure not in {"gained", "lost"}
    if isinstance(formula, AccountFlow):
        return formula.statistic != "accounts"
    if isinstance(formula, AccountCount):
        return formula.of == "health"
    if isinstance(formula, SegmentFormula):
        return formula.measure not in {"users", "recurring_revenue"}
    if isinstance(formula, Funnel):
        return formula.statistic == "conversion"
    return isinstance(formula, Ratio | Cohort | ProductCohort | Adoption)
