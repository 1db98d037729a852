"""How commands end, beside 0; `--help` and docs promise these numbers to scripts."""

FAILED = 1
"""And nothing was published."""
WRONG_USAGE_OR_DEFINITIONS = 2
PUBLISHED_WITH_WARNINGS = 3
