"""The series of a soak as a table and as a picture."""

from collections.abc import Sequence
from pathlib import Path
from typing import Final

from matplotlib.figure import Figure
from rich.console import Console
from rich.table import Table

from tests.harm.soaking import Sample, judged

_ROWS: Final = 30
_PANELS: Final = (("memory", "memory, MB"), ("handles", "file handles"), ("threads", "threads"))


def show(series: Sequence[Sample], console: Console) -> None:
    """Print the series, thinned to what can be read."""
    table = Table("minute", "memory MB", "file handles", "threads", "records stored", title="steady load")
    for one in series[:: max(1, len(series) // _ROWS)]:
        row = (f"{one.seconds / 60:.1f}", f"{one.memory:.1f}", str(one.handles), str(one.threads), f"{one.records:,}")
        table.add_row(*row)
    console.print(table)


def draw(series: Sequence[Sample], path: Path) -> None:
    """Write a picture, SVG or PNG by the name of the file. The shaded part is the one judged."""
    minutes = [one.seconds / 60 for one in series]
    half = judged(series)
    figure = Figure(figsize=(8, 7), layout="constrained")
    for axes, (name, label) in zip(figure.subplots(len(_PANELS), sharex=True), _PANELS, strict=True):
        values = [getattr(one, name) for one in series]
        axes.plot(minutes, values, color="#0b6e6e")
        if half:
            axes.axvspan(half[0].seconds / 60, half[-1].seconds / 60, color="#0b6e6e", alpha=0.08)
        axes.set_ylim(0, max(values) * 1.15)
        axes.set_ylabel(label)
        axes.grid(alpha=0.3)
    axes.set_xlabel("minutes of steady load")
    path.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(path)
