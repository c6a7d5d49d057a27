"""Turns texts into vectors: one pass of the encoder over each text, pooled over each of its spans."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import onnxruntime
from numpy.typing import NDArray
from tokenizers import Tokenizer

from nlp.encoder_cache import EncoderFiles, encoder_files
from nlp.minilm import MOOD_WIDTH, WIDTH
from voc.errors import FatalError

Span = tuple[int, int]
Vectors = NDArray[np.float32]

# MiniLM was trained on 128 tokens and takes 512; sentences of a longer text are read in windows of this size.
WINDOW_TOKENS = 254

# Padded tokens read at once. ONNX Runtime keeps what its largest batch took: 32 windows of 254 tokens 300 MB more
# than this many, which is enough to be as fast.
BATCH_TOKENS = 2048


@dataclass(frozen=True, slots=True)
class Encoded:
    """Unit vectors of one text: what it is about, (n spans, 384) in order and (384,) of the whole, and how it is
    said, (n spans, 768) and (768,)."""

    spans: Vectors
    whole: Vectors
    span_moods: Vectors
    whole_mood: Vectors


@dataclass(frozen=True, slots=True)
class _Window:
    """A run of a text's tokens; ``owner[t]`` is the span that token t belongs to, -1 for none."""

    text: int
    ids: Sequence[int]
    owner: NDArray[np.int64]


class Encoder:
    """MiniLM-L6 int8 on ONNX Runtime. Safe to share between threads."""

    def __init__(self, *, threads: int = 2, batch_size: int = 32, files: EncoderFiles | None = None) -> None:
        files = files or encoder_files()
        self.sha256 = files.sha256
        self._batch_size = batch_size
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        options.inter_op_num_threads = 1
        try:
            self._session = onnxruntime.InferenceSession(files.onnx, options, providers=["CPUExecutionProvider"])
            # transformers would give the same tokenizer, two seconds of imports later
            tokenizer = Tokenizer.from_file(str(files.tokenizer / "tokenizer.json"))
        except Exception as error:  # ONNX Runtime's errors have no common public base
            raise FatalError(f"{files.onnx}: the encoder can't be loaded: {error}") from error
        self._tokenizer = tokenizer
        self._tokenizer.no_padding()
        self._tokenizer.no_truncation()
        self._first, self._last = tokenizer.encode("").ids  # what every text stands between

    def encode(self, texts: Sequence[str], spans: Sequence[Sequence[Span]]) -> list[Encoded]:
        """Encode each text once; ``spans[i]`` are character ranges of ``texts[i]``, in order, not overlapping.

        A span without tokens gets a zero vector.
        """
        windows = list(self._windows(texts, spans))
        # sorted by length, a batch has next to no padding: unsorted loses a third of the speed
        windows.sort(key=lambda window: len(window.ids))
        sums = [np.zeros((len(own) + 1, WIDTH + MOOD_WIDTH), np.float32) for own in spans]
        for batch in _batches(windows, self._batch_size):
            self._run(batch, sums)
        return [_encoded(rows) for rows in sums]

    def encode_whole(self, texts: Sequence[str]) -> Vectors:
        """Unit vectors of whole texts, shape (n, 384)."""
        if not texts:
            return np.zeros((0, WIDTH), np.float32)
        return np.stack([encoded.whole for encoded in self.encode(texts, [()] * len(texts))])

    def _windows(self, texts: Sequence[str], spans: Sequence[Sequence[Span]]) -> Iterator[_Window]:
        # not encode_batch_fast: it is faster because it leaves all offsets at zero
        encodings = self._tokenizer.encode_batch(list(texts), add_special_tokens=False)
        for number, (encoding, own) in enumerate(zip(encodings, spans, strict=True)):
            ids = encoding.ids
            owner = _owners(encoding.offsets, own) if own else np.full(len(ids), -1, np.int64)
            for start, end in _cuts(owner):
                yield _Window(number, ids[start:end], owner[start:end])

    def _run(self, windows: Sequence[_Window], sums: list[Vectors]) -> None:
        length = max(len(window.ids) for window in windows) + 2
        rows = [np.unique(window.owner[window.owner >= 0]) for window in windows]
        ids = np.zeros((len(windows), length), np.int64)
        lengths = np.zeros(len(windows), np.int32)
        pool = np.zeros((len(windows), max(map(len, rows)) + 1, length), np.float32)
        for i, (window, present) in enumerate(zip(windows, rows, strict=True)):
            count = len(window.ids)
            ids[i, 0], ids[i, 1 : count + 1], ids[i, count + 1] = self._first, window.ids, self._last
            lengths[i] = count + 2
            pool[i, : len(present), 1 : count + 1] = window.owner == present[:, None]
            pool[i, len(present), : count + 2] = 1.0
        outputs = self._session.run(None, {"input_ids": ids, "lengths": lengths, "spans": pool})
        vectors = np.concatenate(outputs, axis=2)
        for i, (window, present) in enumerate(zip(windows, rows, strict=True)):
            sums[window.text][present] += vectors[i, : len(present)]
            sums[window.text][-1] += vectors[i, len(present)]


def _batches(windows: Sequence[_Window], most: int) -> Iterator[Sequence[_Window]]:
    """Windows, sorted by length, in runs of at most ``most`` and, padded to the longest, of BATCH_TOKENS."""
    start = 0
    for end, window in enumerate(windows):
        if end - start == most or (end - start + 1) * (len(window.ids) + 2) > BATCH_TOKENS:
            yield windows[start:end]
            start = end
    if windows:
        yield windows[start:]


def _owners(offsets: Sequence[Span], spans: Sequence[Span]) -> NDArray[np.int64]:
    """The span that each token starts in, -1 for none."""
    starts = np.fromiter((start for start, _ in offsets), np.int64, len(offsets))
    begins = np.fromiter((start for start, _ in spans), np.int64, len(spans))
    ends = np.fromiter((end for _, end in spans), np.int64, len(spans))
    owner = np.searchsorted(begins, starts, side="right") - 1
    return np.where((owner >= 0) & (starts < ends[owner]), owner, -1)


def _cuts(owner: NDArray[np.int64]) -> Iterator[Span]:
    """Token ranges of at most WINDOW_TOKENS that together cover the text, cut where a span begins if one does."""
    total, start = len(owner), 0
    while total - start > WINDOW_TOKENS:
        limit = start + WINDOW_TOKENS
        begins = np.flatnonzero(np.diff(owner[start : limit + 1])) + 1
        end = start + int(begins[-1]) if len(begins) else limit
        yield start, end
        start = end
    if total > start or start == 0:
        yield start, total


def _encoded(rows: Vectors) -> Encoded:
    about, mood = _unit(rows[:, :WIDTH]), _unit(rows[:, WIDTH:])
    return Encoded(about[:-1], about[-1], mood[:-1], mood[-1])


def _unit(rows: Vectors) -> Vectors:
    norms = np.linalg.norm(rows, axis=1, keepdims=True)
    unit: Vectors = rows / np.maximum(norms, 1e-9)
    return unit
