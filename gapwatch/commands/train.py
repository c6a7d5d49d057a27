"""`gapwatch train`: make the judge from the corpus and the published weights of its encoder."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table

from nlp.model_files import find_model
from voc.errors import ConfigError

if TYPE_CHECKING:
    from nlp.training import fit

STEPS: Final = 1000

EPILOG: Final = """Examples:

gapwatch train --out model

gapwatch train --out trial --steps 100

Exits with 0 if the model was written, 1 on a fault, 2 on what the caller must mend: the `train` extra is not
installed, or a wrong argument."""


def train(
    out: Annotated[Path, typer.Option("--out", "-o", metavar="FOLDER", help="Where to write the model.")],
    steps: Annotated[
        int, typer.Option(min=1, help="Batches to learn from; the shipped model's number by default.")
    ] = STEPS,
    seed: Annotated[int, typer.Option(help="Draws batches and starts the heads; the same seed, the same model.")] = 0,
    threads: Annotated[int, typer.Option(min=1, max=64, help="Threads of torch; another number, another model.")] = 2,
    share: Annotated[float, typer.Option(min=0.01, max=1, help="Share of the brands to learn from.")] = 1.0,
) -> None:
    """Train the judge on the corpus, write a model folder, and print its figures on brands that were kept apart.

    Needs the `train` extra. About 40 minutes on two cores; `--steps 100` shows within minutes whether all is well.
    """
    need_torch("train")
    try:
        out.mkdir(parents=True, exist_ok=True)  # before an hour's work, not after
    except OSError as error:
        raise ConfigError(f"can't be written: {error.strerror}", key="--out", value=str(out)) from error
    from nlp.training.fit import Schedule
    from nlp.training.train import train as make

    console = Console(stderr=True)
    with steps_bar(console, "training", steps) as report:
        reached = make(out, Schedule(steps=steps, seed=seed), threads=threads, share=share, report=report)
    table = Table("on brands kept apart", "")
    for name, value in reached.items():
        table.add_row(name, f"{value:.3f}" if name != "pairs" else f"{value:.0f}")
    Console().print(table)
    typer.echo(f"{out}  version {find_model(out).version}")


def need_torch(command: str) -> None:
    """Raise ConfigError where the `train` extra is not installed."""
    missing = [name for name in ("torch", "onnx", "safetensors") if find_spec(name) is None]
    if missing:
        install = "pip install -c constraints.txt -e '.[train]'"
        raise ConfigError(f"needs {', '.join(missing)}: {install}", key=f"gapwatch {command}")


@contextmanager
def steps_bar(console: Console, what: str, total: int) -> "Iterator[Callable[[fit.Progress], None]]":
    """A progress bar over training steps that shows the losses; off a terminal, a line of them now and then."""
    columns = (
        TextColumn(what),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
        TextColumn("{task.fields[losses]}"),
    )
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as bar:
        task = bar.add_task(what, total=total, losses="")

        def report(progress: "fit.Progress") -> None:
            losses = " ".join(f"{name} {value:.3f}" for name, value in progress.losses.items())
            bar.update(task, completed=progress.step, losses=losses)
            if not console.is_terminal:
                console.print(f"step {progress.step}, {progress.seconds:.0f} s: {losses}", soft_wrap=True)

        yield report
