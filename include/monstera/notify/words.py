"""Foreign text as messages show it."""

FORMULA = ("=", "+", "-", "@")


def one_line(text: str, limit: int) -> str:
    """One line of printable characters, none of which turns the direction of writing."""
    line = " ".join(text.split())
    shown = "".join(character for character in line if character.isprintable())
    return shown if len(shown) <= limit else shown[: limit - 1].rstrip() + "…"


def as_cell(text: str) -> str:
    """Text for a cell of a table, which a spreadsheet must not take for a formula."""
    return f"'{text}" if text.startswith(FORMULA) else text
