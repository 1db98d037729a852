"""A load in a process of its own, for tests that kill it or measure it.

`worker.py <warehouse url> <definitions> <landing uri> <key>` prints rows read and accepted, and the
most memory that it held, in MB.
"""

import sys
from pathlib import Path

from monstera.bench.machine import peak_memory
from monstera.definitions import load_definitions
from monstera.loading import LoadReport, Pseudonyms, load
from monstera.warehouse import Warehouse


def run(url: str, folder: str, landing_uri: str, key: str) -> LoadReport:
    """Loads what waits."""
    return load(Warehouse(url), load_definitions(Path(folder)), landing_uri, Pseudonyms(key))


if __name__ == "__main__":
    totals = run(*sys.argv[1:]).totals
    print(totals.rows_read, totals.accepted, peak_memory() / 1e6)
