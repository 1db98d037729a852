"""What every user did since signup or restore, as far as it decides their segments."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from typing import Any

from monstera.definitions import Definitions
from monstera.definitions.workflows import Workflow
from monstera.generate.lines import Lines
from monstera.generate.metadata import user_id

WINDOW = 90
"""Days that the longest window of a segment looks back."""
Step = tuple[int, tuple[int, ...]]
"""When an event of a workflow occurred, and its positions there; 0 abandons a run."""


@dataclass
class Run:
    """A run of a workflow; its start is the position 1."""

    began_on: int
    position: int = 1
    is_over: bool = False
    is_complete: bool = False


@dataclass
class Life:
    """A user since signup or restore; days are numbers of the calendar."""

    began_on: int
    active_on: list[int] = field(default_factory=list)
    """Every day with a qualifying event, in order."""
    active_until: int = -1
    dormant_until: int = -1
    reactivated_on: int | None = None
    products: dict[str, int] = field(default_factory=dict)
    """Product tried → the last day on which it stays active; -1: nothing qualified yet."""
    used: dict[int, list[str | None]] = field(default_factory=dict)
    """Recent day → the products of its qualifying events, one by one."""
    features: dict[str, int] = field(default_factory=dict)
    """Feature → the last day of its use."""
    advanced_on: set[int] = field(default_factory=set)
    people: set[str] = field(default_factory=set)
    """Whom the user invited or shared with."""
    runs: list[Run] = field(default_factory=list)
    current: dict[str, Run] = field(default_factory=dict)
    """Workflow → its latest run."""

    def walk(self, day: int, workflow: Workflow, steps: list[Step]) -> None:
        """Goes on in a run of the workflow, or begins one."""
        for _, positions in steps:
            run = self.current.get(workflow.id)
            if run and not run.is_over and day <= run.began_on + workflow.window_days:
                if 0 in positions:
                    run.is_over = True
                elif run.position + 1 in positions:
                    run.position += 1
                    run.is_over = run.is_complete = run.position == len(workflow.sequence)
            elif 1 in positions:
                self.current[workflow.id] = Run(day)
                self.runs.append(self.current[workflow.id])


class Lives:
    """Watches the events of a company as they are made."""

    def __init__(self, definitions: Definitions, last_day: int) -> None:
        self._last_day = last_day
        self._scopes = definitions.scopes
        self._features = dict(_features(definitions))
        self._people = definitions.segments.people
        self._workflows = [(each, _positions(each)) for each in definitions.workflows.values()]
        self._lives: dict[int, Life] = {}
        self.invited: set[str] = set()
        """Ids of those whom an event invited."""

    def of(self, user: int, began_on: int) -> Life:
        """The life that the user began on the day; an empty one where nothing happened in it."""
        life = self._lives.get(user)
        if life is None or life.began_on != began_on:
            life = self._lives[user] = Life(began_on)
        return life

    def saw(self, day: int, lines: Lines, began_on: Sequence[int]) -> None:
        """Takes in the events of a day; `began_on` is the first day of each user's life."""
        for user, numbers in groupby(range(len(lines)), lines.user.tolist().__getitem__):
            life = self.of(user, began_on[user])
            at = list(numbers)
            self._qualified(day, life, [lines.product[n] for n in at if lines.qualifies[n]])
            for n in at:
                product, kind = lines.product[n], lines.kind[n]
                if product is not None:
                    life.products.setdefault(product, -1)
                if kind.feature in self._features and not kind.passive:
                    feature, is_advanced = self._features[kind.feature]
                    life.features[feature] = day
                    life.advanced_on |= {day} if is_advanced else set()
                self._met(user_id(user), life, kind.event_type, lines.metadata[n])
            for workflow, positions in self._workflows:
                steps = {
                    (int(lines.occurred_at[n]), positions[lines.kind[n].event_type])
                    for n in at
                    if lines.kind[n].event_type in positions
                }
                life.walk(day, workflow, sorted(steps))

    def _qualified(self, day: int, life: Life, products: list[str | None]) -> None:
        if not products:
            return
        if life.active_on:
            was_churned = day - 1 > life.dormant_until
        else:
            was_churned = day - 1 - life.began_on > self._scopes["platform"].new_days
        if was_churned:
            life.reactivated_on = day
        life.active_on.append(day)
        for product in set(products):
            days = self._scopes[product or "platform"]
            life.active_until = max(life.active_until, day + days.active_days)
            life.dormant_until = max(life.dormant_until, day + days.churn_days)
            if product is not None:
                life.products[product] = day + days.active_days
        if day > self._last_day - WINDOW:
            life.used[day] = products

    def _met(self, user: str, life: Life, event_type: str, metadata: dict[str, Any]) -> None:
        for people in self._people:
            person = metadata.get(people.key) if people.event == event_type else None
            if person not in {None, user}:
                life.people.add(person)
                if people.is_invitation:
                    self.invited.add(person)


def _features(definitions: Definitions) -> Iterator[tuple[str, tuple[str, bool]]]:
    """What an event can use → the feature that it counts for, and whether it is advanced."""
    for each in definitions.products.values():
        if each.kind == "feature":
            yield each.id, (each.id, each.is_advanced)
        elif each.kind == "sub_feature" and each.parent is not None:
            is_advanced = each.is_advanced or definitions.products[each.parent].is_advanced
            yield each.id, (each.parent, is_advanced)


def _positions(workflow: Workflow) -> dict[str, tuple[int, ...]]:
    """Event type → its positions in the sequence; 0 where it abandons a run."""
    found: dict[str, tuple[int, ...]] = dict.fromkeys(workflow.abandonment, (0,))
    for position, event_type in enumerate(workflow.sequence, start=1):
        found[event_type] = (*found.get(event_type, ()), position)
    return found
