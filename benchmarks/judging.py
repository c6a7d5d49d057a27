"""The judge beside its bare encoder, with 12 and with 100 promises in force, and how long one text takes."""

import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from statistics import median, quantiles
from typing import Final

from benchmarks.bench import Bench
from benchmarks.generate import text_of
from benchmarks.report import Measure
from benchmarks.speed import encoder_seconds
from nlp.training.corpus import read_corpus
from voc.promises import Promise
from voc.records import Position, Verbatim, VerbatimKind

# Promises in force, and the share of the bare encoder's rate that judging against them should keep.
GOALS: Final = {12: 0.85, 100: 0.70}
ONE_TEXT_GOAL: Final = 0.008
_SLICES: Final = 8
_ALONE: Final = 200
_DAY: Final = datetime(2026, 3, 1, tzinfo=UTC)


def judging(bench: Bench) -> list[Measure]:
    """The same texts through the encoder alone and through the judge, in turns on slices."""
    texts = [text_of(record) for record in bench.records(bench.sizes.judging)]
    slices = [texts[i::_SLICES] for i in range(_SLICES)]
    promises = {number: _promises(number) for number in GOALS}
    contenders: dict[str, Callable[[Sequence[str]], float]] = {
        "encoder": lambda part: encoder_seconds(bench.encoder, part),
        **{f"{number}": lambda part, number=number: _seconds(bench, part, promises[number]) for number in GOALS},  # type: ignore[misc]
    }
    for run in contenders.values():
        run(texts[:64])
    rates: dict[str, list[float]] = {name: [] for name in contenders}
    task = bench.progress.add_task("judge and bare encoder", total=len(texts) * len(contenders))
    for part in slices:
        for name, run in contenders.items():
            rates[name].append(len(part) / run(part))
            bench.progress.advance(task, len(part))
    measures = [_share(number, goal, rates) for number, goal in GOALS.items()]
    return [*measures, _one_text(bench, texts[:_ALONE], promises[12])]


def _share(number: int, goal: float, rates: dict[str, list[float]]) -> Measure:
    own = rates[f"{number}"]
    share = median(mine / bare for mine, bare in zip(own, rates["encoder"], strict=True))
    value = f"{median(own):,.0f} texts/s, {share:.0%} of the bare encoder"
    return Measure(f"judge, {number} promises", value, f">= {goal:.0%}", share >= goal, {"rates": rates})


def _one_text(bench: Bench, texts: Sequence[str], promises: Sequence[Promise]) -> Measure:
    seconds = [_seconds(bench, [text], promises) for text in texts]
    middle, slow = median(seconds), quantiles(seconds, n=20)[-1]
    value = f"{middle * 1000:.1f} ms (median of {len(texts)}; one in twenty takes {slow * 1000:.1f} ms or more)"
    goal = f"< {ONE_TEXT_GOAL * 1000:.0f} ms"
    return Measure("judge, one text at a time", value, goal, middle < ONE_TEXT_GOAL, {"seconds": seconds})


def _seconds(bench: Bench, texts: Sequence[str], promises: Sequence[Promise]) -> float:
    verbatims = [
        Verbatim(Position("bench", "bench", 0, i), f"{i}", VerbatimKind.REVIEW, "bench", text, _DAY)
        for i, text in enumerate(texts)
    ]
    started = time.perf_counter()
    bench.judge.judge(verbatims, [promises] * len(verbatims))
    return time.perf_counter() - started


def _promises(number: int) -> list[Promise]:
    """Statements of the training corpus as one brand's catalogue, each with a name and no examples."""
    named = [(name, own) for brand in read_corpus().brands for name, own in brand.phrasings.items()]
    step = len(named) // number
    chosen = named[: step * number : step]
    return [Promise(brand="bench", id=f"{i}-{name}", statement=own[0]) for i, (name, own) in enumerate(chosen)]
