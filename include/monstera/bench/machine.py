"""What the figures were measured on."""

import os
import platform
import resource
import subprocess
from importlib.metadata import version
from pathlib import Path
from typing import Any

import duckdb
import psycopg

from monstera.settings import PROJECT

PACKAGES = ("pandas", "pandera", "pyarrow", "psycopg", "numpy")


def describe(connection: "psycopg.Connection[Any]") -> dict[str, str]:
    """Processor, memory, system and versions."""
    server = connection.execute("show server_version").fetchone()
    return {
        "processor": f"{os.cpu_count()} cores, {_processor()}",
        "memory": f"{_memory_gib():.0f} GiB",
        "system": platform.platform(terse=True),
        "PostgreSQL": server[0] if server else "",
        "DuckDB": duckdb.__version__,
        "Python": platform.python_version(),
        **{name: version(name) for name in PACKAGES},
        "commit": _commit(),
    }


def peak_memory() -> float:
    """The most memory (bytes) that this process held since its program began."""
    try:
        lines = Path("/proc/self/status").read_text().splitlines()
    except OSError:  # no Linux: there, nothing is inherited
        return float(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
    # What getrusage says on Linux includes the process that this one was forked from.
    peak = next(line for line in lines if line.startswith("VmHWM"))
    return int(peak.split()[1]) * 1024.0


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return platform.processor() or platform.machine()
    names = [line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.machine()


def _memory_gib() -> float:
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30


def _commit() -> str:
    found = subprocess.run(
        ["git", "describe", "--always", "--dirty"],
        cwd=PROJECT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    return found.stdout.strip() or "unknown"
