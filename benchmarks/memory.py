"""How much memory the listener takes, and whether that grows with what it has read."""

import subprocess
import sys
from collections.abc import Sequence
from itertools import combinations
from statistics import median
from typing import Any, Final

import orjson

from benchmarks import generate
from benchmarks.bench import Bench
from benchmarks.report import Measure, sparkline

PEAK_GOAL_MB: Final = 700
FLAT_MB: Final = 10  # a 100,000 texts: a leak of 100 bytes a text
LONG_ENOUGH: Final = 200_000  # in fewer texts, caches that fill up to their bounds look like a leak
_TITLES: Final = {"real": "with the model", "costless": "without a model"}

Sample = dict[str, Any]


def memory(bench: Bench, *, full: bool) -> list[Measure]:
    """One process that reads with the model and then goes on without one; ``full``: all with the model."""
    long = bench.sizes.memory_costless
    plan = [("real", long)] if full else [("real", bench.sizes.memory), ("costless", long)]
    samples = _samples(bench, plan)
    highest = max(sample["highest"] for sample in samples)
    read = " then ".join(f"{number:,} {_TITLES[phase]}" for phase, number in plan)
    peak = Measure("memory, highest", f"{highest:,.0f} MB over {read}", f"< {PEAK_GOAL_MB} MB", highest < PEAK_GOAL_MB)
    return [peak, *(_growth([one for one in samples if one["phase"] == phase], phase) for phase, _ in plan)]


def _samples(bench: Bench, plan: Sequence[tuple[str, int]]) -> list[Sample]:
    arguments: list[str] = []
    for phase, number in plan:
        path = bench.folder / f"memory-{phase}.jsonl"
        with path.open("wb") as file:
            file.writelines(record + b"\n" for record in generate.verbatims(number, seed=2))
        arguments += [phase, str(path), str(number)]
    command = [sys.executable, "-m", "benchmarks.rss", str(bench.threads), str(bench.folder / "memory"), *arguments]
    task = bench.progress.add_task("memory", total=sum(number for _, number in plan))
    samples: list[Sample] = []
    with subprocess.Popen(command, stdout=subprocess.PIPE) as child:
        assert child.stdout is not None
        for line in child.stdout:
            samples.append(orjson.loads(line))
            done = samples[-1]["records"] + sum(number for phase, number in plan if _before(plan, phase, samples[-1]))
            bench.progress.update(task, completed=done)
    if child.returncode:
        raise RuntimeError(f"the measured process ended with {child.returncode}")
    return samples


def _before(plan: Sequence[tuple[str, int]], phase: str, sample: Sample) -> bool:
    names = [name for name, _ in plan]
    return names.index(phase) < names.index(sample["phase"])


def _growth(samples: Sequence[Sample], phase: str) -> Measure:
    """Growth is the slope of the second half: in the first, caches fill up to their bounds."""
    total = samples[-1]["records"]
    late = [sample for sample in samples if sample["records"] > total / 2]
    slope = _steady_slope([(one["records"] / 1e5, one["now"]) for one in late])
    levels = [one["now"] for one in samples]
    long_enough = total >= LONG_ENOUGH
    growth = f"{slope:+.1f} MB per 100,000" if long_enough else "too few for a slope"
    value = f"{sparkline(levels)} {levels[0]:,.0f} to {levels[-1]:,.0f} MB, {growth}"
    return Measure(
        f"memory, growth {_TITLES[phase]}, {total:,} texts",
        value,
        f"<= {FLAT_MB} MB per 100,000" if long_enough else "",
        slope <= FLAT_MB if long_enough else None,
        {"slope_mb_per_100000": slope, "samples": [(one["records"], round(one["now"], 1)) for one in samples]},
    )


def _steady_slope(points: Sequence[tuple[float, float]]) -> float:
    """The median of the slopes between all pairs of points (Theil 1950, Sen 1968): the store takes more for a moment
    at each checkpoint, which tilts a line of least squares and is no growth. What it takes then is in the highest."""
    return median((y2 - y1) / (x2 - x1) for (x1, y1), (x2, y2) in combinations(points, 2))
