"""Publishing: write, audit, publish, so that readers see a whole day or the one before."""

from monstera.publishing.plan import NoSuchPart, NothingToPublish, Part
from monstera.publishing.publish import Publication, publish, rebuild
from monstera.publishing.published import published_as_of

__all__ = [
    "NoSuchPart",
    "NothingToPublish",
    "Part",
    "Publication",
    "publish",
    "published_as_of",
    "rebuild",
]
