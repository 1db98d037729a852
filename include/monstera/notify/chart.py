"""The chart of a mail: the values up to an alert, and the limit."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import lru_cache
from io import BytesIO
from typing import TYPE_CHECKING

from monstera.notify.series import Series

if TYPE_CHECKING:
    from matplotlib.axes import Axes

WIDTH, HEIGHT = 480, 184
"""Pixels on a screen; drawn twice as fine, for those of high density and for larger mails."""
SHARPNESS = 2
DPI = 100
SMALL = 8.5
"""Points; still legible where a phone shrinks the picture."""
COLOURS = 64
"""Enough for smooth lines, at a fifth of the size."""
PERIODS = {"day": "days", "week": "weeks", "month": "months"}


@dataclass(frozen=True)
class Palette:
    """Colours of the dashboards, on the ground of the mail."""

    ground: str
    text: str
    grid: str
    line: str
    limit: str


LIGHT = Palette("#FFFFFF", "#5B6875", "#E4E9ED", "#2E86AB", "#C4281D")
DARK = Palette("#1B232C", "#A8B3BE", "#323D49", "#6FBFE2", "#FF8A80")


@lru_cache(maxsize=64)  # what several receivers are told is drawn once
def draw(series: Series, palette: Palette, *, is_over: bool = False) -> bytes:
    """A PNG of `WIDTH` by `HEIGHT` pixels at double density: line, limit, and the last point.

    Args:
        is_over: whether the last point is within the limit again.
    """
    # Heavy, and of no use to those who only import this room.
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure
    from PIL import Image, ImageColor

    size = (WIDTH / DPI, HEIGHT / DPI)
    figure = Figure(figsize=size, dpi=DPI * SHARPNESS, facecolor=palette.ground)
    canvas = FigureCanvasAgg(figure)
    axes = figure.add_axes((0.105, 0.155, 0.87, 0.80), facecolor=palette.ground)
    values = [value for _, value in series.points]
    _scale(axes, series, values)
    _dress(axes, series, palette)
    at = range(len(values))
    axes.plot(at, values, color=palette.line, linewidth=1.8, solid_capstyle="round")
    axes.fill_between(at, values, axes.get_ylim()[0], color=palette.line, alpha=0.10, linewidth=0)
    if series.limit is not None:
        _draw_limit(axes, series, palette)
    end = palette.line if is_over else palette.limit
    axes.plot(at[-1], values[-1], "o", color=end, markersize=6, clip_on=False, zorder=4,
              markeredgecolor=palette.ground, markeredgewidth=1.2)  # fmt: skip
    canvas.draw()  # type: ignore[no-untyped-call]
    picture = BytesIO()
    pixels = canvas.buffer_rgba()  # type: ignore[no-untyped-call]
    drawn = Image.frombuffer("RGBA", canvas.get_width_height(), pixels)
    small = drawn.convert("RGB").quantize(COLOURS, Image.Quantize.FASTOCTREE)
    # which is fast, and takes 254 for 255: the ground must be that of the mail
    colours = small.getpalette() or []
    ground = 3 * small.tobytes()[0]
    colours[ground : ground + 3] = ImageColor.getrgb(palette.ground)
    small.putpalette(colours)
    small.save(picture, "PNG")
    return picture.getvalue()


def describe(series: Series) -> str:
    """What the chart shows, for those who do not see it."""
    days = [day for day, _ in series.points]
    values = [value for _, value in series.points]
    limit = f" The limit is {series.limit_text}." if series.limit is not None else ""
    return (
        f"{series.name} over {len(days)} {PERIODS[series.grain]}, {_short(days[0], series.grain)} "
        f"to {_short(days[-1], series.grain)}: between {_tick(min(values), series.unit)} and "
        f"{_tick(max(values), series.unit)}, at the end {series.value}.{limit}"
    )


def _scale(axes: "Axes", series: Series, values: Sequence[float]) -> None:
    """From the lowest to the highest, limit included, with room; counts do not go below zero."""
    shown = [*values, *([] if series.limit is None else [series.limit])]
    low, high = min(shown), max(shown)
    room = (high - low) * 0.15 or abs(high) * 0.1 or 1
    axes.set_ylim(max(low - room, 0) if low >= 0 else low - room, high + room)
    axes.set_xlim(-0.3, len(values) - 0.7)


def _dress(axes: "Axes", series: Series, palette: Palette) -> None:
    from matplotlib.ticker import FuncFormatter, MaxNLocator

    for side in ("top", "right", "left"):
        axes.spines[side].set_visible(False)
    axes.spines["bottom"].set_color(palette.grid)
    axes.grid(axis="y", color=palette.grid, linewidth=0.8)
    axes.set_axisbelow(True)
    axes.tick_params(length=0, labelsize=SMALL, labelcolor=palette.text, pad=5)
    axes.yaxis.set_major_locator(MaxNLocator(nbins=4, steps=[1, 2, 2.5, 5, 10]))
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: _tick(value, series.unit)))
    last = len(series.points) - 1
    marks = sorted({last * step // 4 for step in range(5)})
    axes.set_xticks(marks, [_short(series.points[mark][0], series.grain) for mark in marks])
    first, *_, newest = axes.get_xticklabels()
    first.set_horizontalalignment("left")
    newest.set_horizontalalignment("right")


def _draw_limit(axes: "Axes", series: Series, palette: Palette) -> None:
    limit = series.limit or 0.0
    axes.axhline(limit, color=palette.limit, linewidth=1.2, dashes=(4, 3))
    lowest, highest = axes.get_ylim()
    has_no_room_below = limit - lowest < (highest - lowest) / 5
    is_above = limit >= series.points[0][1] or has_no_room_below
    axes.annotate(
        f"limit {series.limit_text}", (0, limit), xytext=(0, 3 if is_above else -3),
        textcoords="offset points", va="bottom" if is_above else "top", fontsize=SMALL,
        color=palette.limit, fontweight="bold",
        bbox={"facecolor": palette.ground, "alpha": 0.8, "pad": 1, "linewidth": 0},
    )  # fmt: skip


def _tick(value: float, unit: str) -> str:
    """A value as short as it can be: `2.5 %`, `12k`."""
    if unit == "share":
        return f"{_three_digits(value * 100):f} %"
    shown = _three_digits(value)
    for size, letter in ((10**9, "G"), (10**6, "M"), (10**3, "k")):
        if abs(shown) >= size:
            return f"{(shown / size).normalize():f}{letter}"
    return f"{shown:f}"


def _three_digits(value: float) -> Decimal:
    return Decimal(f"{value:.3g}").normalize()


def _short(day: str, grain: str) -> str:
    """`5 Jan`; of a month `Jan 2026`."""
    parsed = date.fromisoformat(day)
    if grain == "month":
        return f"{parsed:%b %Y}"
    return f"{parsed.day} {parsed:%b}"
