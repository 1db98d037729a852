"""Addresses of the app's pages that a message leads to.

A link only shows a page: mail programs and scanners open links by themselves, so what changes
something is a button there.
"""

from dataclasses import dataclass
from urllib.parse import quote

from monstera.notify.message import Notice
from monstera.notify.routing import Routing

Link = tuple[str, str]


@dataclass(frozen=True)
class Links:
    """Links below the folders that routing names; what has no folder has no link."""

    routing: Routing

    def runbook(self, path: str) -> str | None:
        """Address of a runbook on the web; None where none is configured."""
        return self.routing.runbooks and self.routing.runbooks + quote(path)

    def of(self, notice: Notice, *, is_open: bool) -> tuple[Link, ...]:
        """Words and address of each link of a notice."""
        incident = self._page(f"incidents/{notice.incident_id}")
        if incident is None:
            return ()
        links = [("Open", incident)]
        if is_open:
            links += [
                ("Acknowledge", f"{incident}#acknowledge"),
                ("Silence", f"{incident}#silence"),
            ]
        links.append(("Judge", f"{incident}#verdict"))
        if notice.metric_id is not None:
            metric = quote(notice.metric_id, safe="")
            links += [("Dashboard", f"{self.routing.pages}metrics/{metric}"),
                      ("Catalog", f"{self.routing.pages}catalog/{metric}")]  # fmt: skip
        return tuple(links)

    def _page(self, path: str) -> str | None:
        return self.routing.pages and self.routing.pages + path


def commands(notice: Notice, *, is_open: bool) -> tuple[Link, ...]:
    """What each command does, and the command, for those who are at a terminal."""
    number = notice.incident_id
    rule = notice.rule_id
    taking_over = (
        ("Take it over", f"monstera alerts ack {number}"),
        ("Quiet for 4 hours", f"monstera alerts silence --rule {rule} --for 4h --reason '…'"),
    )
    verdict = ("Judge it", f"monstera alerts verdict {number} true_positive")
    return (*taking_over, verdict) if is_open else (verdict,)
