"""Random lives of alerts, told as a plain reference of the specification tells them."""

import json
import random
from collections.abc import Iterator
from datetime import timedelta

import pytest

from monstera.alerts import (
    acknowledge,
    evaluate,
    record_failure,
    record_success,
    silence,
)
from monstera.notify import ChannelDown, Message, Routing, send_due

from .conftest import MONDAY, STALLED, Days, morning_after, watch, written
from .reference import FAR, LIMIT, Plan, Story, World

METRICS = [
    "accounts_total_daily", "accounts_paying_daily", "accounts_at_risk_daily",
    "accounts_churned_daily", "accounts_frozen_daily", "accounts_expanded_daily",
]  # fmt: skip
CHANNELS = {"P0": ["mail", "pagerduty"], "P1": ["mail", "slack"], "P2": ["mail"], "P3": []}
ROUTING = f"channels: {json.dumps(CHANNELS)}\nfailover: []\n"
EMPTY = (
    "truncate ops.notification_outbox, ops.alert_states, ops.alert_evaluations,"
    " ops.alert_incidents, ops.alert_silences, ops.alert_reviews, gold.metric_values,"
    " ops.current_publication, ops.publications cascade"
)
STOPPED = Plan("stalled", "P0", "P0", 1, 1, "ok", ())


def some_plans(random: random.Random) -> list[Plan]:
    """Rules, each of which those before it may explain."""
    plans: list[Plan] = []
    for number in range(len(METRICS)):
        causes = [plan.id for plan in plans if random.random() < 0.3]
        priorities = sorted(random.choices(["P0", "P1", "P2", "P3"], k=2))
        plans.append(
            Plan(
                f"rule_{number}",
                priorities[1],
                priorities[0],
                random.choice([1, 1, 2, 3]),
                random.choice([1, 1, 2]),
                random.choice(["ok", "keep", "alert"]),
                tuple(causes),
            )
        )
    return plans


def as_rules(plans: list[Plan]) -> str:
    rules = [
        {
            "id": plan.id,
            "priority": plan.priority,
            "metric": metric,
            "condition": {"kind": "threshold", "op": ">", "value": LIMIT, "unit": "absolute"},
            "escalate": {"value": FAR, "priority": plan.further},
            "for": plan.breaches,
            "keep_firing_for": plan.clears,
            "no_data": plan.no_data,
            "inhibited_by": plan.causes,
            "owner": "data",
            "runbook": "docs/runbooks/compliance.md",
            "tests": [
                {"values": [LIMIT + 1] * plan.breaches,
                 "states": ["pending"] * (plan.breaches - 1) + ["firing"]},
                {"values": [LIMIT], "states": ["inactive"]},
            ],
        }
        for plan, metric in zip(plans, METRICS, strict=True)
    ]  # fmt: skip
    return STALLED + "\n".join(f"- {json.dumps(rule)}" for rule in rules)


class Way:
    """A channel that notes what it takes, while it is up."""

    def __init__(self, name: str, up: set[str]) -> None:
        self.name, self.up = name, up
        self.taken: list[str] = []

    def send(self, message: Message) -> None:
        if self.name not in self.up:
            raise ChannelDown("down")
        self.taken.append(str(message.message_id))


class Life:
    """A random life, led by the product and by the reference alike."""

    def __init__(self, days: Days, plans: list[Plan], seed: int) -> None:
        self.days, self.random = days, random.Random(seed)
        self.world = World([*plans, STOPPED], CHANNELS)
        self.plans = plans
        self.up = {"mail", "slack", "pagerduty"}
        self.ways = {name: Way(name, self.up) for name in self.up}
        self.day = MONDAY - timedelta(days=1)
        self.now = morning_after(self.day)
        with days.warehouse.connect() as connection:
            connection.execute(EMPTY)

    def go(self, steps: int) -> Iterator[str]:
        for _ in range(steps):
            self.now += self.random.choice([1, 1, 2, 3, 5]) * timedelta(hours=1)
            if self.random.random() < 0.2:
                self.up.symmetric_difference_update({self.random.choice(list(CHANNELS["P0"]))})
            if self.random.random() < 0.8:
                send_due(self.days.warehouse, self.ways, self.now, Routing(failover=()))
                self.world.leave(self.up)
            step = self.random.choice(
                [self.a_day, self.a_day, self.a_look, self.a_look, self.a_stop, self.a_stop,
                 self.a_taking_over, self.a_silence]
            )  # fmt: skip
            step()
            yield f"{step.__name__} at {self.now}"

    def a_day(self) -> None:
        self.now = max(self.now, morning_after(self.day + timedelta(days=1)))
        self.day += timedelta(days=1)
        live = self.random.random() < 0.85
        values = {}
        for plan, metric in zip(self.plans, METRICS, strict=True):
            values[plan.id] = self.random.choice([None, 5, 5, 15, 15, 25])
            if values[plan.id] is not None:
                self.days.value(metric, self.day, values[plan.id])
        self.days.publish(self.day)
        for _ in range(self.random.choice([1, 1, 2])):
            evaluate(self.days.warehouse, self.days.definitions, self.day, self.now, notify=live)
        end = morning_after(self.day) - timedelta(hours=1)
        for plan in self.plans:
            self.world.judge(plan, end, values[plan.id], self.now, live=live)
        if live:
            self._look_at_the_clock()
            self.world.settle(self.now)

    def a_look(self) -> None:
        watch(self.days.warehouse, self.days.definitions, self.now)
        self._look_at_the_clock()
        self.world.settle(self.now)

    def _look_at_the_clock(self) -> None:
        published = morning_after(self.day)
        is_known = self.day >= MONDAY
        late = is_known and self.now - published > timedelta(hours=48)
        value = (LIMIT + 1 if late else 0) if is_known else None
        self.world.judge(STOPPED, self.now, value, self.now, live=True)

    def a_stop(self) -> None:
        dag = self.random.choice("ab")
        fails = self.random.random() < 0.5
        record = record_failure if fails else record_success
        record(self.days.warehouse, dag_id=dag, task_id="t", run_id="1", logical_date=None,
               now=self.now)  # fmt: skip
        is_open = self.world.standings.get("stalled" + dag)
        if fails or (is_open is not None and is_open.story is not None):
            self.world.judge(STOPPED, self.now, LIMIT + 1 if fails else 0, self.now, live=True,
                             key=dag)  # fmt: skip
            self.world.settle(self.now)

    def a_taking_over(self) -> None:
        still = [story for story in self.world.stories if story.resolved is None]
        if still:
            story = self.random.choice(still)
            story.is_taken_over = True
            ((number,),) = self.days.fetch(
                "select incident_id from ops.alert_incidents where resolved_at is null"
                " and rule_id = %s and coalesce(segment ->> 'dag', '') = %s",
                story.plan.id, story.key,
            )  # fmt: skip
            acknowledge(self.days.warehouse, number, "ada", self.now)

    def a_silence(self) -> None:
        plan = self.random.choice([None, STOPPED, *self.plans])
        rule_id = plan and plan.id
        lasting = timedelta(hours=self.random.choice([2, 8, 30]))
        silence(self.days.warehouse, rule_id=rule_id, segment={}, lasting=lasting, who="ada",
                reason="work", now=self.now)  # fmt: skip
        self.world.silences.append((rule_id, self.now, self.now + lasting))

    def told(self, what: str) -> dict:
        rows = self.days.fetch(
            "select rule_id, coalesce(segment ->> 'dag', ''), opened_at, channel, kind, sequence,"
            " o.priority from ops.notification_outbox as o join ops.alert_incidents"
            f" using (incident_id) where {what} order by outbox_id"
        )
        found: dict = {}
        for rule_id, dag, opened, channel, *said in rows:
            found.setdefault((rule_id, dag, opened, channel), []).append(tuple(said))
        return found

    def compare(self) -> None:
        assert self.told("sent_at is not null") == expected(self.world.stories, "heard")
        assert self.told("sent_at is null and cancelled_at is null") == expected(
            self.world.stories, "waiting"
        )
        states = self.days.fetch(
            "select rule_id || coalesce(segment ->> 'dag', ''), state from ops.alert_states"
        )
        assert dict(states) == {
            name: standing.state for name, standing in self.world.standings.items()
        }
        for way in self.ways.values():
            assert len(way.taken) == len(set(way.taken))


def expected(stories: list[Story], what: str) -> dict:
    return {
        (story.plan.id, story.key, story.opened, channel): said
        for story in stories
        for channel, said in getattr(story, what).items()
        if said
    }


@pytest.mark.long
@pytest.mark.parametrize("world", range(3))
def test_lives_of_alerts(new_warehouse, tmp_path, world) -> None:
    plans = some_plans(random.Random(world))
    definitions = written(tmp_path, as_rules(plans), ROUTING)
    days = Days(new_warehouse(), definitions)
    for seed in range(6):
        life = Life(days, plans, seed)
        story = []
        for step in life.go(40):
            story.append(step)
            try:
                life.compare()
            except AssertionError:
                print(world, seed, *story, *plans, sep="\n")
                raise
