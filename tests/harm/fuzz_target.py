"""A fuzzer in a process of its own, which may hang, run out of memory, or end itself when it has found something.

``python -m tests.harm.fuzz_target HOW RECORDS SEED FOLDER`` where HOW is ``grammar`` (records spoiled by
tests.harm.mutants) or ``coverage`` (atheris: bytes that reach new code are changed further). Writes FOLDER/tally.json
and exits with 0 if all is well.
"""

import faulthandler
import os
import random
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Final

import orjson

from tests.harm.mutants import Mutants, a_place

if TYPE_CHECKING:
    from tests.harm.subject import Tally

HANGS_SECONDS: Final = 60  # by the clock, for a few hundred records: on the slowest machine it hangs
LONGEST: Final = 8_000  # bytes that libFuzzer makes of a record; longer ones come from the grammar
_ALIVE_EVERY: Final = 250
_JUDGED_EVERY: Final = 500  # one text in so many goes through the shipped model


def main(how: str, records: int, seed: int, folder: Path) -> None:
    """Run one fuzzer to its end."""
    if how == "coverage":
        _coverage(records, seed, folder)
    else:
        _grammar(records, seed, folder)


def _grammar(records: int, seed: int, folder: Path) -> None:
    from tests.harm.samples import samples, sources
    from tests.harm.subject import Subject

    subject = Subject(folder / "gapwatch.duckdb", sources(), judge_every=_JUDGED_EVERY)
    feeds = {name: Mutants(found, seed + number) for number, (name, found) in enumerate(samples().items())}
    names = list(feeds)
    for number in range(records):
        if number % _ALIVE_EVERY == 0:
            faulthandler.dump_traceback_later(HANGS_SECONDS, exit=True)
        name = names[number % len(names)]
        subject.take(name, feeds[name].next())
    faulthandler.cancel_dump_traceback_later()
    _tell(folder, subject.finish())


def _coverage(records: int, seed: int, folder: Path) -> None:
    import atheris

    with atheris.instrument_imports(include=["ingest", "nlp"]):
        import ingest.decoding  # noqa: F401  both only so that they are instrumented
        import nlp.redaction  # noqa: F401
    from tests.harm.samples import samples, sources
    from tests.harm.subject import Subject

    subject = Subject(folder / "gapwatch.duckdb", sources(), judge_every=0)
    found = samples()
    names, taken = list(found), 0

    def take(data: bytes) -> None:
        """The first byte says which source the rest comes from."""
        nonlocal taken
        name = names[data[0] % len(names)] if data else names[0]
        subject.take(name, data[1:])
        taken += 1
        if taken == records:
            _tell(folder, subject.finish())
            os._exit(0)  # libFuzzer ends a process in the same way

    corpus = folder / "corpus"
    corpus.mkdir()
    for number, name in enumerate(names):
        for at, sample in enumerate(found[name]):
            (corpus / f"{name}-{at}").write_bytes(bytes([number]) + orjson.dumps(sample))
    told = ("-verbosity=0", f"-seed={seed}", f"-max_len={LONGEST}", f"-timeout={HANGS_SECONDS}", "-rss_limit_mb=4096")
    told += (f"-artifact_prefix={folder}/", str(corpus))

    def mutated(data: bytes, longest: int, seed: int) -> bytes:
        return _mutated(atheris.Mutate, data, longest, seed)  # looked up here: Fuzz puts another one in its place

    atheris.Setup([sys.argv[0], *told], take, custom_mutator=mutated)
    atheris.Fuzz()


def _mutated(mutate: Callable[[bytes, int], bytes], data: bytes, longest: int, seed: int) -> bytes:
    """Three in four keep the JSON whole: libFuzzer changes one of its texts. The others are changed anywhere."""
    chance = random.Random(seed)
    try:
        document = orjson.loads(data[1:])
    except orjson.JSONDecodeError:
        document = None
    inside, key = a_place(chance, document) if document and isinstance(document, dict | list) else ([None], 0)
    text = inside[key]
    if not isinstance(text, str) or chance.random() < 0.25:
        return mutate(data, longest)
    inside[key] = mutate(text.encode(), LONGEST // 4).decode(errors="replace")
    return (data[:1] + orjson.dumps(document))[:longest]


def _tell(folder: Path, tally: "Tally") -> None:
    (folder / "tally.json").write_bytes(orjson.dumps(tally._asdict()))


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), Path(sys.argv[4]))
