"""Loading: files of the landing zone into `bronze`, each row accepted or quarantined, once."""

import pyarrow as pa

from monstera.loading.loader import FileReport, LoadReport, Progress, load
from monstera.loading.pseudonym_key import AnotherKey
from monstera.loading.pseudonyms import Pseudonyms, open_pseudonyms
from monstera.loading.replaying import replay

__all__ = [
    "AnotherKey",
    "FileReport",
    "LoadReport",
    "Progress",
    "Pseudonyms",
    "load",
    "open_pseudonyms",
    "replay",
]

# Arrow's own allocator keeps what one thread took and another gave back: 60 MB more at the peak.
pa.set_memory_pool(pa.system_memory_pool())
