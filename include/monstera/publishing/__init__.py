"""Publishing: write, audit, publish, so that readers see a whole day or the one before."""

from monstera.publishing.publish import NothingToPublish, Publication, publish, rebuild
from monstera.publishing.published import published_as_of

__all__ = ["NothingToPublish", "Publication", "publish", "published_as_of", "rebuild"]
