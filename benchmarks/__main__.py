"""``python -m benchmarks``: run the benchmarks, print a table, write out/bench.json."""

import os
import tempfile
from collections.abc import Callable
from enum import StrEnum
from functools import partial
from pathlib import Path
from typing import Annotated, Final

import typer
from rich.console import Console
from rich.progress import MofNCompleteColumn, Progress, SpinnerColumn, TimeElapsedColumn

from benchmarks.bench import Bench, Sizes
from benchmarks.console import console
from benchmarks.judging import judging
from benchmarks.memory import memory
from benchmarks.report import Measure, show, write_json
from benchmarks.speed import costless, throughput
from benchmarks.start import start
from benchmarks.torch_speed import torch_fp32
from gapwatch.logs import set_up_logs
from nlp.config import MiniLMSettings

OUT: Final = Path("out/bench.json")


class Name(StrEnum):
    """The benchmarks, in the order they run in."""

    START = "start"
    COSTLESS = "costless"
    JUDGING = "judging"
    THROUGHPUT = "throughput"
    TORCH = "torch"
    MEMORY = "memory"
    CONSOLE = "console"


def main(
    quick: Annotated[bool, typer.Option("--quick", help="A tenth of everything.")] = False,
    full: Annotated[bool, typer.Option("--full", help="Memory: 200,000 texts with the model, not 20,000.")] = False,
    only: Annotated[list[Name] | None, typer.Option(help="Run this one; may be given again.")] = None,
    threads: Annotated[int, typer.Option(min=1, max=64, help="Threads of the encoder.")] = MiniLMSettings().threads,
    out: Annotated[Path, typer.Option(metavar="FILE", help="Where the JSON goes.")] = OUT,
) -> None:
    """Measure speed, memory and start. Ends with 0 whether or not the goals are met: the table says so."""
    set_up_logs(quiet=True)
    sizes = Sizes().tenth() if quick else Sizes()
    runs: dict[Name, Callable[[Bench], list[Measure]]] = {
        Name.START: start,
        Name.COSTLESS: costless,
        Name.JUDGING: judging,
        Name.THROUGHPUT: throughput,
        Name.TORCH: torch_fp32,
        Name.MEMORY: partial(memory, full=full),
        Name.CONSOLE: console,
    }
    measures: list[Measure] = []
    with tempfile.TemporaryDirectory(prefix="gapwatch-bench-") as folder, _progress() as progress:
        with Bench(sizes=sizes, threads=threads, folder=Path(folder), progress=progress) as bench:
            for name in only or list(runs):
                measures += runs[name](bench)
    terminal = Console()
    show(measures, terminal)
    terminal.print(
        f"{os.cpu_count()} cores, encoder on {threads} threads; what else the machine does changes the rates"
    )
    write_json(measures, out, quick=quick, full=full, threads=threads)
    terminal.print(f"all slices and samples: {out}")


def _progress() -> Progress:
    columns = (SpinnerColumn(), "{task.description}", MofNCompleteColumn(), TimeElapsedColumn())
    return Progress(*columns, console=Console(stderr=True))


if __name__ == "__main__":
    typer.run(main)
