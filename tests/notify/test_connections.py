"""Airflow's connections lead to the channels that routing names."""

import json
from typing import Any
from uuid import UUID

import pytest

from monstera.definitions import Definitions, compile_definitions
from monstera.notify import Endpoint, Message, Notice, Routing
from monstera.settings import Settings
from monstera.warehouse import Warehouse

from .conftest import NO_LINKS
from .hooks import hooks

KEY = "0123456789abcdef0123456789abcdef"


@pytest.fixture
def endpoints(airflow: None) -> Any:
    """The functions that look connections up."""
    from monstera.orchestration import channels

    return channels


def set_up(monkeypatch: pytest.MonkeyPatch, **connection: object) -> None:
    monkeypatch.setenv("AIRFLOW_CONN_TEAM", json.dumps({"conn_type": "generic", **connection}))


@pytest.mark.parametrize(
    ("kind", "connection", "url", "secret"),
    [
        ("slack", {"password": "T/B/x"}, "https://hooks.slack.com/services/T/B/x", None),
        ("slack", {"password": "https://example.com/a"}, "https://example.com/a", None),
        ("slack", {"password": "/T/B/x", "host": "http://localhost:81/s"},
         "http://localhost:81/s/T/B/x", None),
        ("pagerduty", {"password": KEY}, "https://events.pagerduty.com/v2/enqueue", KEY),
        ("pagerduty", {"password": KEY, "host": "events.eu.pagerduty.com"},
         "https://events.eu.pagerduty.com/v2/enqueue", KEY),
        ("webhook", {"host": "https://example.com/in"}, "https://example.com/in", None),
        ("webhook", {"host": "https://example.com/in/", "port": 8443},
         "https://example.com:8443/in", None),
        ("webhook", {"host": "example.com", "schema": "http", "port": 81, "password": KEY,
                     "extra": {"endpoint": "/in"}}, "http://example.com:81/in", KEY),
    ],
)  # fmt: skip
def test_what_a_connection_means(
    endpoints: Any, monkeypatch: pytest.MonkeyPatch, kind: str, connection: dict[str, object],
    url: str, secret: str | None,
) -> None:  # fmt: skip
    set_up(monkeypatch, **connection)
    assert getattr(endpoints, f"_{kind}")("team") == Endpoint(url, secret)


@pytest.mark.parametrize("kind", ["slack", "pagerduty", "webhook"])
def test_no_connection_or_an_empty_one_is_none(
    endpoints: Any, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    assert getattr(endpoints, f"_{kind}")("team") is None
    set_up(monkeypatch)
    assert getattr(endpoints, f"_{kind}")("team") is None


def test_a_message_leaves_by_its_connection(
    endpoints: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    notice = Notice(1, "rule", "Title", "Sentence.", (), "today", "data", "P0", "x.md", key="k")
    message = Message(UUID(int=1), "slack", "team", "fire", "data", "P0", (notice,))
    with hooks("slack") as slack:
        set_up(monkeypatch, password=slack.url)
        endpoints.SlackChannel(endpoints._slack, NO_LINKS).send(message)
    assert len(slack.taken) == 1


def test_a_broken_routing_in_force_stops_no_message(
    endpoints: Any, warehouse: Warehouse, shipped: Definitions
) -> None:
    with warehouse.connect() as connection:
        compile_definitions(connection, shipped)
        connection.execute(
            "update ref.definition_versions"
            " set document = jsonb_set(document, '{routing,routing,sender}', '7')"
        )
    here = endpoints.Deployment(Settings(warehouse_url=warehouse.url))
    assert endpoints.routing_in_force(here) == Routing()
