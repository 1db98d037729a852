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
    """`No alerts`, `1 alert`, `2,000 alerts`."""
    amount = f"{number:,}" if number else "No"
    return f"{amount} {thing}" if number == 1 else f"{amount} {thing}s"
