"""Rebuilds and divides themes in a process of its own: scikit-learn takes 140 MB and holds the interpreter for seconds,
which a listener can't spare.

Question and answer are pickled; both ends are this file.
"""

import os
import pickle
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from threading import Thread
from typing import Final, TypeVar

from nlp.themes import KnownTheme, Rebuilt, Recent, parts_of
from nlp.themes import rebuild as rebuild_here
from voc.errors import TransientError
from voc.themes import Embedded, Part

_LONGEST_SECONDS: Final = 120.0
_LOOK_SECONDS: Final = 0.2
_NICENESS: Final = 10  # the listener goes first

Answer = TypeVar("Answer")


def rebuild(
    recent: Recent,
    known: Sequence[KnownTheme],
    *,
    least: int,
    left_out: Sequence[str] = (),
    stopped: Callable[[], bool] = lambda: False,
) -> Rebuilt:
    """``nlp.themes.rebuild`` in a process of its own; it is ended when ``stopped`` says so.

    Raises TransientError where it was stopped, took too long, or died.
    """
    return _asked(rebuild_here, (recent, known), {"least": least, "left_out": left_out}, stopped)


def divide(verbatims: Sequence[Embedded], parts: int) -> list[Part]:
    """``voc.themes.Divide`` in a process of its own. Raises TransientError where that dies or takes too long."""
    texts, embeddings = [one.text for one in verbatims], [one.embedding for one in verbatims]
    found = _asked(parts_of, (texts, embeddings, parts), {}, lambda: False)
    return [
        Part(
            shape.naming.name,
            shape.naming.phrases,
            shape.centroid,
            [int(number) for number in numbers],
            [float(cosine) for cosine in cosines],
            shape.nearest,
        )
        for numbers, cosines, shape in found
    ]


def _asked(
    question: Callable[..., Answer],
    arguments: tuple[object, ...],
    options: dict[str, object],
    stopped: Callable[[], bool],
) -> Answer:
    pickled = pickle.dumps((question, arguments, options))
    process = subprocess.Popen(
        (sys.executable, "-P", "-m", "nlp.theme_process"),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env={**os.environ, **_ONE_THREAD, "PYTHONPATH": os.pathsep.join(entry for entry in sys.path if entry)},
        start_new_session=True,  # Ctrl-C is the parent's to handle
    )
    answers: list[bytes] = []
    # a thread of its own: communicate can't be asked again for what it did not give in time
    asking = Thread(target=lambda: answers.append(process.communicate(pickled)[0]), daemon=True)
    asking.start()
    try:
        _wait_for(asking, stopped)
    finally:
        process.kill()
        process.wait()
        asking.join()
    answer = answers[0] if answers and process.returncode == 0 else b""
    if not answer:
        raise TransientError("themes: the process that finds them ended before it was done")
    result: Answer = pickle.loads(answer)
    return result


def _wait_for(asking: Thread, stopped: Callable[[], bool]) -> None:
    end = time.monotonic() + _LONGEST_SECONDS
    while asking.is_alive():
        if stopped() or time.monotonic() > end:
            raise TransientError("themes: the process that finds them was stopped, or took too long")
        asking.join(_LOOK_SECONDS)


_ONE_THREAD: Final = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")


def main() -> None:
    """Answer one question."""
    with suppress(OSError):
        os.nice(_NICENESS)
    with suppress(OSError):  # where memory runs out, this process goes, not the listener
        with open("/proc/self/oom_score_adj", "w") as file:
            file.write("1000")
    question, arguments, options = pickle.loads(sys.stdin.buffer.read())
    sys.stdout.buffer.write(pickle.dumps(question(*arguments, **options)))


if __name__ == "__main__":
    main()
