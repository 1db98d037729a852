"""Products by account, workflows and the portfolio of a small company, beside a count in Python."""

import random
from collections import Counter, defaultdict
from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from statistics import median
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from lifecycle.world import World, by_publication, uid
from monstera.warehouse import Warehouse

DAY = timedelta(days=1)
ZONE = ZoneInfo("America/St_Johns")  # half an hour off, and on summer time from 8 March 2026
LIFECYCLE = f"business_time_zone: {ZONE}\nnew_days: 6\nactive_days: 8\nchurn_days: 20\n"
PRODUCTS = {
    "clay": "state_time_thresholds: {active_days: 5, churn_days: 9}",
    "kiln": "", "shop": "", "glaze": "",
}  # fmt: skip
EVENTS = """
- {event_type: made, is_qualifying: true, product: clay}
- {event_type: fired, is_qualifying: false, product: kiln}
- {event_type: sold, is_qualifying: true, product: shop}
- {event_type: broke, is_qualifying: false, product: kiln}
"""
PRODUCT_OF = {"made": "clay", "fired": "kiln", "sold": "shop", "broke": "kiln"}
QUALIFYING = {"used", "made", "sold"}
WORKFLOWS = """
- {id: pots, name: Pots, start: made, steps: [fired], completion: sold, window_days: 5,
   abandonment: [broke]}
- {id: trade, name: Trade, start: sold, completion: sold, window_days: 3}
- {id: trials, name: Trials, start: fired, completion: broke, window_days: 4}
"""
STEPS = {"pots": ["made", "fired", "sold"], "trade": ["sold", "sold"], "trials": ["fired", "broke"]}
WINDOWS = {"pots": 5, "trade": 3, "trials": 4}
ACTIVE = {"active", "reactivated"}
FIRST = date(2026, 2, 1)
PUBLISHED = [date(2026, 4, 12), date(2026, 4, 13), date(2026, 6, 20)]
Event = tuple[datetime, str, str | None]


def day_of(at: datetime) -> date:
    """The business day."""
    return at.astimezone(ZONE).date()


class Potters(World):
    """A world that remembers what its people did; the states of their products are published."""

    def __init__(self, warehouse: Warehouse, folder: Path) -> None:
        for name, content in (("events", EVENTS), ("workflows", WORKFLOWS)):
            (folder / name).mkdir()
            (folder / name / "potters.yaml").write_text(content)
        super().__init__(warehouse, folder, products=PRODUCTS, lifecycle=LIFECYCLE)
        self.created: dict[str, date] = {}
        self.signed_up: dict[str, date] = {}
        self.joined: dict[str, list[tuple[datetime, str | None]]] = {}
        self.said: dict[str, list[Event]] = defaultdict(list)

    def event(self, who, at, event_type="used", product=None, **options) -> None:
        """An event of a user."""
        super().event(who, at, event_type, product, **options)
        self.said[who].append((at, event_type, product))

    def lives(self, user: str, last: date) -> list[tuple[list[Event], date]]:
        """What counts in each life, in order, and the day it ended on.

        The day of a deletion is lost, and that of a restore up to its moment.
        """
        began, ended, lives = self.signed_up[user], date.max, []
        here: list[Event] = []
        for event in sorted(e for e in self.said[user] if began <= day_of(e[0]) <= last):
            at, kind, _ = event
            if kind == "user_deleted" and ended == date.max:
                ended = day_of(at)
                lives.append(([e for e in here if day_of(e[0]) < ended], ended))
            elif kind == "user_restored" and ended < date.max:
                ended, here = date.max, []
            elif ended == date.max:
                here.append(event)
        return lives if ended < date.max else [*lives, (here, ended)]

    def living(self, last: date) -> dict[str, list[Event]]:
        """Who is not deleted, with what they did in the life at hand."""
        lives = {u: self.lives(u, last) for u, day in self.signed_up.items() if day <= last}
        return {user: each[-1][0] for user, each in lives.items() if each[-1][1] == date.max}

    def account_of(self, user: str, day: date) -> str | None:
        """The account at the end of the day; before anything is known, the first one."""
        known = [account for at, account in self.joined[user] if day_of(at) <= day]
        return known[-1] if known else self.joined[user][0][1]

    def states(self, day: date) -> dict[str, dict[str, str]]:
        """User → product → state of the products that are published for the day."""
        names = {uid(user): user for user in self.signed_up}
        found: dict[str, dict[str, str]] = defaultdict(dict)
        for user, product, state in self.rows(
            "select user_id, product_id, state from silver.product_user_state_history"
            " where date = %s", day,
        ):  # fmt: skip
            found[names[user]][product] = state
        return found

    def standing(self, account: str, day: date) -> tuple[int, int, Counter[str], Counter[str]]:
        """Members, those active in 30 dates, adopters and active members by product."""
        if day < self.created[account]:
            return 0, 0, Counter(), Counter()
        states = self.states(day)
        members = {u: e for u, e in self.living(day).items() if self.account_of(u, day) == account}
        window = day - 29 * DAY
        active = sum(
            any(
                kind in QUALIFYING and max(window, self.created[account]) <= day_of(at)
                and self.account_of(user, day_of(at)) == account
                for at, kind, _ in events
            )
            for user, events in members.items()
        )  # fmt: skip
        adopters = Counter(product for user in members for product in states[user])
        in_use = Counter(p for u in members for p, state in states[u].items() if state in ACTIVE)
        return len(members), active, adopters, in_use

    def runs(self, last: date) -> list[dict[str, Any]]:
        """Every run of every workflow of every life."""
        found = []
        for user, signed_up in self.signed_up.items():
            for events, _ in self.lives(user, last) if signed_up <= last else ():
                for workflow, steps in STEPS.items():
                    found += walk(user, workflow, steps, events)
        return found


def walk(user: str, workflow: str, steps: list[str], events: list[Event]) -> list[dict[str, Any]]:
    """The runs of one workflow, one after the other."""
    found: list[dict[str, Any]] = []
    run: dict[str, Any] | None = None
    for at, kind, _ in events:
        if run and day_of(at) <= run["until"]:
            if kind == "broke" and workflow == "pots":
                run["abandoned"], run = at, None
            elif kind == steps[run["reached"]]:
                run["reached"] += 1
                if run["reached"] == len(steps):
                    run["completed"], run = at, None
        elif kind == steps[0]:
            run = {
                "user": user, "workflow": workflow, "began": at, "reached": 1, "completed": None,
                "abandoned": None, "until": day_of(at) + WINDOWS[workflow] * DAY,
            }  # fmt: skip
            found.append(run)
        else:
            run = None
    return found


def test_every_publish_says_what_people_did(warehouse: Warehouse, tmp_path: Path) -> None:
    chance = random.Random(4)
    potters = Potters(warehouse, tmp_path)
    for number in range(5):
        at = some_time(FIRST + chance.randrange(90) * DAY, chance)
        potters.account(f"account {number}", at)
        potters.created[f"account {number}"] = day_of(at)
    arrivals = [event for number in range(30) for event in live(potters, f"user {number}", chance)]
    for as_of, arrived in by_publication(arrivals, PUBLISHED):
        for _, event in arrived:
            potters.event(*event)
        potters.deliver()
        potters.publish(as_of)
        the_accounts_hold(potters, as_of)
        the_workflows_hold(potters, as_of)
        the_portfolio_holds(potters, as_of)


def the_accounts_hold(potters: Potters, as_of: date) -> None:
    """Adoption and coverage of products by account, and where accounts are going."""
    expected, by_product = {}, {}
    for account in (name for name, day in potters.created.items() if day <= as_of):
        members, active, adopters, in_use = potters.standing(account, as_of)
        _, active_before, _, in_use_before = potters.standing(account, as_of - 30 * DAY)
        most = max(in_use.values(), default=0)
        if len(in_use) < len(in_use_before) or active < active_before:
            segment = "contracting"
        elif len(in_use) > len(in_use_before) or active > active_before:
            segment = "expanding"
        else:
            segment = "broad" if len(in_use) >= 3 and 2 * most >= members else "narrow"
        expected[uid(account)] = (
            members, active, active_before, len(adopters), len(in_use), len(in_use_before),
            rounded(most / members if members else None), segment,
        )  # fmt: skip
        for product, users in adopters.items():
            by_product[uid(account), product] = (members, users, in_use[product])
    portfolio = potters.rows(
        "select account_id, members, active_members, active_members_before, products_adopted,"
        " products_active, products_active_before, greatest_coverage, product_segment"
        " from silver.account_product_portfolio"
    )
    assert {row[0]: (*row[1:7], rounded(row[7]), row[8]) for row in portfolio} == expected
    adoption = potters.rows(
        "select account_id, product_id, members, adopters, active_members"
        " from silver.account_product_adoption"
    )
    assert {row[:2]: row[2:] for row in adoption} == by_product


def the_workflows_hold(potters: Potters, as_of: date) -> None:
    """Discovery, completion and abandonment; runs across products by the day of completion."""
    runs, living = potters.runs(as_of), potters.living(as_of).keys()
    expected = {}
    for workflow in STEPS:
        of_it = [run for run in runs if run["workflow"] == workflow]
        recent = [run for run in of_it if day_of(run["began"]) > as_of - 90 * DAY]
        done = [run for run in recent if run["completed"]]
        lapsed = [run for run in recent if not run["completed"] and run["until"] < as_of]
        given_up = [run for run in recent if run["abandoned"] or run in lapsed]
        hours = [(run["completed"] - run["began"]).total_seconds() / 3600 for run in done]
        expected[workflow] = (
            len(living),
            len({run["user"] for run in of_it} & living),
            len({run["user"] for run in of_it if run["completed"]} & living),
            len(recent), len(recent) - len(done) - len(given_up), len(done), len(given_up),
            rounded(median(hours) if hours else None),
        )  # fmt: skip
    found = potters.rows(
        "select workflow_id, users, users_discovered, users_completed, runs, runs_open,"
        " runs_completed, runs_abandoned, median_hours_to_complete from gold.workflow_metrics"
    )
    assert {row[0]: (*row[1:8], rounded(row[8])) for row in found} == expected
    across: Counter[tuple[UUID, date]] = Counter(
        (uid(run["user"]), day_of(run["completed"]))
        for run in runs if run["completed"] and run["workflow"] == "pots"
    )  # fmt: skip
    completed = potters.rows(
        "select user_id, date, cross_product_workflows_completed from silver.cross_product_activity"
        " where cross_product_workflows_completed > 0"
    )
    assert {row[:2]: row[2] for row in completed} == across


def the_portfolio_holds(potters: Potters, as_of: date) -> None:
    """Each product beside the others, users by the number of products, and their expansion."""
    living, states = potters.living(as_of), potters.states(as_of)
    use = Counter(
        product
        for user, day in potters.signed_up.items() if day <= as_of
        for events, _ in potters.lives(user, as_of)
        for at, kind, product in events
        if product and kind in QUALIFYING and day_of(at) > as_of - 30 * DAY
    )  # fmt: skip
    expected = {
        product: (
            sum(product in states[user] for user in living),
            sum(states[user].get(product) in ACTIVE for user in living),
            sum(
                states[user].get(product) == "churned" and used_once(events, product)
                for user, events in living.items()
            ),
            rounded(use[product] / use.total()),
        )
        for product in PRODUCTS
    }
    found = potters.rows(
        "select product_id, adopters, active_users, tried_once_users, events_share"
        " from gold.product_portfolio"
    )
    assert {row[0]: (*row[1:4], rounded(row[4])) for row in found} == expected
    in_use = [sum(state in ACTIVE for state in states[user].values()) for user in living]
    (health,) = potters.rows(
        "select users, users_with_a_product, users_active_in_1, users_active_in_2,"
        " users_active_in_3, users_active_in_4, concentration from gold.product_portfolio_health"
    )
    assert (*health[:6], rounded(health[6])) == (
        len(living), sum(bool(states[user]) for user in living),
        *(sum(products >= number for products in in_use) for number in (1, 2, 3, 4)),
        rounded(sum((events / use.total()) ** 2 for events in use.values())),
    )  # fmt: skip


def used_once(events: Iterable[Event], product: str) -> bool:
    """Whether nothing qualified after the day of the first event in the product."""
    own = [(day_of(at), kind in QUALIFYING) for at, kind, other in events if other == product]
    return not any(qualifies and day > own[0][0] for day, qualifies in own)


def live(potters: Potters, user: str, chance: random.Random) -> list[tuple[date, Any]]:
    """Signs up and moves between accounts; gives events with the day of their delivery."""
    accounts = [*potters.created, None]
    signup = some_time(FIRST + chance.randrange(60) * DAY, chance)
    potters.signed_up[user] = day_of(signup)
    potters.joined[user] = [(signup, chance.choice(accounts))]
    potters.user(user, signup, potters.joined[user][0][1])
    for after in sorted(chance.sample(range(1, 90), chance.choice((0, 0, 1, 2)))):
        potters.joined[user].append((signup + after * DAY, chance.choice(accounts)))
        potters.moves(user, *potters.joined[user][-1])
    likes = chance.sample([*PRODUCTS, None], chance.randrange(1, 6))
    temper, day, is_gone = chance.choice((0, 0.03, 0.15, 0.5)), day_of(signup), False
    events: list[tuple[date, Any]] = []
    while day <= PUBLISHED[-1]:
        for _ in range(chance.choice((1, 1, 2, 4))):
            if chance.random() < (temper if day.month % 2 else temper / 6):
                product = chance.choice(likes)
                own = [kind for kind, other in PRODUCT_OF.items() if other == product]
                late = chance.choice((0, 0, 0, 2, 15)) * DAY
                kind = chance.choice([*own, "used", "viewed"])
                events.append((day + late, (user, some_time(day, chance), kind, product)))
        if chance.random() < 0.008:
            at = some_time(day, chance)
            events.append((day, (user, at, "user_restored" if is_gone else "user_deleted", None)))
            is_gone = not is_gone
        day += DAY
    return events


def some_time(day: date, chance: random.Random) -> datetime:
    """A time of the business day, which may be an hour short."""
    midnight = datetime(day.year, day.month, day.day, tzinfo=ZONE).astimezone(UTC)
    return midnight + timedelta(seconds=chance.randrange(82_800))


def rounded(value: Any) -> float | None:
    """A number to compare."""
    return None if value is None else round(float(value), 6)
