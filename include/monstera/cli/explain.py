"""`monstera explain`: why a state is what it is."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from datetime import date as Date
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any, TypeVar
from uuid import UUID
from zoneinfo import ZoneInfo

import typer
from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from monstera.cli.context import AsJson, console, print_json, settings, warehouse
from monstera.warehouse import Warehouse

if TYPE_CHECKING:
    from monstera.accounts.explain import AccountExplanation
    from monstera.lifecycle.explain import Publication, ScopeState, UserExplanation

Explanation = TypeVar("Explanation")
commands = typer.Typer(name="explain", help="Why a state is what it is on a date.")


@commands.callback()
def _explain() -> None:
    """Why a state is what it is on a date."""


Id = Annotated[
    str,
    typer.Argument(help="Id as the producer sends it; with --pseudonym as the warehouse has it."),
]
Day = Annotated[
    datetime | None,
    typer.Option(formats=["%Y-%m-%d"], metavar="YYYY-MM-DD", help="Default: as published."),
]
IsPseudonym = Annotated[bool, typer.Option("--pseudonym", help="ID is a pseudonym.")]


@commands.command()
def user(id: Id, date: Day = None, pseudonym: IsPseudonym = False, as_json: AsJson = False) -> None:
    """Why a user is in a state and in segments: the facts and numbers that decide them."""
    from monstera.lifecycle.explain import explain_user

    explanation = _ask(explain_user, id, date, pseudonym)
    if as_json:
        print_json(explanation.model_dump(mode="json"))
    else:
        console.print(_page(explanation))


@commands.command()
def account(
    id: Id, date: Day = None, pseudonym: IsPseudonym = False, as_json: AsJson = False
) -> None:
    """Why an account is in a state: contract, signals, health, the numbers behind them."""
    from monstera.accounts.explain import explain_account

    explanation = _ask(explain_account, id, date, pseudonym)
    if as_json:
        print_json(explanation.model_dump(mode="json"))
    else:
        console.print(_account_page(explanation))


def _ask(
    explain: "Callable[[Warehouse, UUID, Date | None], Explanation]",
    id: str,
    date: datetime | None,
    is_pseudonym: bool,
) -> "Explanation":
    from monstera.lifecycle.explain import NoStateThatDay, UnknownUser

    token = _pseudonym(id) if is_pseudonym else _token(id)
    try:
        return explain(warehouse(), token, date.date() if date else None)
    except NoStateThatDay as error:
        raise typer.BadParameter(str(error), param_hint="--date") from None
    except UnknownUser as error:
        if is_pseudonym or not _is_uuid(id):
            raise
        hint = f"If {id} is a pseudonym, as in the warehouse's tables, add --pseudonym."
        raise type(error)(f"{error} {hint}") from None


def _pseudonym(id: str) -> UUID:
    try:
        return UUID(id)
    except ValueError:
        raise typer.BadParameter(f"{id!r} is no uuid.", param_hint="ID") from None


def _is_uuid(id: str) -> bool:
    with suppress(ValueError):
        UUID(id)
        return True
    return False


def _token(id: str) -> UUID:
    from monstera.loading import open_pseudonyms

    return open_pseudonyms(settings()).token(id)


def _page(e: "UserExplanation") -> Group:
    zone = ZoneInfo(e.publication.business_time_zone)
    title = Text.assemble(
        ("user ", "dim"), str(e.user_id), (" at the end of ", "dim"), f"{e.date}\n",
        (e.platform.state, "bold"), (" since ", "dim"), _time(e.platform.state_since, zone),
        *(_unless_the_same(e.platform)),
    )  # fmt: skip
    parts: list[RenderableType] = [title, Text(e.reason, style="italic")]
    parts += _section("Lives", ("life", "from", "until"), [
        (life.life_number, _time(life.started_at, zone),
         _time(life.ended_at, zone) if life.ended_at else "")
        for life in e.lives
    ])  # fmt: skip
    scopes = (e.platform, *e.products)
    parts += _section("Scopes", ("scope", "state", "since", "last activity"), [
        (scope.scope, scope.state, _time(scope.state_since, zone), _last_activity(scope))
        for scope in scopes
    ])  # fmt: skip
    parts += _section("Deadlines", ("scope", "through day", "set by", "at", "event id"), [
        deadline for scope in scopes for deadline in _deadlines(scope, zone)
    ])  # fmt: skip
    if e.dunning:
        parts += _section("Dunning", ("kind", "from", "through", "first failure"), [
            (e.dunning.dunning_type, e.dunning.from_on, e.dunning.to_on or "",
             _time(e.dunning.dunning_since, zone))
        ])  # fmt: skip
    parts += _section("Accounts", ("account", "from", "through"), [
        (account.account_id, account.from_on or "", account.to_on or "") for account in e.accounts
    ])  # fmt: skip
    parts += _section("Payments", ("time", "event", "payer", "effective on", "event id"), [
        (_time(p.occurred_at, zone), p.event_type, p.payer, p.effective_on or "", p.event_id)
        for p in e.payments
    ])  # fmt: skip
    columns = ("time", "scope", "step", "reason", "days", "event", "event id")
    parts += _section("Transitions", columns, [
        (_time(t.transition_timestamp, zone), t.scope,
         f"{t.from_state or '(start)'} → {t.to_state}", t.reason,
         "" if t.days_in_previous_state is None else t.days_in_previous_state,
         t.triggering_event_type or "", t.triggering_event_id or "")
        for t in e.transitions
    ])  # fmt: skip
    parts += _section("Segments", ("dimension", "value", "since", "numbers", "rule"), [
        (s.dimension, s.value, s.since, _numbers(s.numbers), s.definition or "")
        for s in e.segments
    ])  # fmt: skip
    return Group(*parts, _source(e.publication))


def _account_page(e: "AccountExplanation") -> Group:
    zone = ZoneInfo(e.publication.business_time_zone)
    day = e.day
    title = Text.assemble(
        ("account ", "dim"), str(e.account_id), (" at the end of ", "dim"), f"{e.date}\n",
        (day.state, "bold"), (" since ", "dim"), _time(day.state_since, zone),
    )  # fmt: skip
    parts: list[RenderableType] = [title, Text(e.reason, style="italic")]
    parts += _section("Contract", ("", "now", "before"), [
        ("tier", day.tier or "", ""),
        ("seats", _known(day.total_seats), _known(day.seats_before)),
        ("monthly recurring revenue", f"{day.monthly_recurring_revenue} {day.currency}",
         _known(day.mrr_before)),
        ("subscribed on", _known(day.subscribed_on), ""),
        ("ended on", _known(day.ended_on), ""),
        ("renews on", _known(day.renewal_on), ""),
        ("trial through", day.trial_ends_on, ""),
    ])  # fmt: skip
    parts += _section("Use", ("", "now", "before"), [
        ("active seats", day.active_seats, ""),
        ("seat utilization",
         "" if day.seat_utilization is None else f"{day.seat_utilization:.1%}", ""),
        ("events", day.events_30, day.events_prior_30),
        ("products", ", ".join(day.products_active), day.products_before),
        ("primary admin silent, days", _known(day.admin_silent_days), ""),
    ])  # fmt: skip
    parts += _section("Risk signals", ("signal",), [(signal,) for signal in day.risk_signals])
    if day.health_score is not None:
        heading = f"Health {day.health_score:.0f}, {day.health_band} ({day.health_model})"
        parts += _section(heading, ("component", "value", "weight", "inputs"), [
            (name, _known(c["value"]), c["weight"],
             ", ".join(f"{key} {_or_none(value)}" for key, value in c["inputs"].items()))
            for name, c in (day.health_score_components or {}).items()
        ])  # fmt: skip
    parts += _section("Facts", ("acts at", "what", "terms", "event id"), [
        (_time(f.acts_at, zone), f.kind,
         ", ".join(f"{key} {value}" for key, value in f.terms.items()), f.event_id or "")
        for f in e.facts
    ])  # fmt: skip
    parts += _section("Transitions", ("time", "step", "reason", "days", "event id"), [
        (_time(t.transition_timestamp, zone), f"{t.from_state or '(start)'} → {t.to_state}",
         t.transition_reason, _known(t.days_in_previous_state), t.triggering_event_id or "")
        for t in e.transitions
    ])  # fmt: skip
    return Group(*parts, _source(e.publication))


def _source(publication: "Publication") -> Text:
    return Text(
        f"\nPublished as of {publication.as_of}, definition version"
        f" {publication.definition_version}, days in {publication.business_time_zone}.",
        style="dim",
    )


def _known(value: Any) -> str:
    return "" if value is None else str(value)


def _or_none(value: Any) -> str:
    return "none" if value is None else str(value)


def _unless_the_same(platform: "ScopeState") -> list[str]:
    more = []
    if platform.activity_state not in (None, platform.state):
        more.append(f", {platform.activity_state} by activity")
    if platform.is_dunning:
        more.append(f", dunning ({platform.dunning_type})")
    return more


def _last_activity(scope: "ScopeState") -> str:
    days = scope.days_since_last_qualifying_event
    if days is None:
        return "never"
    return f"{scope.last_qualifying_on}, {days} {'day' if days == 1 else 'days'} ago"


def _deadlines(scope: "ScopeState", zone: ZoneInfo) -> Iterator[tuple[Any, ...]]:
    for state, until, event in (
        ("active", scope.active_until, scope.active_set_by),
        ("dormant", scope.dormant_until, scope.dormant_set_by),
    ):
        if event is not None:
            product = f" in {event.product_id}" if event.product_id else ""
            yield (
                scope.scope, f"{state} {until}", f"{event.event_type}{product}",
                _time(event.occurred_at, zone), event.event_id,
            )  # fmt: skip
    if scope.activity_state and scope.last_qualifying_on is None:
        yield scope.scope, f"new {scope.new_until}", "start", scope.started_on, ""


def _section(
    title: str, columns: Sequence[str], rows: Sequence[tuple[Any, ...]]
) -> list[RenderableType]:
    if not rows:
        return []
    table = Table(box=None, pad_edge=False, header_style="dim")
    for column in columns:
        table.add_column(column, overflow="fold")  # an id must stay whole
    for row in rows:
        table.add_row(*(str(value) for value in row))
    return [Text(f"\n{title}", style="bold"), Padding(table, (0, 0, 0, 2))]


def _numbers(numbers: dict[str, int | str | None]) -> str:
    return "\n".join(
        f"{name.replace('_', ' ')}: {_or_none(number)}" for name, number in numbers.items()
    )


def _time(at: datetime, zone: ZoneInfo) -> str:
    return at.astimezone(zone).strftime("%Y-%m-%d %H:%M:%S")
