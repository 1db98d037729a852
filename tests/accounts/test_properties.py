"""Whatever happens in whatever order: the engine says what the naive computation says."""

import tempfile
from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from accounts.naive import Fact, Use, live
from lifecycle.world import World, uid
from monstera.warehouse import Warehouse

FIRST = date(2027, 12, 20)  # the leap day of 2028 lies inside
DAYS = 200
LAST = FIRST + timedelta(days=DAYS - 1)

days = st.integers(0, DAYS - 1).map(lambda n: FIRST + timedelta(days=n))
terms = st.fixed_dictionaries(
    {
        "tier": st.sampled_from(["starter", "professional", "enterprise"]),
        "seats": st.sampled_from([0, 3, 5, 10]),
        "mrr": st.sampled_from([0, 50, 100, 150]),
    },
    optional={"renewal_on": days},
)
some_terms = st.fixed_dictionaries(
    {},
    optional={
        "seats": st.sampled_from([3, 4, 5, 8]),
        "mrr": st.sampled_from([50, 80, 100]),
        "tier": st.sampled_from(["starter", "professional"]),
        "renewal_on": days,
    },
)
facts = st.one_of(
    st.builds(Fact, days, st.just("subscription_started"), terms),
    st.builds(Fact, days, st.just("subscription_started"), terms),
    st.builds(Fact, days, st.just("subscription_changed"), some_terms),
    st.builds(Fact, days, st.just("subscription_renewed"), st.just({})),
    st.builds(
        Fact, days, st.just("subscription_canceled"),
        st.fixed_dictionaries({}, optional={"effective_on": days}),
    ),
    st.builds(Fact, days, st.just("payment_failed"), st.just({})),
    st.builds(Fact, days, st.just("payment_recovered"), st.just({})),
    st.builds(
        Fact, days, st.just("account_paused"),
        st.fixed_dictionaries(
            {"pause_type": st.sampled_from(["voluntary", "seasonal"])}, optional={"resume_on": days}
        ),
    ),
    st.builds(Fact, days, st.just("account_resumed"), st.just({})),
    st.builds(
        Fact, days, st.just("trial_started"), st.fixed_dictionaries({"trial_ends_on": days})
    ),
)  # fmt: skip
rhythms = st.tuples(st.integers(0, 120), st.integers(10, DAYS), st.integers(1, 12))
people = st.lists(
    st.tuples(st.lists(rhythms, max_size=3), st.sampled_from(["editor", "workspace", None])),
    min_size=1, max_size=5,
)  # fmt: skip
companies = st.lists(
    st.fixed_dictionaries(
        {
            "created": st.integers(0, 40).map(lambda n: FIRST + timedelta(days=n)),
            "facts": st.lists(facts, max_size=9),
            "deleted": st.none() | st.integers(100, DAYS + 200).map(
                lambda n: FIRST + timedelta(days=n)
            ),
            "people": people,
            "has_admin": st.booleans(),
            # the last user leaves for the next account on this day
            "moves": st.none() | st.integers(50, DAYS - 1).map(
                lambda n: FIRST + timedelta(days=n)
            ),
        }
    ),
    min_size=2, max_size=3,
)  # fmt: skip


@pytest.fixture(scope="module")
def fresh_world(new_warehouse: Callable[[], Warehouse]):
    def make() -> World:
        return World(new_warehouse(), Path(tempfile.mkdtemp()))

    return make


def at(day: date, hour: int, minute: int = 0) -> datetime:
    return datetime.fromisoformat(f"{datetime.combine(day, time(hour, minute)).isoformat()}+00:00")


def in_json(terms: dict[str, Any]) -> dict[str, Any]:
    return {key: v.isoformat() if isinstance(v, date) else v for key, v in terms.items()}


@settings(
    max_examples=6,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
    phases=[Phase.explicit, Phase.reuse, Phase.generate],  # an example takes seconds: no shrinking
)
@given(
    companies=companies,
    delays=st.lists(st.sampled_from([0, 0, 0, 3, 20, 45]), min_size=7, max_size=7),
    pace=st.integers(8, 45),
)
def test_days_in_any_order_of_arrival_equal_a_rebuild_and_the_naive_computation(
    fresh_world, companies, delays, pace
) -> None:
    world = fresh_world()
    said: list[tuple[date, Any]] = []  # when it arrives, and what says it
    homes: dict[str, list[tuple[date, int]]] = {}
    uses: list[Use] = []
    stories: list[list[Fact]] = []
    for a, company in enumerate(companies):
        created = company["created"]
        admin = f"a{a}u0" if company["has_admin"] else None
        said.append(
            (created, lambda a=a, c=created, m=admin: world.account(f"a{a}", at(c, 0), admin=m))
        )
        story = [f for f in company["facts"] if f.on >= created]
        if company["deleted"]:
            story.append(Fact(company["deleted"], "account_deleted"))
        story = sorted(story, key=lambda f: f.on)
        stories.append(story)
        for n, fact in enumerate(story):
            moment = at(fact.on, 8, n)  # in the order of the list
            said.append(
                (
                    fact.on + timedelta(days=delays[n % 7]),
                    lambda a=a, m=moment, f=fact: world.event(
                        f"a{a}", m, f.kind, entity_type="account", **in_json(f.terms)
                    ),
                )
            )
        for u, (weeks, product) in enumerate(company["people"]):
            name = f"a{a}u{u}"
            homes[name] = [(date.min, a)]
            said.append(
                (
                    created,
                    lambda n=name, c=created, a=a: world.user(n, at(c, 0), account=f"a{a}"),
                )
            )
            for begin, length, every in weeks:
                for offset in range(begin, min(begin + length, DAYS), every):
                    day = FIRST + timedelta(days=offset)
                    if day < created:
                        continue
                    number = len(uses)
                    uses.append(Use(day, name, product))

                    def use(n=name, d=day, p=product, i=number) -> None:
                        world.event(n, at(d, 9 + i % 10, i % 60), "used", p, event_id=f"{n}/{i}")

                    said.append((day + timedelta(days=delays[number % 7]), use))
        if company["moves"] and company["moves"] > created:
            name, target = f"a{a}u{len(company['people']) - 1}", (a + 1) % len(companies)
            homes[name].append((company["moves"], target))
            said.append(
                (
                    company["moves"] + timedelta(days=delays[a]),
                    lambda n=name, m=company["moves"], t=target: world.moves(n, at(m, 7), f"a{t}"),
                )
            )
    said.sort(key=lambda happening: happening[0])
    day = FIRST
    while day <= LAST:
        while said and said[0][0] <= day:
            said.pop(0)[1]()
        world.deliver()
        world.publish(day)
        day += timedelta(days=pace)
    for _, say in said:
        say()
    world.deliver()
    world.publish(LAST)
    by_days = world.fingerprint()

    for a, company in enumerate(companies):

        def member(user: str, day: date, a: int = a) -> bool:
            return [home for since, home in homes[user] if since <= day][-1] == a

        expected = live(
            company["created"], stories[a], uses, member, list(homes),
            f"a{a}u0" if company["has_admin"] else None, LAST,
        )  # fmt: skip
        found = world.rows(
            "select d.date, d.state, d.state_reason, s.frozen_type, d.risk_signals, d.active_seats,"
            " d.events_30, d.events_prior_30,"
            " array(select jsonb_object_keys(d.product_members) order by 1), d.mrr"
            " from silver.account_days as d join silver.account_fact_spans as s"
            " on s.account_id = d.account_id and d.date between s.from_on and s.to_on"
            " where d.account_id = %s order by d.date",
            uid(f"a{a}"),
        )
        assert found == [
            (
                d["date"], d["state"], d["reason"], d["frozen"], d["signals"], d["seats_used"],
                d["events"], d["prior"], d["products"], d["mrr"],
            )
            for d in expected
        ]  # fmt: skip

    world.rebuild(LAST)
    assert world.fingerprint() == by_days
