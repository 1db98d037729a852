"""What rules would have done over past days: the same judgements, and nothing is written."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from heapq import merge
from itertools import groupby
from typing import Any
from zoneinfo import ZoneInfo

import psycopg

from monstera.alerts.history import Moment, moments_of
from monstera.alerts.holding import explained_by
from monstera.alerts.incidents import CYCLES_A_DAY
from monstera.alerts.notifications import REMIND_AFTER
from monstera.alerts.observations import Observation, fingerprint, judge
from monstera.alerts.rules import Priority, Rule
from monstera.alerts.states import Standing, State, advance
from monstera.notify.routing import Routing
from monstera.warehouse import Warehouse

ONE_DAY = timedelta(days=1)


@dataclass
class Episode:
    """An incident that would have been.

    Attributes:
        opened_at: when the evaluation would have fired.
        opened_on, last_on: first and last date of the data in breach.
        resolved_at: None: it would still fire.
        cycles: how often it had fired within a day, itself included.
        held_back_by: rule that explains it; None: none ever did.
        told_at: when a message would have left; None: never, as it was held back, flapped or waits
            for the digest.
    """

    rule_id: str
    labels: Mapping[str, str]
    priority: Priority
    owner: str
    opened_at: datetime
    opened_on: date
    last_on: date
    cycles: int
    value: Decimal | None = None
    resolved_at: datetime | None = None
    held_back_by: str | None = None
    told_at: datetime | None = None

    @property
    def is_flapping(self) -> bool:
        """Whether it came and went too often within a day to be told each time."""
        return self.cycles > CYCLES_A_DAY

    def reminders(self, until: datetime) -> int:
        """Reminders until it resolved, or until then, if nobody takes it over."""
        pause = REMIND_AFTER[self.priority]
        if pause is None or self.told_at is None:
            return 0
        return max(0, ((self.resolved_at or until) - self.told_at) // pause)


@dataclass
class Replay:
    """What one rule would have done.

    Attributes:
        judged: judgements; `without_data` of them had none to judge.
        firing_days: dates of data on which it would have fired.
        values: the total's value by date, None where there is none; empty of a rule by segment.
    """

    rule: Rule
    episodes: list[Episode] = field(default_factory=list)
    judged: int = 0
    without_data: int = 0
    firing_days: set[date] = field(default_factory=set)
    values: dict[date, Decimal | None] = field(default_factory=dict)

    @property
    def told(self) -> list[Episode]:
        """The incidents that somebody would have been told of."""
        return [episode for episode in self.episodes if episode.told_at is not None]

    @property
    def flaps(self) -> int:
        """Incidents that would have opened while the alert was flapping."""
        return sum(episode.is_flapping for episode in self.episodes)


@dataclass
class Backtest:
    """What rules would have done from `first` to `last`.

    Attributes:
        messages: when messages would have left: those of one moment, owner, priority and kind are
            one. Reminders are not counted; they end when somebody takes an alert over.
        not_replayed: rules whose past is not kept.
    """

    first: date
    last: date
    replays: dict[str, Replay]
    messages: list[datetime] = field(default_factory=list)
    not_replayed: list[str] = field(default_factory=list)

    @property
    def messages_a_week(self) -> float:
        """Messages in a mean week."""
        return len(self.messages) * 7 / ((self.last - self.first).days + 1)


@dataclass
class _Alert:
    """Where a rule stands on a segment."""

    standing: Standing = field(default_factory=Standing)
    episode: Episode | None = None
    opened: list[datetime] = field(default_factory=list)
    told_as_flapping: datetime | None = None


def backtest(
    warehouse: Warehouse,
    rules: Mapping[str, Rule],
    routing: Routing,
    first: date,
    last: date,
    zone: ZoneInfo,
) -> Backtest:
    """Replays rules over the data as it is now, in a transaction that cannot write.

    Metrics are judged as they are now known, so a correction counts as if it had been known at
    once; rules on deliveries and publications see what had arrived by then, every five minutes.
    """
    with warehouse.connect() as connection:
        connection.execute("set transaction read only")
        return _Player(connection, rules, routing, zone).play(first, last)


class _Player:
    def __init__(
        self,
        connection: "psycopg.Connection[Any]",
        rules: Mapping[str, Rule],
        routing: Routing,
        zone: ZoneInfo,
    ) -> None:
        self._connection = connection
        self._rules = rules
        self._routing = routing
        self._zone = zone
        self._alerts: dict[str, _Alert] = {}
        self._open: dict[str, Episode] = {}

    def play(self, first: date, last: date) -> Backtest:
        replays = {name: Replay(rule) for name, rule in self._rules.items()}
        found = Backtest(first, last, replays)
        timelines: list[Iterator[Moment]] = []
        for rule in self._rules.values():
            moments = moments_of(self._connection, rule, first, last, self._zone)
            if moments is None:
                found.not_replayed.append(rule.id)
            else:
                timelines.append(moments)
        in_order = merge(*timelines, key=lambda moment: moment.at)
        for at, together in groupby(in_order, key=lambda moment: moment.at):
            ended: list[Episode] = []
            for moment in together:
                for observation in moment.observe(self._open_labels(moment.rule)):
                    ended += self._step(replays[moment.rule.id], observation, at)
            found.messages += [at] * self._tell(ended, at)
        return found

    def _open_labels(self, rule: Rule) -> list[dict[str, str]]:
        return [dict(e.labels) for e in self._open.values() if e.rule_id == rule.id]

    def _step(self, replay: Replay, observation: Observation, at: datetime) -> list[Episode]:
        """Moves a rule on a segment by one evaluation; the incident that ended with it."""
        rule, day = replay.rule, observation.data_date
        name = fingerprint(rule.id, observation.labels)
        alert = self._alerts.setdefault(name, _Alert())
        judgement, priority = judge(rule, observation)
        alert.standing = advance(alert.standing, judgement.outcome, rule.patience)
        replay.judged += 1
        replay.without_data += judgement.value is None
        if rule.segment is None and not rule.metrics:
            replay.values[day] = judgement.value
        if alert.standing.state is State.FIRING:
            replay.firing_days.add(day)
        if alert.standing.state.is_open and alert.episode is None:
            alert.opened = [moment for moment in alert.opened if at - moment < ONE_DAY] + [at]
            alert.episode = Episode(
                rule.id, observation.labels, priority, rule.owner, at, day, day,
                len(alert.opened), judgement.value,
            )  # fmt: skip
            replay.episodes.append(alert.episode)
            self._open[name] = alert.episode
        elif alert.episode is not None and judgement.is_breach:
            alert.episode.priority = min(alert.episode.priority, priority)
            alert.episode.last_on = day
        elif alert.episode is not None and not alert.standing.state.is_open:
            ended, alert.episode = alert.episode, None
            ended.resolved_at = at
            del self._open[name]
            return [ended]
        return []

    def _tell(self, ended: Iterable[Episode], at: datetime) -> int:
        """How many messages leave: as `settle` decides, without silences and acknowledgements."""
        firing = {episode.rule_id for episode in self._open.values()}
        told: set[tuple[str, str, str]] = set()
        for name, episode in self._open.items():
            parent = explained_by(self._rules[episode.rule_id], self._rules, firing)
            episode.held_back_by = parent or episode.held_back_by
            if episode.told_at is not None or parent or not self._has_channel(episode):
                continue
            if episode.is_flapping:
                if self._waits_for_the_digest(self._alerts[name], episode, at):
                    continue
                self._alerts[name].told_as_flapping = at
            episode.told_at = at
            told.add((episode.owner, episode.priority, "fire"))
        told |= {(e.owner, e.priority, "resolve") for e in ended if e.told_at is not None}
        return len(told)

    @staticmethod
    def _waits_for_the_digest(alert: _Alert, episode: Episode, at: datetime) -> bool:
        """Whether that it flaps was told within a day, and it has not stayed for one."""
        told_at = alert.told_as_flapping
        return (
            told_at is not None and episode.opened_at - told_at < ONE_DAY
            and at - episode.opened_at < ONE_DAY
        )  # fmt: skip

    def _has_channel(self, episode: Episode) -> bool:
        channels = self._rules[episode.rule_id].channels
        named = None if channels == "default" else channels
        return bool(self._routing.receivers(episode.priority, episode.owner, named))
