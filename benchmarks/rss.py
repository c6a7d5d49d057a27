"""The memory benchmark's child: runs the listener in a process of its own and tells its memory after each batch.

``python -m benchmarks.rss THREADS FOLDER PHASE FILE NUMBER [PHASE FILE NUMBER …]`` where a phase is ``real`` (the
shipped judge) or ``costless``. Prints a JSON object a batch: phase, records stored so far, resident and peak MB.
"""

import sys
from functools import partial
from pathlib import Path

import orjson

from benchmarks.listener import CostlessJudge, jsonl_source, open_store, time_to_store
from gapwatch.logs import set_up_logs
from nlp.config import MiniLMSettings
from nlp.promise_judge import PromiseJudge
from voc.ports import Judge


def resident_mb() -> tuple[float, float]:
    """Resident memory of this process now and at its highest, in MB (10^6 bytes), as Linux counts it.

    Not by getrusage: what it calls the highest includes the parent's before this program was started.
    """
    lines = Path("/proc/self/status").read_text(encoding="ascii", errors="replace").splitlines()
    sizes = {name: rest for name, _, rest in (line.partition(":") for line in lines)}
    now, highest = (int(sizes[name].split()[0]) * 1024 / 1e6 for name in ("VmRSS", "VmHWM"))
    return now, highest


def main(threads: int, folder: Path, phases: list[tuple[str, Path, int]]) -> None:
    """Run each phase on one store; the encoder stays loaded throughout."""
    set_up_logs(quiet=True)
    judges: dict[str, Judge] = {"real": PromiseJudge(MiniLMSettings(threads=threads)), "costless": CostlessJudge()}
    with open_store(folder) as store:
        for phase, file, number in phases:
            told = partial(_tell, phase)
            time_to_store(jsonl_source(file), number, judge=judges[phase], store=store, on_stored=told)


def _tell(phase: str, records: int) -> None:
    now, highest = resident_mb()
    sys.stdout.buffer.write(orjson.dumps({"phase": phase, "records": records, "now": now, "highest": highest}) + b"\n")
    sys.stdout.buffer.flush()


if __name__ == "__main__":
    given = sys.argv[3:]
    plan = [(given[i], Path(given[i + 1]), int(given[i + 2])) for i in range(0, len(given), 3)]
    main(int(sys.argv[1]), Path(sys.argv[2]), plan)
