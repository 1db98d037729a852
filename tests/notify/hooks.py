"""A web server that takes what Slack, PagerDuty and webhooks are sent, as strictly as they do."""

import json
import threading
import time
from collections import deque
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator

SCHEMAS = Path(__file__).parent / "schemas"
TAKEN = {"slack": 200, "pagerduty": 202, "webhook": 204}


@dataclass(frozen=True)
class Request:
    """A request that was read to its end, and what it was answered with."""

    body: Any
    content: bytes
    headers: Mapping[str, str]
    status: int


@dataclass
class Hooks:
    """What was asked for, and what to answer next instead of what the service would.

    Attributes:
        answers: status and headers of the next answers.
        delay: seconds to wait before each answer.
    """

    service: str
    port: int = 0
    requests: list[Request] = field(default_factory=list)
    answers: deque[tuple[int, dict[str, str]]] = field(default_factory=deque)
    delay: float = 0

    @property
    def url(self) -> str:
        """The address, with a secret in it."""
        return f"http://127.0.0.1:{self.port}/services/T0/B0/secret"

    @property
    def taken(self) -> list[Request]:
        """The requests that were answered with success."""
        return [request for request in self.requests if request.status < 300]

    def judge(self, content: bytes) -> int:
        """The status that the service would answer with."""
        if self.service == "webhook":
            return TAKEN[self.service]
        schema = json.loads((SCHEMAS / f"{self.service}.json").read_text())
        is_valid = Draft202012Validator(schema).is_valid(json.loads(content))
        return TAKEN[self.service] if is_valid else 400


@contextmanager
def hooks(service: str, port: int = 0) -> Iterator[Hooks]:
    """A server of a service, on a free port."""
    state = Hooks(service)

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            content = self.rfile.read(int(self.headers["Content-Length"]))
            time.sleep(state.delay)
            status, headers = (
                state.answers.popleft() if state.answers else (state.judge(content), {})
            )
            state.requests.append(Request(json.loads(content), content, dict(self.headers), status))
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    class Server(ThreadingHTTPServer):
        def handle_error(self, *_: object) -> None:
            pass  # senders that went away are what some tests are about

    with Server(("127.0.0.1", port), Handler) as server:
        state.port = server.server_port
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        yield state
        server.shutdown()
        thread.join()
