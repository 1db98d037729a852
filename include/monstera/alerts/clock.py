"""What there is to see at a moment of the clock: deliveries, publications, channels, refusals."""

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import psycopg

from monstera.alerts.conditions import Delivery, Freshness, Refusals
from monstera.alerts.observations import Observation, midnight
from monstera.alerts.rules import Rule
from monstera.warehouse.database import one_row

HUNDREDTH = Decimal("0.01")


def of_the_moment(
    connection: "psycopg.Connection[Any]", rule: Rule, now: datetime, zone: ZoneInfo
) -> Iterator[Observation]:
    """What a rule on deliveries, runs, channels or refusals sees at the time `now`."""
    today = now.astimezone(zone).date()
    if isinstance(rule.condition, Delivery):
        for channel, minutes in connection.execute(_REFUSING, {"now": now}):
            yield Observation({"channel": channel}, now, today, minutes)
        return
    if isinstance(rule.condition, Refusals):
        for principal, times in connection.execute(_REFUSED, {"now": now, "rule": rule.id}):
            yield Observation({"principal": str(principal)}, now, today, times)
        return
    if isinstance(rule.condition, Freshness):
        hours, facts = _hours_late(connection, rule.condition, now, zone)
    else:
        hours, facts = _hours_since_publication(connection, now)
    yield Observation({}, now, today, hours, facts=facts)


# Minutes for which a channel has taken nothing from the receiver that it refuses longest.
_REFUSING = """
select
    channel,
    coalesce(max(round(extract(epoch from %(now)s - greatest(refused_since, last_sent_at)) / 60, 1))
        filter (where refused_since is not null), 0)
from ops.delivery_health
group by channel
order by channel
"""

# Refusals within an hour, of those who had one in it, or whom the rule has not seen well since.
# Entries of logins may stand for several.
_REFUSED = """
with recent as (
    select principal, sum(coalesce((counts ->> 'times')::numeric, 1)) as times
    from ops.audit_log
    where outcome = 'refused'
        and recorded_at > %(now)s - interval '1 hour' and recorded_at <= %(now)s
    group by principal
),

known as (
    select (segment ->> 'principal')::uuid as principal
    from ops.alert_states
    where rule_id = %(rule)s and state <> 'inactive' and segment ? 'principal'
)

select principal, coalesce(times, 0)
from recent
full join known using (principal)
order by principal
"""

_NEWEST_DELIVERY = """
select max(dt)
from ops.load_manifest
where feed = %s and status = 'loaded' and accepted + duplicate > 0 and dt <= %s
"""


def _hours_late(
    connection: "psycopg.Connection[Any]", condition: Freshness, now: datetime, zone: ZoneInfo
) -> tuple[Decimal | None, dict[str, Any]]:
    today = now.astimezone(zone).date()
    (newest,) = one_row(connection.execute(_NEWEST_DELIVERY, [condition.feed, today]))
    return hours_late(newest, condition, now, zone)


def hours_late(
    newest: date | None, condition: Freshness, now: datetime, zone: ZoneInfo
) -> tuple[Decimal | None, dict[str, Any]]:
    """Hours since the delivery after the newest one was due, at the end of its day."""
    if newest is None:
        return None, {}
    missing = newest + timedelta(days=condition.every_days)
    late = hours_between(midnight(missing + timedelta(days=1), zone), now)
    return late, {"newest": newest.isoformat(), "missing": missing.isoformat()}


def _hours_since_publication(
    connection: "psycopg.Connection[Any]", now: datetime
) -> tuple[Decimal | None, dict[str, Any]]:
    query = "select max(published_at) from ops.publications"
    (published_at,) = one_row(connection.execute(query))
    return (None, {}) if published_at is None else (hours_between(published_at, now), {})


def hours_between(before: datetime, now: datetime) -> Decimal:
    """Hours from one moment to the next; 0 where it is not the next."""
    seconds = max((now - before) // timedelta(seconds=1), 0)
    return (Decimal(seconds) / 3600).quantize(HUNDREDTH)
