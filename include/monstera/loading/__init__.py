"""Loading: files of the landing zone into `bronze`, each row accepted or quarantined, once."""

from monstera.loading.loader import FileReport, LoadReport, Progress, load
from monstera.loading.pseudonyms import Pseudonyms, open_pseudonyms
from monstera.loading.replaying import replay

__all__ = [
    "FileReport",
    "LoadReport",
    "Progress",
    "Pseudonyms",
    "load",
    "open_pseudonyms",
    "replay",
]
