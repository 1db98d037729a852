"""The company from day to day: lives a day, sends what happened, writes what arrives."""

from collections import defaultdict
from collections.abc import Callable
from pathlib import Path
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import numpy.typing as npt

from monstera.definitions import Definitions
from monstera.generate.billing import AccountStory, Fact, Narrator, Prices, Version
from monstera.generate.broken import Breaker, Context
from monstera.generate.calendar import Calendar
from monstera.generate.catalog import Catalog, Indexes
from monstera.generate.delivery import ACCEPTED, DUPLICATE, Delivery, Mailbox, Post
from monstera.generate.feeds import Feeds
from monstera.generate.landing import write_rows
from monstera.generate.lines import Encoder, Lines
from monstera.generate.metadata import MetadataSource, account_id, user_id
from monstera.generate.people import Behaviour, Population, populate
from monstera.generate.plan import Plan, broken_rows
from monstera.generate.profiles import Profiles
from monstera.generate.troubles import Troubles
from monstera.generate.truth import Truth
from monstera.generate.usage import Events, Usage
from monstera.generate.visitors import Visitors

Progress = Callable[[int], None]
"""Called with the number of days done."""

VOLUME_DROP = 0.67
QUIT = 0.25
LATE_BATCH_SHARE, LATE_BATCH_DAYS = 0.4, 3
DEPARTURES = ("requested", "not_needed", "inactivity", "switched", "too_expensive", "fraud")
"""Why users are deleted."""
NEEDS_AN_EARLIER_FILE = {"conflicting_duplicate"}
MOVES = 0.0001
"""Chance that a user changes to another account on a day."""


class Company:
    """A synthetic company whose data goes to a landing zone, and the truth about it."""

    def __init__(self, folder: Path, definitions: Definitions, plan: Plan) -> None:
        streams = (np.random.default_rng(s) for s in np.random.SeedSequence(plan.seed).spawn(11))
        zone = ZoneInfo(definitions.lifecycle.business_time_zone)
        catalog = Catalog.of(definitions)
        self._landing = folder / "landing"
        self._truth_folder = folder / "truth"
        self._plan = plan
        self._churn_days = definitions.lifecycle.churn_days
        self._calendar = Calendar(zone, plan.start, plan.days)
        self._people = populate(
            next(streams), self._calendar, plan.users, plan.announced_late_share
        )
        self._behaviour = Behaviour(next(streams), self._calendar, self._people)
        self._usage = Usage(next(streams), self._calendar, catalog, self._people)
        metadata = MetadataSource(next(streams), self._people)
        self._encoder = Encoder(next(streams), definitions, catalog, metadata)
        self._post = Post(next(streams), self._calendar)
        self._troubles = Troubles(next(streams), self._calendar, self._people)
        self._chance = next(streams)
        self._profiles = Profiles(self._people, self._calendar, plan.fake_personal_data)
        self._breaker = Breaker(definitions)
        self._mailbox = Mailbox()
        self._truth = Truth(self._calendar, self._people, definitions)
        prices = Prices.of(definitions.accounts)
        self._stories = _tell_stories(Random(plan.seed), self._calendar, self._people, prices, plan)
        self._visitors = Visitors(next(streams), self._calendar, self._people, catalog)
        self._feeds = Feeds(next(streams), self._calendar, self._people, definitions, self._stories)

    def run(self, progress: Progress | None = None) -> dict[str, Any]:
        """Lives every day and writes its files; returns the summary of the truth."""
        facts: dict[int, list[tuple[int, Fact]]] = defaultdict(list)
        versions: dict[int, list[tuple[int, Version]]] = defaultdict(list)
        for account, story in enumerate(self._stories):
            for fact in story.facts:
                facts[self._calendar.day_of(fact.occurred_at)].append((account, fact))
            for version in story.versions:
                versions[self._calendar.day_of(version.updated_at)].append((account, version))
        self._truth.saw_accounts(self._stories)
        for day in range(self._plan.days):
            self._live(day, facts.pop(day, []), versions.pop(day, []))
            self._write_events(day)
            if progress is not None:
                progress(day + 1)
        self._truth.saw_who_stays()
        return self._truth.write(self._truth_folder, self._plan)

    def _live(
        self, day: int, facts: list[tuple[int, Fact]], versions: list[tuple[int, Version]]
    ) -> None:
        attendance = self._behaviour.live(
            day, kept_away=self._kept_away(day), quits=self._quits(day)
        )
        moved = self._move(day)
        self._write_feed("users", day, self._profiles.users_of_day(day, versions, moved))
        self._write_feed("accounts", day, self._profiles.accounts_of_day(versions))
        for feed, rows in self._feeds.of_day(day).items():
            self._write_feed(feed, day, rows)
        self._send_facts(day, facts)
        self._send_usage(day, self._usage.of_day(day, attendance))

    def _kept_away(self, day: int) -> float:
        """Share of the users whom an incident keeps away on the day."""
        date = self._calendar.date(day)
        if self._plan.suffers("no_events", date):
            return 1.0
        return VOLUME_DROP if self._plan.suffers("volume_drop", date) else 0.0

    def _quits(self, day: int) -> float:
        """Share of the engaged who turn away, so as to churn on the day of an incident."""
        churn_on = self._calendar.date(day + self._churn_days)
        return QUIT if self._plan.suffers("churn_jump", churn_on) else 0.0

    def _move(self, day: int) -> Indexes:
        """Moves a few users to other accounts and returns them."""
        people = self._people
        known = people.present & ~people.founds & (people.announced_on < day)
        moved = np.flatnonzero(known & (self._chance.random(len(people)) < MOVES))
        founded = np.searchsorted(people.signed_up_on[people.founders], day)
        if founded > 0:
            people.account[moved] = self._chance.integers(0, founded, size=len(moved))
        return moved

    def _send_facts(self, day: int, facts: list[tuple[int, Fact]]) -> None:
        """Sends what happened to users and accounts; signups wait until they are announced."""
        people = self._people
        signups = np.flatnonzero(people.signed_up_on == day).tolist()
        deleted = np.flatnonzero(people.deleted_on == day).tolist()
        restored = np.flatnonzero(people.restored_on == day).tolist()
        deletion = self._calendar.between(day, 0.3 + 0.4 * self._chance.random(len(deleted)))
        happened = [
            *((user, int(people.signed_up_at[user]), "user_signed_up") for user in signups),
            *(
                (user, at, "user_deleted")
                for user, at in zip(deleted, deletion.tolist(), strict=True)
            ),
            *((user, self._behaviour.restored_at(day), "user_restored") for user in restored),
            *self._troubles.of_day(day),
        ]
        for user, at, event_type in happened:
            announced = max(day, int(people.announced_on[user]))
            about = {"account_id": account_id(int(people.account[user]))}
            visitor = self._visitors.name_of(user)
            if event_type == "user_signed_up" and visitor is not None:
                about["visitor_id"] = visitor
            if event_type == "user_deleted":
                about["reason"] = DEPARTURES[user % len(DEPARTURES)]
            self._send_fact(day, announced, user_id(user), "user", Fact(at, event_type, about))
        for account, fact in facts:
            name = account_id(account)
            owned = Fact(fact.occurred_at, fact.event_type, {"account_id": name, **fact.metadata})
            self._send_fact(day, day, name, "account", owned)
        visits = self._visitors.of_day(day)
        for visitor, seen in visits:
            self._send_fact(day, day, visitor, "visitor", seen)
        self._truth.saw_facts(day, len(happened) + len(facts) + len(visits))
        self._truth.saw_people(day, len(signups), len(deleted), len(restored))

    def _send_fact(
        self, day: int, arrives_on: int, entity: str, entity_type: str, fact: Fact
    ) -> None:
        occurred = np.array([fact.occurred_at])
        received = int(self._post.in_time(day, occurred)[0])
        if arrives_on > day:
            received = int(self._post.some_time(arrives_on, 1)[0])
        line = self._encoder.fact(entity, entity_type, fact, received)
        self._mailbox.send(arrives_on, Delivery(received, line, ACCEPTED, arrives_on > day))

    def _send_usage(self, day: int, events: Events) -> None:
        """Sends the events of a day, and with them repetitions and broken rows."""
        arrives_on = self._arrivals(day, len(events))
        received = self._post.in_time(day, events.occurred_at)
        for later in np.unique(arrives_on[arrives_on > day]).tolist():
            at = np.flatnonzero(arrives_on == later)
            received[at] = self._post.some_time(later, len(at))
        lines = self._encoder.encode(day, events, received)
        self._truth.saw_activity(day, lines)
        waits = arrives_on < self._people.announced_on[events.user]
        for line, when, on, waiting in zip(
            lines.text, received.tolist(), arrives_on.tolist(), waits.tolist(), strict=True
        ):
            self._mailbox.send(on, Delivery(when, line, ACCEPTED, on > day, waiting))
        self._repeat(lines, arrives_on, ~waits)
        self._break(day, lines, np.flatnonzero((arrives_on == day) & ~waits))

    def _arrivals(self, day: int, count: int) -> Indexes:
        """The day on which each event of a day arrives, at most the last."""
        late = self._post.days_late(count, self._plan.late_share)
        if self._plan.suffers("late_batch", self._calendar.date(day)):
            in_batch = self._chance.random(count) < LATE_BATCH_SHARE
            late = np.where(in_batch, LATE_BATCH_DAYS, late)
        return np.minimum(day + late, self._plan.days - 1)

    def _repeat(self, lines: Lines, arrives_on: Indexes, may: npt.NDArray[np.bool_]) -> None:
        """Sends some lines a second time, the same bytes."""
        may = may & (self._chance.random(len(lines)) < self._plan.duplicate_share)
        chosen = np.flatnonzero(may)
        again_on = arrives_on[chosen] + self._post.days_until_repeated(len(chosen))
        for number, on in zip(chosen.tolist(), again_on.tolist(), strict=True):
            if on < self._plan.days:
                when = int(self._post.some_time(on, 1)[0])
                self._mailbox.send(on, Delivery(when, lines.text[number], DUPLICATE))

    def _break(self, day: int, lines: Lines, candidates: Indexes) -> None:
        """Sends broken copies of some lines that arrive on the day."""
        wanted = broken_rows(len(candidates), self._plan.broken_share)
        chosen = self._chance.choice(candidates, size=min(wanted, len(candidates)), replace=False)
        gone = self._people.deleted_on < day
        deleted = np.flatnonzero(gone & (self._people.restored_on > day))
        for number in chosen.tolist():
            context = Context(
                signed_up_at=int(self._people.signed_up_at[lines.user[number]]),
                deleted_user=user_id(int(self._chance.choice(deleted))) if len(deleted) else None,
            )
            broken = self._breaker.break_row(lines.text[number], context)
            if broken is None:
                continue
            reason, line = broken
            on = day + (reason in NEEDS_AN_EARLIER_FILE)
            if on < self._plan.days:
                when = int(self._post.some_time(on, 1)[0])
                self._mailbox.send(on, Delivery(when, line, reason))

    def _write_events(self, day: int) -> None:
        deliveries = self._mailbox.collect(day)
        dt = self._calendar.date(day)
        size = self._plan.rows_per_file
        rows = [delivery.line for delivery in deliveries]
        for number, path in enumerate(write_rows(self._landing, "events", dt, rows, size)):
            part = deliveries[number * size : (number + 1) * size]
            self._truth.saw_event_file(path, dt, part)

    def _write_feed(self, feed: str, day: int, rows: list[bytes]) -> None:
        dt = self._calendar.date(day)
        size = self._plan.rows_per_file
        for number, path in enumerate(write_rows(self._landing, feed, dt, rows, size)):
            count = len(rows[number * size : (number + 1) * size])
            self._truth.saw_file(feed, path, dt, count)


def _tell_stories(
    random: Random, calendar: Calendar, people: Population, prices: Prices, plan: Plan
) -> list[AccountStory]:
    """The story of every account, founded by its first user."""
    failures = [
        calendar.number(incident.day)
        for incident in plan.incidents
        if incident.kind == "payment_failures"
    ]
    narrator = Narrator(random, calendar, prices, failures)
    order = np.argsort(people.account, kind="stable")
    joined = np.split(people.signed_up_on[order], np.flatnonzero(people.founds[order])[1:])
    return [
        narrator.tell(int(people.signed_up_at[founder]), int(days[0]), days.tolist())
        for founder, days in zip(people.founders.tolist(), joined, strict=True)
    ]
