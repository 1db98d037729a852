"""Words that the lists of digests share."""

from monstera.notify.digest import Item

MOST = 10
"""Lines of a list; the rest is a number."""


def capped(items: list[Item], others: str) -> tuple[Item, ...]:
    """At most so many lines, and where the others are."""
    if len(items) <= MOST:
        return tuple(items)
    return (*items[:MOST], Item("", f"… and {len(items) - MOST} more", others))


def count(number: int, thing: str) -> str:
    """`1 alert`, `2,000 alerts`."""
    return f"{number:,} {thing}" if number == 1 else f"{number:,} {thing}s"
