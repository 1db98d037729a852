"""The north star of a small company, from what its people did, beside a slow and obvious count."""

import random
from collections import defaultdict
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from statistics import mean, median
from zoneinfo import ZoneInfo

import yaml

from lifecycle.world import World, by_publication, uid
from metrics.conftest import SHIPPED
from metrics.naive_base import DAY, start_of
from monstera.warehouse import Warehouse

ZONE = ZoneInfo("Pacific/Auckland")  # its clocks go back on 5 April 2026
LIFECYCLE = f"business_time_zone: {ZONE}\nnew_days: 7\nactive_days: 9\nchurn_days: 16\n"
EVENTS = """
- {event_type: sold, is_qualifying: false, category: outcome}
- {event_type: opened, is_qualifying: false}
- {event_type: weighed, is_qualifying: false}
- {event_type: closed, is_qualifying: true}
"""
WORKFLOWS = """
- {id: weighing, name: Weighing, start: opened, completion: weighed, window_days: 2}
- {id: closing, name: Closing, start: opened, completion: closed, window_days: 4}
"""
COMPLETIONS = {"weighed": 2, "closed": 4}  # type and days
MINUTES = {
    "users_minutes_to_first_value_weekly": ("signed_up", "first_success"),
    "users_minutes_to_first_access_weekly": ("signed_up", "first_access"),
    "users_minutes_to_first_action_weekly": ("first_access", "first_action"),
    "users_minutes_to_first_success_weekly": ("first_action", "first_success"),
    "users_minutes_to_signup_weekly": ("first_visit", "signed_up"),
}
FIRST, PUBLISHED = (
    date(2026, 3, 20),
    [date(2026, *day) for day in ((4, 13), (5, 3), (5, 4), (5, 30))],
)
NEVER = datetime.max.replace(tzinfo=UTC)
Values = dict[tuple[str, date], float | None]
Said = tuple[datetime, str, str | None, bool]


def day_of(at: datetime) -> date:
    """The business day."""
    return at.astimezone(ZONE).date()


class Farms(World):
    """A world that remembers what its people did."""

    def __init__(self, warehouse: Warehouse, folder: Path) -> None:
        declared = [
            metric
            for file in sorted((SHIPPED / "metrics").glob("*.yaml"))
            for metric in yaml.safe_load(file.read_text())
            if metric["id"] in MINUTES or file.stem == "north_star"
        ]
        for name, content in (
            ("metrics", yaml.safe_dump(declared)), ("workflows", WORKFLOWS), ("events", EVENTS),
        ):  # fmt: skip
            (folder / name).mkdir()
            (folder / name / "farms.yaml").write_text(content)
        super().__init__(warehouse, folder, products={"milk": "", "wool": ""}, lifecycle=LIFECYCLE)
        self.created: list[date] = []
        self.closed: dict[str, date] = {}
        self.signed_up: dict[str, datetime] = {}
        self.joined: dict[str, list[tuple[datetime, str]]] = {}
        self.toggled: dict[str, list[tuple[datetime, str]]] = defaultdict(list)
        self.said: dict[str, list[Said]] = defaultdict(list)
        self.visited: dict[str, list[datetime]] = defaultdict(list)
        self.visitor: dict[str, str] = {}

    def event(self, who, at, event_type="used", product=None, **options) -> None:
        """An event of a user or visitor."""
        super().event(who, at, event_type, product, **options)
        if event_type in ("user_deleted", "user_restored"):
            self.toggled[who].append((at, event_type))
        elif options.get("entity_type") == "visitor":
            self.visited[who].append(at)
        elif event_type == "account_deleted":
            self.closed[who] = day_of(at)
        elif event_type != "user_signed_up":
            self.said[who].append((at, event_type, product, "failed" in options))

    def counted(self, last: date) -> Values:
        """Every value of every metric, as known on the day."""
        return self.organizations(last) | self.minutes(last) | self.scores(last)

    def organizations(self, last: date) -> Values:
        """Farms with a sale in 30 dates; 1,000 of them are expected six months after the first."""
        sold_on = defaultdict(set)
        for user in self.signed_up:
            for at, kind, _, failed in self.of_lives(user, last):
                farm = self.farm_of(user, day_of(at))
                if farm and kind == "sold" and not failed:
                    sold_on[farm].add(day_of(at))
        first = day = min(self.created)
        days_to_go = (first.replace(month=first.month + 6) - first).days
        found: Values = {}
        while day <= last:
            active = sum(any(0 <= (day - on).days < 30 for on in days) for days in sold_on.values())
            expected = 1000 * min(1, ((day - first).days + 1) / days_to_go)
            found["organizations_active_monthly", day] = active
            found["organizations_active_pace_monthly", day] = active / expected
            day += DAY
        return found

    def minutes(self, last: date) -> Values:
        """Medians by the week in which the later moment was reached."""
        took = defaultdict(list)
        for user, signup in self.signed_up.items():
            moments = self.moments(user, last) if day_of(signup) <= last else {}
            for metric, (since, until) in MINUTES.items():
                if since in moments and until in moments:
                    seconds = (moments[until] - moments[since]).total_seconds()
                    week = start_of("week", day_of(moments[until]))
                    took[metric, week].append(max(seconds / 60, 0))
        return {place: median(minutes) for place, minutes in took.items()}

    def moments(self, user: str, last: date) -> dict[str, datetime]:
        """First times within 90 days of the first life; visits in the 30 days before the signup."""
        signup = self.signed_up[user]
        ended = min(self.deletions(user, last), default=NEVER)
        own = [
            said for said in self.of_lives(user, last)
            if said[0] < ended and (day_of(said[0]) - day_of(signup)).days <= 90
        ]  # fmt: skip
        times = {
            "signed_up": [signup],
            "first_visit": [
                at for at in self.visited[self.visitor[user]]
                if at <= signup and (day_of(signup) - day_of(at)).days <= 30
                and user == min(
                    (other for other in self.visitor if self.visitor[other] == self.visitor[user]),
                    key=lambda other: self.signed_up[other],
                )
            ],
            "first_access": [at for at, _, product, _ in own if product],
            "first_action": [at for at, kind, _, _ in own if kind in ("used", "closed")],
            "first_success": [at for at, kind, _, failed in own if kind == "sold" and not failed],
        }  # fmt: skip
        return {name: min(each) for name, each in times.items() if each}

    def scores(self, last: date) -> Values:
        """Workflows x runs of each x share completed in the week: the mean of the farms."""
        runs = defaultdict(list)
        for user in self.signed_up:
            for completion, days in COMPLETIONS.items():
                for began, ended in self.runs(user, last, completion, days):
                    week, farm = start_of("week", began), self.farm_of(user, began)
                    is_in_time = ended is not None and ended <= min(week + 6 * DAY, last)
                    if farm:
                        runs[week, farm].append((completion, is_in_time))
        scores = defaultdict(list)
        for (week, _), of_farm in runs.items():
            workflows = len({completion for completion, _ in of_farm})
            success = sum(is_in_time for _, is_in_time in of_farm) / len(of_farm)
            scores[week].append(workflows * (len(of_farm) / workflows) * success)
        return {("accounts_workflow_score_weekly", week): mean(s) for week, s in scores.items()}

    def runs(
        self, user: str, last: date, completion: str, days: int
    ) -> list[tuple[date, date | None]]:
        """Day of start and of completion of every run; the day of a deletion is lost."""
        deletions = self.deletions(user, last)
        lost = {day_of(at) for at in deletions}
        found: list[tuple[date, date | None]] = []
        began: datetime | None = None
        for at, kind, *_ in self.of_lives(user, last):
            if day_of(at) in lost:
                continue
            lapsed = began and (day_of(at) - day_of(began)).days > days
            if began and (lapsed or any(began < deleted_at <= at for deleted_at in deletions)):
                began = None
            if began and kind == completion:
                found[-1], began = (day_of(began), day_of(at)), None
            elif not began and kind == "opened":
                found.append((day_of(at), None))
                began = at
        return found

    def deletions(self, user: str, last: date) -> list[datetime]:
        """When the user was deleted, as far as it is past."""
        deletions = (at for at, kind in self.toggled[user] if kind == "user_deleted")
        return [at for at in deletions if day_of(at) <= last]

    def of_lives(self, user: str, last: date) -> list[Said]:
        """What the user did from the signup's day on while not deleted, in order."""
        return sorted(
            (
                said for said in self.said[user]
                if day_of(self.signed_up[user]) <= day_of(said[0]) <= last
                and self.toggle_before(user, said[0]) != "user_deleted"
            ),
            key=lambda said: said[0],
        )  # fmt: skip

    def toggle_before(self, user: str, moment: datetime) -> str | None:
        """What happened to the user last: deleted or restored."""
        past = (toggle for toggle in self.toggled[user] if toggle[0] <= moment)
        return max(past, default=(None, None))[1]

    def farm_of(self, user: str, day: date) -> str | None:
        """The account at the end of the day, the first one before it is known; None: closed."""
        known = [farm for at, farm in self.joined[user] if day_of(at) <= day]
        farm = known[-1] if known else self.joined[user][0][1]
        return farm if day < self.closed.get(farm, date.max) else None

    def published(self) -> Values:
        """What readers see."""
        return {
            (metric, day): value
            for metric, day, value in self.rows(
                "select metric_id, date, value from gold.metric_values where segment_key = 'all'"
            )
        }


def test_every_publish_counts_what_people_did(warehouse: Warehouse, tmp_path: Path) -> None:
    chance = random.Random(5)
    farms = Farms(warehouse, tmp_path)
    for number in range(4):
        at = some_time(FIRST + chance.randrange(12) * DAY, chance)
        farms.account(f"farm {number}", at)
        farms.created.append(day_of(at))
    arrivals = [event for number in range(24) for event in live(farms, f"user {number}", chance)]
    closed = some_time(date(2026, 4, 25), chance)  # which becomes known weeks later
    arrivals.append(
        (PUBLISHED[-1], "farm 1", closed, "account_deleted", {"entity_type": "account"})
    )
    for as_of, arrived in by_publication(arrivals, PUBLISHED):
        for _, who, at, kind, options in arrived:
            farms.event(who, at, kind, **options)
        farms.deliver()
        farms.publish(as_of)
        assert rounded(farms.published()) == rounded(farms.counted(as_of))


def live(farms: Farms, user: str, chance: random.Random) -> list:
    """Signs up and moves; gives events of the user and a visitor, with the day of delivery."""
    signup = some_time(FIRST + chance.randrange(40) * DAY, chance)
    farms.signed_up[user] = signup
    farms.joined[user] = [(signup, f"farm {chance.randrange(4)}")]
    farms.user(user, signup, farms.joined[user][0][1])
    if chance.random() < 0.4:
        farms.joined[user].append(
            (signup + chance.randrange(1, 30) * DAY, f"farm {chance.randrange(4)}")
        )
        farms.moves(user, *farms.joined[user][1])
    visitor = farms.visitor[user] = f"visitor {chance.randrange(20)}"
    named = {"visitor_id": str(uid(visitor))}
    events = [(day_of(signup), user, signup, "user_signed_up", named)]
    for _ in range(chance.choice((0, 1, 3))):
        at = signup - timedelta(minutes=chance.randrange(-2000, 50_000))
        late = chance.choice((0, 0, 9)) * DAY
        events.append((day_of(at) + late, visitor, at, "viewed", {"entity_type": "visitor"}))
    temper, day = chance.choice((0.05, 0.2, 0.6)), day_of(signup)
    toggles = ("user_deleted", "user_restored") * 30
    while day <= PUBLISHED[-1]:
        for kind in ("used", "sold", "opened", "weighed", "closed"):
            if chance.random() < temper:
                options = {"product": chance.choice(("milk", "wool", None))}
                if kind == "sold" and chance.random() < 0.5:
                    options["failed"] = True
                late = chance.choice((0, 0, 0, 1, 5, 20)) * DAY
                events.append((day + late, user, some_time(day, chance), kind, options))
        if chance.random() < 0.02:
            kind, *toggles = toggles
            late = chance.choice((0, 0, 3)) * DAY
            events.append((day + late, user, some_time(day, chance), kind, {}))
        day += DAY
    return events


def some_time(day: date, chance: random.Random) -> datetime:
    """A time of the business day, which may be an hour short."""
    midnight = datetime(day.year, day.month, day.day, tzinfo=ZONE).astimezone(UTC)
    return midnight + timedelta(seconds=chance.randrange(82_800))


def rounded(values: Values) -> Values:
    """Numbers to compare."""
    return {p: None if v is None else round(float(v), 6) for p, v in values.items()}
