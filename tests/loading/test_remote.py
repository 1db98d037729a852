"""A landing zone on another machine, behind a real protocol: FTP."""

import os
from collections.abc import Iterator
from datetime import date
from threading import Thread

import pytest
from pyftpdlib.authorizers import DummyAuthorizer
from pyftpdlib.handlers import FTPHandler
from pyftpdlib.servers import ThreadedFTPServer

from .builders import Landing, event, user

NOON = 1_769_860_800  # 2026-01-31T12:00Z


@pytest.fixture
def uri(landing: Landing) -> Iterator[str]:
    """Where the landing zone's folder is served, to be read and not to be written."""
    landing.folder.mkdir()
    authorizer = DummyAuthorizer()
    authorizer.add_user("reader", "secret", str(landing.folder), perm="elr")
    handler = type("Handler", (FTPHandler,), {"authorizer": authorizer})
    server = ThreadedFTPServer(("127.0.0.1", 0), handler)
    thread = Thread(target=server.serve_forever, kwargs={"handle_exit": False})
    thread.start()
    yield f"ftp://reader:secret@127.0.0.1:{server.address[1]}"
    server.close_all()
    thread.join()


def test_files_behind_a_protocol_are_loaded_once(landing: Landing, uri: str) -> None:
    landing.put("users", [user()], name="part-0.jsonl")
    landing.put("events", [event("1"), event("2")], name="part-0.jsonl.gz")
    landing.put("events", [event("3")], date(2026, 2, 1), "part-0.jsonl.tmp")
    report = landing.load(landing_uri=uri)
    assert [(file.path, file.status) for file in report.files] == [
        ("users/dt=2026-01-31/part-0.jsonl", "loaded"),
        ("events/dt=2026-01-31/part-0.jsonl.gz", "loaded"),
    ]
    assert report.totals.accepted == 3
    assert landing.load(landing_uri=uri).files == []


def test_a_change_of_the_same_size_is_seen(landing: Landing, uri: str) -> None:
    landing.put("users", [user()])
    for number in (1, 2):
        file = landing.put("events", [event(f"{number}")])
        os.utime(file, (NOON + number, NOON + number))
        assert landing.load(landing_uri=uri).totals.accepted > 0
    assert landing.rows("select count(*) from bronze.events") == [2]
