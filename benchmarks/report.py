"""What was measured, beside its goal: a table for people, one JSON file for programs."""

import os
import platform
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import orjson
from rich.console import Console
from rich.table import Table
from rich.text import Text

_BARS: Final = "▁▂▃▄▅▆▇█"


@dataclass(frozen=True, slots=True)
class Measure:
    """One line of the report. ``met`` is None where there is no goal, or where it could not be measured."""

    name: str
    value: str
    goal: str = ""
    met: bool | None = None
    details: dict[str, Any] = field(default_factory=dict)

    @property
    def outcome(self) -> str:
        """As the table shows it."""
        if not self.goal:
            return ""
        return {True: "met", False: "NOT MET", None: "not measured"}[self.met]


def show(measures: Sequence[Measure], console: Console) -> None:
    """Print the table."""
    table = Table(title="gapwatch benchmarks", title_justify="left")
    table.add_column("measured")
    table.add_column("value", overflow="fold")
    table.add_column("goal")
    table.add_column("")
    styles = {"met": "green", "NOT MET": "bold red", "not measured": "yellow", "": ""}
    for one in measures:
        table.add_row(one.name, one.value, one.goal, Text(one.outcome, style=styles[one.outcome]))
    console.print(table)


def write_json(measures: Sequence[Measure], path: Path, **setting: object) -> None:
    """Write everything measured, the single slices and samples too, with the machine it was measured on."""
    path.parent.mkdir(parents=True, exist_ok=True)
    content = {
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
        "machine": {"processor": _processor(), "cores": os.cpu_count(), "python": platform.python_version()},
        "load_average": os.getloadavg(),
        **setting,
        "measures": [{**asdict(one), "outcome": one.outcome} for one in measures],
    }
    path.write_bytes(orjson.dumps(content, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE))


def sparkline(values: Sequence[float], width: int = 40) -> str:
    """Values as a row of bars from 0 to the largest, thinned to ``width``."""
    step = max(1, -(-len(values) // width))
    shown = [max(values[i : i + step]) for i in range(0, len(values), step)]
    top = max(shown, default=0) or 1
    return "".join(_BARS[min(len(_BARS) - 1, int(value / top * len(_BARS)))] for value in shown)


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return platform.processor()
    return next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), platform.machine())
