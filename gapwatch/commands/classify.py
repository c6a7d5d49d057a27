"""`gapwatch classify`: judge a file of verbatims, without Kafka or a store."""

import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any, BinaryIO, Final

import orjson
import typer
from rich.console import Console
from rich.progress import Progress

from gapwatch import wiring
from gapwatch.logs import set_up_logs
from gapwatch.settings import ListenerSettings, load_settings
from ingest.config import STDIN, JsonlSource
from ingest.decoding import Decoder
from ingest.jsonl import read_records
from nlp.config import MiniLMSettings
from nlp.cutting import cut
from nlp.redaction import Redacted, redact
from promises.book import PromiseBook
from voc.errors import ConfigError, FatalError, RecordError
from voc.ports import Judge
from voc.records import Position, Record, Verbatim, VerbatimKind
from voc.verdicts import GapSignal, Judgement

_BATCH: Final = 512


def classify(
    texts: Annotated[Path, typer.Argument(metavar="IN.jsonl", help="Verbatims, one JSON object a line; - is stdin.")],
    catalogue: Annotated[list[Path], typer.Option("--catalogue", "-c", metavar="FILE", help="Promises to judge by.")],
    out: Annotated[Path, typer.Option("--out", "-o", metavar="FILE", help="Where to write; - is stdout.")] = Path("-"),
    config: Annotated[
        Path | None, typer.Option("--config", metavar="FILE", help="Settings whose model and longest text to use.")
    ] = None,
    threads: Annotated[int, typer.Option(min=1, max=64, help="Threads of the shipped model.")] = 2,
) -> None:
    """Judge each line of a file; writes one JSON object a line, in the same order.

    With a single catalogue every text is held against it, whatever brand the text names. A line that can't be
    used comes out as {"id": null, "line": N, "error": "…"}; the count of them is told on standard error.
    """
    set_up_logs(quiet=True)
    _check_files(texts, out)
    book = wiring.build_book(catalogue, any_brand=len(catalogue) == 1)
    settings = load_settings(config) if config else None
    model = settings.model if settings else MiniLMSettings(threads=threads)
    limits = settings.listener if settings else ListenerSettings()
    source = JsonlSource.model_validate({"path": str(texts), "holds": VerbatimKind.REVIEW})
    lines_total = _count_lines(texts)
    console = Console(stderr=True)
    judge = wiring.build_judge(model)
    with _writing(out) as target, Progress(console=console, transient=True) as progress:
        task = progress.add_task("judging", total=lines_total)
        classifier = _Classifier(judge, book, source, most_characters=limits.most_characters)
        faulty = total = 0
        for batch in _batches(read_records(source)):
            for answer in classifier.answers(batch):
                faulty += "error" in answer
                target.write(orjson.dumps(answer) + b"\n")
            total += len(batch)
            progress.update(task, completed=total)
    console.print(f"{total} lines judged by {judge.info.name} {judge.info.version}, {faulty} of them could not be used")


def _check_files(texts: Path, out: Path) -> None:
    """Before anything is written: writing begins with emptying the file."""
    if str(texts) == STDIN:
        return
    try:
        texts.open("rb").close()
    except OSError as error:
        raise ConfigError(f"can't be read: {error.strerror}", file=str(texts)) from error
    if out.exists() and out.samefile(texts):
        raise ConfigError("is the file that is read", key="--out", value=str(out), allowed="another file")


def _batches(records: Iterable[Record]) -> Iterator[list[Record]]:
    """Records by the batch; what was read before a fault comes before it."""
    batch: list[Record] = []
    try:
        for record in records:
            batch.append(record)
            if len(batch) == _BATCH:
                yield batch
                batch = []
    except FatalError:
        yield batch
        raise
    yield batch


class _Classifier:
    """Turns lines into answers."""

    def __init__(self, judge: Judge, book: PromiseBook, source: JsonlSource, *, most_characters: int) -> None:
        self._judge = judge
        self._most_characters = most_characters
        self._book = book
        self._decoder = Decoder(source)

    def answers(self, lines: Sequence[Record]) -> list[dict[str, Any]]:
        """One answer a line, in order."""
        decoded = [self._decode(line) for line in lines]
        good = [row for row in decoded if isinstance(row, tuple)]
        verbatims = [verbatim for verbatim, _ in good]
        judgements = self._judge.judge(verbatims, [self._book.in_force(verbatim) for verbatim in verbatims])
        judged = iter(zip(good, judgements, strict=True))
        return [row if isinstance(row, dict) else _answer(*next(judged)) for row in decoded]

    def _decode(self, line: Record) -> tuple[Verbatim, Redacted] | dict[str, Any]:
        number = line.position.offset
        # a text without an id is named by its line, wherever the file lies
        record = replace(line, position=Position("file", "file", 0, number))
        try:
            verbatim = self._decoder.decode(record)
        except RecordError as error:
            return {"id": None, "line": number + 1, "error": str(error)}
        found = cut(redact(verbatim.text), self._most_characters)
        return verbatim._replace(text=found.text, cut_from=len(verbatim.text) if found.is_cut else None), found


def _answer(row: tuple[Verbatim, Redacted], judgement: Judgement) -> dict[str, Any]:
    verbatim, found = row
    return {
        "id": verbatim.id,
        "language": judgement.language,
        "judged": judgement.judged,
        "disconfirmation": judgement.disconfirmation,
        "severity": judgement.severity,
        "gravity": judgement.gravity,
        "signals": [_signal(signal, found) for signal in judgement.signals],
        "redactions": [{"start": r.start, "end": r.end, "kind": r.kind} for r in found.redactions],
        "cut_from": verbatim.cut_from,
    }


def _signal(signal: GapSignal, found: Redacted) -> dict[str, Any]:
    start = found.original(signal.start)
    return {
        "promise_id": signal.promise.id,
        "verdict": signal.verdict,
        "confidence": signal.confidence,
        "start": start,
        "end": max(start + 1, found.original(signal.end)),
        "journey_step": signal.journey_step,
        "touchpoint": signal.touchpoint,
        "symptom": signal.symptom,
        "promised": signal.promised,
        "experienced": signal.experienced,
    }


def _writing(path: Path) -> AbstractContextManager[BinaryIO]:
    if str(path) == STDIN:
        return nullcontext(sys.stdout.buffer)
    try:
        return path.open("wb")
    except OSError as error:
        raise ConfigError(f"can't be written: {error.strerror}", file=str(path)) from error


def _count_lines(path: Path) -> int | None:
    """For the progress bar; unknown for standard input and packed files."""
    if str(path) == STDIN or path.suffix == ".gz" or not path.is_file():
        return None
    with path.open("rb") as file:
        return sum(1 for _ in file)
