"""The life of alerts in plain Python, from the sentences of the specification.

It shares nothing with what it is compared with: no tables, no outbox, values above 10 are a breach.
"""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
REPEAT = {"P0": HOUR, "P1": 4 * HOUR, "P2": DAY, "P3": None}
LIMIT, FAR = 10, 20


@dataclass(frozen=True)
class Plan:
    """A rule: above `LIMIT` it is in breach, above `FAR` it has the priority `further`."""

    id: str
    priority: str
    further: str
    breaches: int
    clears: int
    no_data: str
    causes: tuple[str, ...]


@dataclass
class Story:
    """An incident, and who was told what of it: (kind, number) by receiver, in order."""

    plan: Plan
    key: str
    opened: datetime
    priority: str
    is_live: bool
    is_flapping: bool = False
    told_as: str | None = None
    first_told: datetime | None = None
    last_told: datetime | None = None
    reminders: int = 0
    is_taken_over: bool = False
    was_silenced: bool = False
    resolved: datetime | None = None
    is_end_told: bool = False
    waiting: dict[str, list[tuple[str, int, str]]] = field(default_factory=dict)
    heard: dict[str, list[tuple[str, int, str]]] = field(default_factory=dict)


@dataclass
class Standing:
    """Where a rule stands: breaches, or clear evaluations, in a row."""

    state: str = "inactive"
    row: int = 0
    story: Story | None = None
    seen: datetime | None = None


class World:
    """Everything that is known of alerts."""

    def __init__(self, plans: list[Plan], receivers: dict[str, list[str]]) -> None:
        self.plans = {plan.id: plan for plan in plans}
        self.receivers = receivers
        self.standings: dict[str, Standing] = {}
        self.stories: list[Story] = []
        self.silences: list[tuple[str | None, datetime, datetime]] = []

    def judge(self, plan: Plan, moment: datetime, value: int | None, now: datetime,
              *, live: bool, key: str = "") -> None:  # fmt: skip
        """One evaluation of a rule; of one moment the first stands."""
        standing = self.standings.setdefault(plan.id + key, Standing())
        if live and standing.story is not None:
            standing.story.is_live = True
        if standing.seen is not None and moment <= standing.seen:
            return
        standing.seen = moment
        if value is None and plan.no_data != "alert":
            if standing.story is None and not (standing.row and plan.no_data == "keep"):
                standing.state, standing.row = "no_data", 0
        elif value is None or value > LIMIT:
            priority = plan.further if value is not None and value > FAR else plan.priority
            self._breach(standing, plan, priority, now, live=live, key=key)
        else:
            self._clear(standing, plan, now)

    def _breach(self, standing: Standing, plan: Plan, priority: str, now: datetime,
                *, live: bool, key: str) -> None:  # fmt: skip
        standing.row += 1
        if standing.story is not None:
            standing.state, standing.row = "firing", 0
            standing.story.priority = min(standing.story.priority, priority)
        elif standing.row >= plan.breaches:
            cycles = [s for s in self.stories if (s.plan, s.key) == (plan, key)
                      and now - s.opened < DAY]  # fmt: skip
            standing.state, standing.row = "firing", 0
            standing.story = Story(plan, key, now, priority, live, len(cycles) >= 3)
            self.stories.append(standing.story)
        else:
            standing.state = "pending"

    def _clear(self, standing: Standing, plan: Plan, now: datetime) -> None:
        if standing.story is None:
            standing.state, standing.row = "inactive", 0
            return
        standing.state, standing.row = "recovering", standing.row + 1
        if standing.row >= plan.clears:
            standing.story.resolved = now
            standing.state, standing.row, standing.story = "resolved", 0, None

    def settle(self, now: datetime) -> None:
        """What is owed now waits for whom it is for."""
        still = [story for story in self.stories if story.resolved is None]
        firing = {story.plan.id for story in still}
        for story in still:
            if story.is_live:
                self._tell(story, firing, now)
        for story in self.stories:
            if story.resolved is not None and not story.is_end_told:
                story.is_end_told = True
                story.waiting = {
                    who: [("resolve", 0, story.heard[who][-1][2])] for who in story.heard
                }

    def _tell(self, story: Story, firing: set[str], now: datetime) -> None:
        is_silenced = any(
            rule in {None, story.plan.id} and first <= now < last
            for rule, first, last in self.silences
        )
        was_silenced, story.was_silenced = story.was_silenced, is_silenced
        if is_silenced or firing & set(story.plan.causes):
            return
        if story.told_as is None:
            state = self.standings[story.plan.id + story.key].state
            if state == "firing" and not self._waits_for_the_digest(story, now):
                self._say(story, "fire", now)
            return
        pause = REPEAT[story.priority]
        is_raised = story.priority < story.told_as
        is_due = pause is not None and (
            was_silenced or (story.last_told is not None and now - story.last_told >= pause)
        )
        if is_raised or (is_due and not story.is_taken_over):
            self._say(story, "reminder", now)

    def _waits_for_the_digest(self, story: Story, now: datetime) -> bool:
        """Whether it flaps, and that was told within the day before it opened."""
        return story.is_flapping and now - story.opened < DAY and any(
            (other.plan, other.key) == (story.plan, story.key) and other is not story
            and other.is_flapping and other.first_told is not None
            and story.opened - other.first_told < DAY
            for other in self.stories
        )  # fmt: skip

    def _say(self, story: Story, kind: str, now: datetime) -> None:
        everybody = self.receivers[story.priority]
        if story.told_as is not None and story.priority < story.told_as:
            story.waiting = {}  # what has not left is out of date
        now_told = [who for who in everybody if not story.waiting.get(who)]
        if not now_told:
            return
        for who in now_told:
            story.waiting.setdefault(who, []).append((kind, story.reminders, story.priority))
        story.told_as, story.last_told = story.priority, now
        story.first_told = story.first_told or now
        story.reminders += kind == "reminder"

    def leave(self, up: set[str]) -> None:
        """What waits leaves, by the channels that are up."""
        for story in self.stories:
            for who in up & story.waiting.keys():
                story.heard.setdefault(who, []).extend(story.waiting.pop(who))
