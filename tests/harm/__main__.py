"""``python -m tests.harm``: do all the harm, print one table, write out/chaos.json; exit 1 if anything did not hold."""

import random
import shutil
import signal
import sys
import tempfile
import traceback
from collections.abc import Callable, Sequence
from enum import StrEnum
from pathlib import Path
from types import FrameType
from typing import Annotated, Final, NamedTuple

import typer
from rich.console import Console
from rich.progress import MofNCompleteColumn, Progress, SpinnerColumn, TimeElapsedColumn

from tests.harm import disk, drawing, freezing, fuzzing, killing, network
from tests.harm.fault import Fault
from tests.harm.report import Failure, show, unharmed, write_json
from tests.harm.result import Harm
from tests.harm.soaking import Sample, growing, soak
from tests.kafka.broker import Broker

OUT: Final = Path("out")
_PLAIN_WIDTH: Final = 140  # characters, where there is no terminal to ask


class Name(StrEnum):
    """The kinds of harm, in the order they are done in."""

    KILLING = "killing"
    FREEZING = "freezing"
    FUZZING = "fuzzing"
    NETWORK = "network"
    DISK = "disk"
    SOAK = "soak"


class _Kind(NamedTuple):
    """Its faults, and how often each is done: in ``--quick`` and in the long form."""

    faults: Sequence[Fault]
    quick: int
    long: int


_KINDS: Final = {
    Name.KILLING: _Kind(killing.FAULTS, 10, 100),
    Name.FREEZING: _Kind(freezing.FAULTS, 2, 20),
    Name.FUZZING: _Kind(fuzzing.FAULTS, 20_000, 1_000_000),
    Name.NETWORK: _Kind(network.FAULTS, 1, 10),
    Name.DISK: _Kind(disk.FAULTS, 1, 5),
}
_SOAK_MINUTES: Final = (2.0, 60.0)  # quick, long


class _Chaos:
    """What was done so far; written after each fault, so that a run cut short leaves what it found."""

    def __init__(self, folder: Path, out: Path, progress: Progress, setting: dict[str, object]) -> None:
        self.harms: list[Harm] = []
        self.failures: list[Failure] = []
        self.series: list[Sample] = []
        self._folder, self._out, self._progress, self._setting = folder, out, progress, setting

    def do(self, name: str, fault: Callable[[Path], list[Harm]]) -> None:
        """One fault in a folder of its own, which is removed afterwards: stores of a million records are large."""
        folder = self._folder / name
        folder.mkdir()
        task = self._progress.add_task(name, total=1)
        try:
            self.harms += fault(folder)
        except Exception as error:
            self._progress.console.print(traceback.format_exc(), markup=False, highlight=False)
            self.failures.append(Failure(name, str(error).partition("\n")[0][:300] or type(error).__name__))
        finally:
            self._progress.advance(task)
            shutil.rmtree(folder, ignore_errors=True)
            series = [sample._asdict() for sample in self.series]
            write_json(self.harms, self.failures, self._out / "chaos.json", **self._setting, soak=series)

    def soak(self, minutes: float, folder: Path) -> list[Harm]:
        """Steady load; a listener that grows is a failure, once its series has been kept."""
        task = self._progress.add_task("steady load: seconds", total=round(minutes * 60))

        def note(sample: Sample) -> None:
            self.series.append(sample)
            self._progress.update(task, completed=round(sample.seconds))

        with Broker() as broker:
            seed = random.randrange(10_000)
            harm, series = soak(broker.bootstrap_servers, folder, minutes=minutes, seed=seed, on_sample=note)
        grown = growing(series)
        if grown:
            self.failures.append(Failure(harm.fault, "; ".join(grown)))
        return [harm]


def main(
    quick: Annotated[bool, typer.Option("--quick", help="Minutes instead of hours.")] = False,
    only: Annotated[list[Name] | None, typer.Option(help="Do this kind; may be given again.")] = None,
    times: Annotated[int | None, typer.Option(min=1, help="How often each fault is done; mutated records.")] = None,
    minutes: Annotated[float | None, typer.Option(min=0.2, help="How long the steady load lasts.")] = None,
    seed: Annotated[int | None, typer.Option(help="The same seed makes the same choices.")] = None,
    out: Annotated[Path, typer.Option(metavar="FOLDER", help="Where the JSON and the picture go.")] = OUT,
) -> None:
    """Do harm to real listeners, brokers and files, and count every record."""
    signal.signal(signal.SIGTERM, _end)  # so that what was started is stopped, as on Ctrl-C
    seed = random.randrange(10_000) if seed is None else seed
    random.seed(seed)
    chosen = only or list(Name)
    with tempfile.TemporaryDirectory(prefix="gapwatch-chaos-") as folder, _progress() as progress:
        chaos = _Chaos(Path(folder), out, progress, {"quick": quick, "seed": seed})
        for name in chosen:
            if name is Name.SOAK:
                lasts = minutes or _SOAK_MINUTES[not quick]
                chaos.do(name.value, lambda place, lasts=lasts: chaos.soak(lasts, place))
                continue
            kind = _KINDS[name]
            often = times or (kind.quick if quick else kind.long)
            for number, fault in enumerate(kind.faults, 1):
                chaos.do(f"{name.value} {number}", lambda place, fault=fault, often=often: fault(place, often))
    console = Console(width=None if sys.stdout.isatty() else _PLAIN_WIDTH)
    if chaos.series:
        drawing.show(chaos.series, console)
        drawing.draw(chaos.series, out / "soak.svg")
        console.print(f"the picture: {out / 'soak.svg'}")
    show(chaos.harms, chaos.failures, console)
    console.print(f"all of it: {out / 'chaos.json'}; seed {seed}")
    raise typer.Exit(0 if unharmed(chaos.harms, chaos.failures) else 1)


def _end(number: int, frame: FrameType | None) -> None:
    raise SystemExit(128 + number)


def _progress() -> Progress:
    columns = (SpinnerColumn(), "{task.description}", MofNCompleteColumn(), TimeElapsedColumn())
    return Progress(*columns, console=Console(stderr=True))


if __name__ == "__main__":
    typer.run(main)
