"""What all the harm did: one table for people, one JSON file for programs."""

import os
import platform
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

import orjson
from rich.console import Console
from rich.table import Table

from tests.harm.result import Harm


@dataclass(frozen=True, slots=True)
class Failure:
    """A fault after which something did not hold, so that nothing could be counted."""

    fault: str
    problem: str


def show(harms: Sequence[Harm], failures: Sequence[Failure], console: Console) -> None:
    """Print the table."""
    table = Table(title="gapwatch chaos", title_justify="left")
    table.add_column("fault")
    for number in ("times", "lost", "duplicated", "seconds to recover"):
        table.add_column(number, justify="right")
    table.add_column("note", overflow="fold")
    for harm in harms:
        recovered = "" if harm.seconds_to_recover is None else f"{harm.seconds_to_recover:.1f}"
        counts = (f"{harm.times:,}", str(harm.lost), str(harm.duplicated), recovered)
        table.add_row(harm.fault, *counts, harm.note, style="bold red" if harm.lost or harm.duplicated else None)
    for failure in failures:
        table.add_row(failure.fault, "", "", "", f"FAILED: {failure.problem}", style="bold red")
    console.print(table)


def write_json(harms: Sequence[Harm], failures: Sequence[Failure], path: Path, **more: object) -> None:
    """Write all of it, with the machine that it was done on."""
    content = {
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
        "machine": {"system": platform.platform(), "cores": os.cpu_count(), "python": platform.python_version()},
        **more,
        "harms": [asdict(harm) for harm in harms],
        "failures": [asdict(failure) for failure in failures],
    }
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(orjson.dumps(content, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE))


def unharmed(harms: Sequence[Harm], failures: Sequence[Failure]) -> bool:
    """Whether nothing was lost, nothing was there twice, and everything else held as well."""
    return not failures and not any(harm.lost or harm.duplicated for harm in harms)
