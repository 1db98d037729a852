"""Digests: what a day, a week or a month was like, for those who want to know without an alert."""

from monstera.digests.compose import compose
from monstera.digests.periods import Period, newest
from monstera.digests.posting import post_due

__all__ = ["Period", "compose", "newest", "post_due"]
