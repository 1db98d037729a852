"""What leaves: a notice says one thing of one incident, a message carries notices to a receiver."""

from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from typing import Any, Literal
from uuid import UUID

from monstera.notify.digest import Digest
from monstera.notify.series import Series
from monstera.notify.words import one_line

Kind = Literal["fire", "reminder", "resolve", "digest"]
AT_LENGTH = 10
"""Notices of one rule that a message spells out; beyond that only the worst."""
WORST = 3
RULES_AT_LENGTH = 10
"""Rules of which a message says everything; of further ones it says what happened."""
MAX_TITLE = 200
MAX_TEXT = 1000


@dataclass(frozen=True)
class Notice:
    """One thing to say of one incident, in words and formatted numbers.

    Attributes:
        title: what happened, for a subject: `Users Churn Rate Weekly up 31 %`.
        sentence: what happened, with value, baseline, threshold and date.
        numbers: label and text of each number.
        since: since when it fires, or from when to when it did.
        holds_back: titles of alerts that are not sent because this one explains them.
        severity: how far beyond the limit, for order; larger is worse.
        thread: message that first told this receiver of the incident; None: this one.
        key: names the incident to the outside; it is in no other warehouse, and holds no data.
        metric_id: the metric that it is about; None: none.
        series: its values up to the alert.
        movers: segments that contributed most to the move, and by how much.
    """

    incident_id: int
    rule_id: str
    title: str
    sentence: str
    numbers: tuple[tuple[str, str], ...]
    since: str
    owner: str
    priority: str
    runbook: str
    holds_back: tuple[str, ...] = ()
    severity: float = 0.0
    thread: str | None = None
    key: str = ""
    metric_id: str | None = None
    series: Series | None = None
    movers: tuple[tuple[str, str], ...] = ()

    def __post_init__(self) -> None:
        """Makes every text one printable line of a bearable length, whatever data says."""
        for name in ("title", "rule_id", "since", "owner", "runbook"):
            object.__setattr__(self, name, one_line(getattr(self, name), MAX_TITLE))
        object.__setattr__(self, "sentence", one_line(self.sentence, MAX_TEXT))
        object.__setattr__(self, "holds_back", _lines(self.holds_back))
        for name in ("numbers", "movers"):
            pairs = getattr(self, name)
            object.__setattr__(self, name, tuple(_lines(pair) for pair in pairs))

    def as_json(self) -> dict[str, Any]:
        """The notice as JSON data."""
        return asdict(self)

    @staticmethod
    def from_json(data: dict[str, Any]) -> "Notice":
        """A notice from what `as_json` made."""
        series = data.get("series")
        return Notice(**{**data, "series": series and Series.from_json(series)})


def _lines(texts: Iterable[str]) -> tuple[str, ...]:
    return tuple(one_line(text, MAX_TITLE) for text in texts)


@dataclass(frozen=True)
class Section:
    """Notices of one rule, worst first, and how many more there are.

    Attributes:
        is_brief: whether others are worse, and of these only what happened is said.
    """

    notices: tuple[Notice, ...]
    more: int
    is_brief: bool = False


@dataclass(frozen=True)
class Message:
    """Notices of one kind, owner and priority, or a digest, for one receiver of one channel.

    Attributes:
        message_id: the same however often the message is sent.
        digest: what it says where it is of the kind `digest`; it has no notices then.
    """

    message_id: UUID
    channel: str
    receiver: str
    kind: Kind
    owner: str
    priority: str
    notices: tuple[Notice, ...]
    digest: Digest | None = None

    def __post_init__(self) -> None:
        """Makes the owner one printable line, as in the notices."""
        object.__setattr__(self, "owner", one_line(self.owner, MAX_TITLE))

    @property
    def is_open(self) -> bool:
        """Whether its incidents fire."""
        return self.kind in {"fire", "reminder"}

    @property
    def is_news(self) -> bool:
        """Whether its receiver has heard of none of its incidents before."""
        return self.is_open and not self.threads

    @property
    def label(self) -> str:
        """Priority and kind: `P1`, `P1 reminder`, `P1 resolved`; of a digest its title."""
        if self.digest is not None:
            return self.digest.title
        if self.is_news:
            return self.priority
        word = {"reminder": " reminder", "resolve": " resolved"}.get(self.kind, "")
        return self.priority + word

    @property
    def headline(self) -> str:
        """What the message is about, in one line."""
        if self.digest is not None:
            return self.digest.period
        worst = self.worst
        others = len(self.notices) - 1
        if not others:
            return worst.title
        return f"{worst.title} and {others} more alert{'s' if others > 1 else ''}"

    @property
    def worst(self) -> Notice:
        """The notice that is furthest beyond its limit."""
        return max(self.notices, key=lambda notice: notice.severity)

    @property
    def threads(self) -> tuple[str, ...]:
        """Earlier messages that this one follows up on."""
        return tuple(dict.fromkeys(n.thread for n in self.notices if n.thread is not None))

    def sections(self) -> Iterator[Section]:
        """The notices by rule, worst first; of a rule with very many only the worst."""
        by_rule: dict[str, list[Notice]] = {}
        for notice in sorted(self.notices, key=lambda n: (-n.severity, n.title)):
            by_rule.setdefault(notice.rule_id, []).append(notice)
        for number, group in enumerate(by_rule.values()):
            notices = tuple(group)
            shown = notices if len(notices) <= AT_LENGTH else notices[:WORST]
            yield Section(shown, len(notices) - len(shown), number >= RULES_AT_LENGTH)
