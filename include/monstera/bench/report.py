"""What came out: as JSON, as a table on the terminal, as Markdown."""

import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from rich.table import Table

from monstera.bench.measure import Figure

HEADINGS = ("what", "measured", "yardstick", "ratio (min-max)", "to reach", "reached", "")


@dataclass(frozen=True)
class Report:
    """All figures of one run, with what they were measured on."""

    measured_on: str
    machine: dict[str, str]
    sizes: dict[str, int]
    figures: tuple[Figure, ...]

    def as_json(self) -> dict[str, Any]:
        """Everything, every round included."""
        return {
            "measured_on": self.measured_on,
            "machine": self.machine,
            "sizes": self.sizes,
            "figures": [
                {
                    "group": figure.group,
                    "what": figure.what,
                    "unit": figure.unit,
                    "ours": list(figure.ours),
                    "yardstick_name": figure.yardstick_name,
                    "yardstick": list(figure.yardstick),
                    "ratio_of": figure.ratio_of if figure.yardstick else None,
                    "values": list(figure.values),
                    "median": figure.median,
                    "reach": str(figure.reach) if figure.reach else None,
                    "reached": figure.reached,
                    "note": figure.note,
                }
                for figure in self.figures
            ],
        }

    def as_table(self) -> Table:
        """A table for the terminal."""
        table = Table(*HEADINGS, box=None, pad_edge=False)
        for figure in self.figures:
            style = "red" if figure.reached is False else None
            table.add_row(*_cells(figure), style=style)
        return table

    def as_markdown(self) -> str:
        """The machine, the sizes and the table."""
        about = {**self.machine, **{name: f"{size:,}" for name, size in self.sizes.items()}}
        lines = [f"Measured on {self.measured_on}.", ""]
        lines += [f"- {name}: {value}" for name, value in about.items()]
        lines += ["", _row(HEADINGS), _row(["---"] * len(HEADINGS))]
        lines += [_row(_cells(figure)) for figure in self.figures]
        return "\n".join(lines) + "\n"


def _cells(figure: Figure) -> list[str]:
    values = figure.values
    if figure.yardstick:
        ratio = f"{figure.median:.3g} ({min(values):.3g}-{max(values):.3g})"
        yardstick = f"{figure.yardstick_name}: {_quantity(figure.yardstick, figure.unit)}"
    else:
        ratio, yardstick = "", ""
    return [
        figure.what,
        _quantity(figure.ours, figure.unit),
        yardstick,
        ratio,
        _reach(figure),
        {None: "", True: "yes", False: "NO"}[figure.reached],
        figure.note,
    ]


def _reach(figure: Figure) -> str:
    if figure.reach is None:
        return ""
    return str(figure.reach) if figure.yardstick else f"{figure.reach} {figure.unit}"


def _quantity(values: Sequence[float], unit: str) -> str:
    median = statistics.median(values)
    if unit == "s" and median < 0.1:
        return f"{median * 1000:.3g} ms"
    if unit == "bytes":
        return f"{median / 1e6:,.1f} MB"
    return f"{median:.3g} {unit}"


def _row(cells: Sequence[str]) -> str:
    return "| " + " | ".join(cells) + " |"
