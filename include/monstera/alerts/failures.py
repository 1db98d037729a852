"""What went wrong, as it may stand in logs and tables: without texts, which may hold values."""

from traceback import extract_tb

FRAMES = 3


def kind_of(error: Exception) -> str:
    """The kind of an error, and the server's code where it is one of the server's."""
    return " ".join(filter(None, (type(error).__name__, getattr(error, "sqlstate", None))))


def kind_and_place(error: Exception) -> str:
    """The same, and the innermost lines of code that it came through."""
    frames = extract_tb(error.__traceback__)[-FRAMES:]
    path = " > ".join(f"{frame.filename}:{frame.lineno}" for frame in frames)
    return f"{kind_of(error)} at {path}"
