"""The stories of accounts hold everything that an account lifecycle has to tell apart."""

from collections import Counter
from datetime import date
from decimal import Decimal
from itertools import pairwise
from random import Random
from zoneinfo import ZoneInfo

import pytest

from monstera.definitions.accounts import Accounts
from monstera.generate.billing import AccountStory, Narrator, Prices
from monstera.generate.calendar import Calendar

DAYS = 400
TRIAL_DAYS = 14


@pytest.fixture(scope="module")
def calendar() -> Calendar:
    return Calendar(ZoneInfo("UTC"), date(2025, 1, 1), DAYS)


@pytest.fixture(scope="module")
def stories(calendar: Calendar) -> list[AccountStory]:
    """800 accounts, two founded each day; ten people join each, a week apart."""
    accounts = Accounts.model_validate({"tiers": ["solo", "team", "firm"]})
    narrator = Narrator(Random(1), calendar, Prices.of(accounts), [])
    return [
        narrator.tell(
            int(calendar.midnights[day]) + 1000, day, [day + 7 * number for number in range(10)]
        )
        for day in range(DAYS)
        for _ in range(2)
    ]


def test_every_event_of_an_account_occurs(stories: list[AccountStory]) -> None:
    found = Counter(fact.event_type for story in stories for fact in story.facts)
    assert set(found) == {
        "account_created", "trial_started", "subscription_started", "subscription_changed",
        "subscription_renewed", "subscription_canceled", "subscription_expired",
        "payment_failed", "payment_recovered", "account_paused", "account_resumed",
        "account_deleted",
    }  # fmt: skip


def test_every_movement_of_revenue_occurs_and_the_movements_add_up(
    stories: list[AccountStory],
) -> None:
    kinds: Counter[str] = Counter()
    for story in stories:
        moved = list(story.movements())
        kinds.update(kind for _, kind, _ in moved)
        last = story.revenue[-1][1] if story.revenue else Decimal(0)
        assert sum(amount for _, _, amount in moved) == last
        assert [kind for _, kind, _ in moved].count("new") <= 1
    assert set(kinds) == {"new", "reactivation", "expansion", "contraction", "churn"}


def test_some_convert_after_their_trial_and_some_come_back_within_the_lapse_and_after_it(
    stories: list[AccountStory],
) -> None:
    late, gaps = 0, []
    for number, story in enumerate(stories):
        ended_on = None
        for day, kind, _ in story.movements():
            late += kind == "new" and day > number // 2 + TRIAL_DAYS
            if kind == "reactivation":
                assert ended_on is not None
                gaps.append(day - ended_on)
            ended_on = day if kind == "churn" else None
    assert late > 5
    assert min(gaps) <= 60 < max(gaps)


def test_pauses_end_by_announcement_or_by_an_event(
    stories: list[AccountStory], calendar: Calendar
) -> None:
    announced = resumed = 0
    for story in stories:
        paused_on = None
        for fact in story.facts:
            if fact.event_type == "account_paused":
                paused_on = calendar.day_of(fact.occurred_at)
                if "resume_on" in fact.metadata:
                    announced += 1
                    back = date.fromisoformat(fact.metadata["resume_on"])
                    assert back > calendar.date(paused_on)
            elif fact.event_type == "account_resumed":
                resumed += 1
                assert paused_on is not None
                assert calendar.day_of(fact.occurred_at) > paused_on
    assert announced > 3
    assert resumed > 3


def test_tiers_go_up_and_down(stories: list[AccountStory]) -> None:
    rank = {"solo": 0, "team": 1, "firm": 2}
    steps: Counter[bool] = Counter()
    for story in stories:
        tiers = [
            rank[fact.metadata["tier"]]
            for fact in story.facts
            if fact.event_type == "subscription_changed"
        ]
        steps.update(after > before for before, after in pairwise(tiers) if after != before)
    assert steps[True] > 3
    assert steps[False] > 3
