"""Judges identical texts once: the same words held against the same promises get the judgement given before."""

from collections import OrderedDict
from collections.abc import Callable, Sequence
from hashlib import blake2b
from typing import Final

from voc.ports import Judge
from voc.promises import Promise
from voc.records import Verbatim
from voc.verdicts import Judgement, ModelInfo

_LONG: Final = 1_000  # characters from which on a text's digest is kept in its place
_DIGEST_BYTES: Final = 16  # two of a thousand million texts share one with a probability of 1e-21

# What a judgement depends on: language hint, promises in force as a digest of their names, text or its digest.
Key = tuple[str | None, bytes, str | bytes]


class JudgedBefore:
    """Implements voc.ports.Judge around another; for one thread.

    Keeps the judgements of the last ``texts`` different texts, under all that a judgement depends on: text, language
    hint and promises in force. Of a long text only a digest is kept, so that it takes no more room.
    ``on_known`` is told how many texts of a batch were not judged again.
    """

    def __init__(self, judge: Judge, *, texts: int, on_known: Callable[[int], None] = lambda number: None) -> None:
        self._judge = judge
        self._most = texts
        self._on_known = on_known
        self._known: OrderedDict[Key, Judgement] = OrderedDict()  # the least recently met first

    @property
    def info(self) -> ModelInfo:
        """That of the judge inside."""
        return self._judge.info

    def judge(self, verbatims: Sequence[Verbatim], promises: Sequence[Sequence[Promise]]) -> list[Judgement]:
        """See voc.ports.Judge. Of identical texts in one batch the first is judged."""
        keys = _keys(verbatims, promises)
        first: dict[Key, int] = {}
        for number, key in enumerate(keys):
            if key not in self._known:
                first.setdefault(key, number)
        new = list(first.values())
        judged = self._judge.judge([verbatims[n] for n in new], [promises[n] for n in new]) if new else []
        self._on_known(len(keys) - len(new))
        answers = {key: self._known[key] for key in keys if key not in first}
        answers.update(zip(first, judged, strict=True))
        self._keep(answers)
        return [answers[key] for key in keys]

    def _keep(self, answers: dict[Key, Judgement]) -> None:
        self._known.update(answers)
        for key in answers:
            self._known.move_to_end(key)
        while len(self._known) > self._most:
            self._known.popitem(last=False)


def _keys(verbatims: Sequence[Verbatim], promises: Sequence[Sequence[Promise]]) -> list[Key]:
    # the promises in force are mostly the very same few tuples: what names them is made once a batch
    named: dict[int, bytes] = {}
    keys: list[Key] = []
    for verbatim, in_force in zip(verbatims, promises, strict=True):
        names = named.get(id(in_force))
        if names is None:
            names = named[id(in_force)] = _digest(repr([promise.key for promise in in_force]))
        text = verbatim.text
        keys.append((verbatim.language_hint, names, text if len(text) < _LONG else _digest(text)))
    return keys


def _digest(text: str) -> bytes:
    return blake2b(text.encode("utf-8", "surrogatepass"), digest_size=_DIGEST_BYTES).digest()
