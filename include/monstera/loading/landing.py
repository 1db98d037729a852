"""The landing zone: which files wait there, and how they are opened.

`<root>/<feed>/dt=2026-01-31/<file>`, the root being any fsspec URI. Nothing there is ever changed.
"""

import logging
import os
import re
import stat
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, BinaryIO, cast
from urllib.parse import unquote

import fsspec

from monstera.settings import UnusableLandingZone

log = logging.getLogger(__name__)

FORMATS = (".jsonl", ".jsonl.gz", ".csv", ".csv.gz", ".parquet")
UNFINISHED = (".tmp", ".part")
SUCCESS = "_SUCCESS"
CONTROL = "_control.json"
_PLACE = re.compile(r"dt=(\d{4}-\d{2}-\d{2})/([^/]+)")
_CHANGES = (
    "ETag",
    "etag",
    "md5Hash",
    "mtime",
    "modify",
    "LastModified",
    "last_modified",
    "updated",
    "created",
    "ino",
)


class UnreadableFile(ValueError):
    """A file that is refused as a whole: what is wrong and what to do."""


class UnopenedFile(UnreadableFile):
    """A file that cannot be opened now; it may be another time, though it does not change."""


@dataclass(frozen=True)
class LandingFile:
    """A complete file.

    Attributes:
        path: below the root.
        dt: delivery day.
        version: what the storage says without reading the file; the same means unchanged.
    """

    feed: str
    path: str
    dt: date
    size: int
    version: str

    @property
    def format(self) -> str:
        """jsonl, csv or parquet."""
        return self.path.removesuffix(".gz").rsplit(".", 1)[-1]

    @property
    def is_gzipped(self) -> bool:
        """Whether it is compressed as a whole."""
        return self.path.endswith(".gz")


class LandingZone:
    """A folder of feeds behind an fsspec URI; a path without a protocol is a local folder."""

    def __init__(self, uri: str) -> None:
        """Lists nothing yet; a local folder that is not there is said.

        Raises:
            UnusableLandingZone: the URI's protocol is not known, or its library not installed.
        """
        try:
            self._files, root = fsspec.url_to_fs(uri)
        except (ValueError, ImportError) as error:
            raise UnusableLandingZone(f"MONSTERA_LANDING_URI: {error}") from None
        self._is_local = "file" in _protocols(self._files)
        if uri.startswith("file:"):
            root = unquote(root)  # fsspec leaves the %20 of a URI as it is
        self._root = os.path.realpath(root) if self._is_local else root.rstrip("/")
        self._listed: dict[str, dict[str, dict[str, Any]]] = {}
        if self._is_local and not os.path.isdir(self._root):  # noqa: PTH112
            log.warning("%s: no such folder, so nothing is delivered yet", self._root)

    def files(
        self, feed: str, *, until_dt: date | None = None, success_marker: bool = False
    ) -> list[LandingFile]:
        """The complete files of a feed, by delivery day, then path.

        Left out are unfinished ones (`.tmp`, `.part`), hidden ones (`.…`, `_…`), links, other
        formats, and with `success_marker` those of folders without `_SUCCESS`.
        """
        folder = f"{self._root}/{feed}"
        found = {
            name.removeprefix(f"{self._root}/"): info for name, info in self._find(folder).items()
        }
        self._listed[feed] = found
        finished = {path.rsplit("/", 1)[0] for path in found if path.endswith(f"/{SUCCESS}")}
        files = [
            LandingFile(feed, path, dt, int(info["size"]), _version(info))
            for path, info in found.items()
            if (dt := _delivery_day(path))
            and (until_dt is None or dt <= until_dt)
            and (not success_marker or path.rsplit("/", 1)[0] in finished)
        ]
        return sorted(files, key=lambda file: (file.dt, file.path))

    def control_files(self, feed: str, *, until_dt: date | None = None) -> list[LandingFile]:
        """The `_control.json` files of the feed as it was listed last, by delivery day."""
        files = []
        for path, info in self._listed.get(feed, {}).items():
            day = path.removesuffix(f"/{CONTROL}")
            dt = _delivery_day(f"{day}/control.jsonl") if path.endswith(f"/{CONTROL}") else None
            if dt is not None and (until_dt is None or dt <= until_dt):
                files.append(LandingFile(feed, path, dt, int(info["size"]), _version(info)))
        return sorted(files, key=lambda file: file.dt)

    def version(self, file: LandingFile) -> str:
        """What the storage says about the file now."""
        name = f"{self._root}/{file.path}"
        try:
            return _version(
                _local_info(os.lstat(name)) if self._is_local else self._files.info(name)
            )
        except FileNotFoundError:
            return "gone"

    def open(self, file: LandingFile) -> BinaryIO:
        """The file's bytes.

        Raises:
            UnopenedFile: it is gone, or the storage does not give it out.
            UnreadableFile: it is not inside the root any more.
        """
        name = f"{self._root}/{file.path}"
        try:
            if self._is_local:
                return _open_inside(self._root, name)
            return cast(BinaryIO, self._files.open(name, "rb"))
        except OSError as error:
            raise UnopenedFile(f"cannot be opened: {error.strerror or error}") from None

    def _find(self, folder: str) -> dict[str, dict[str, Any]]:
        if self._is_local:
            return dict(_local_files(folder))
        try:
            self._files.invalidate_cache()
            found = self._files.find(folder, detail=True)
        except FileNotFoundError:
            return {}
        prefix = "" if self._root.startswith("/") else "/"
        return {
            name if name.startswith(self._root) else f"{prefix}{name}".removeprefix(prefix): info
            for name, info in found.items()
        }


def _protocols(files: "fsspec.AbstractFileSystem") -> tuple[str, ...]:
    return (files.protocol,) if isinstance(files.protocol, str) else tuple(files.protocol)


def _delivery_day(path: str) -> date | None:
    """Delivery day of a path below the root; None: it is no file to load."""
    match = _PLACE.fullmatch(path.partition("/")[2])
    if match is None or match[2].startswith((".", "_")) or match[2].endswith(UNFINISHED):
        return None
    try:
        dt = date.fromisoformat(match[1])
    except ValueError:
        log.warning("%s is skipped: dt is no date", path)
        return None
    if not match[2].endswith(FORMATS):
        log.warning("%s is skipped: its name must end in one of %s", path, ", ".join(FORMATS))
        return None
    return dt


def _version(info: dict[str, Any]) -> str:
    """Size and whatever tells of a change; the same for a listing and for a look at one file."""
    changes = {name: info[name] for name in _CHANGES if info.get(name) is not None}
    texts = [
        f"{name}={value.timestamp() if isinstance(value, datetime) else value}"
        for name, value in changes.items()
    ]
    return " ".join([f"size={info['size']}", *texts])


def _local_files(folder: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """Ordinary files two levels below the folder; links are not followed."""
    for day in _entries(folder):
        if day.is_dir(follow_symlinks=False):
            for entry in _entries(day.path):
                about = entry.stat(follow_symlinks=False)
                if stat.S_ISREG(about.st_mode):
                    yield (
                        entry.path,
                        {
                            "size": about.st_size,
                            "mtime": about.st_mtime_ns,
                            "ino": about.st_ino,
                        },
                    )
                elif stat.S_ISLNK(about.st_mode):
                    log.warning("%s is skipped: links are not followed", entry.path)


def _local_info(about: os.stat_result) -> dict[str, Any]:
    return {"size": about.st_size, "mtime": about.st_mtime_ns, "ino": about.st_ino}


def _entries(folder: str) -> Iterable["os.DirEntry[str]"]:
    try:
        with os.scandir(folder) as entries:
            return sorted(entries, key=lambda entry: entry.name)
    except (FileNotFoundError, NotADirectoryError):
        return []


def _open_inside(root: str, name: str) -> BinaryIO:
    """Opens an ordinary file below the root without following a link in its last part."""
    if os.path.realpath(os.path.dirname(name)) != os.path.dirname(name):  # noqa: PTH120
        raise UnreadableFile("lies behind a link: links are not followed")
    if not name.startswith(f"{root}/"):
        raise UnreadableFile("lies outside the landing zone")
    handle = os.open(name, os.O_RDONLY | os.O_NOFOLLOW)
    if not stat.S_ISREG(os.fstat(handle).st_mode):
        os.close(handle)
        raise UnreadableFile("is no ordinary file")
    return os.fdopen(handle, "rb")
