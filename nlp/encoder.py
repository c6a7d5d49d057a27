"""Turns texts into token vectors: one pass of the encoder over each text, whatever promises it is then held against."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import onnxruntime
from numpy.typing import NDArray
from tokenizers import Tokenizer

from nlp.model_files import ModelFiles, find_model
from voc.errors import FatalError

Vectors = NDArray[np.float32]

WIDTH: Final = 384
STANCE_WIDTH: Final = 128

# MiniLM was trained on 128 tokens and takes 512; a longer text is read in windows of this size.
WINDOW_TOKENS: Final = 254

# Padded tokens read at once. ONNX Runtime keeps what its largest batch took: 32 windows of 254 tokens 300 MB more
# than this many, which is enough to be as fast.
BATCH_TOKENS: Final = 2048


@dataclass(frozen=True, slots=True)
class Encoded:
    """One text of t tokens.

    ``about`` (t, 384), unit vectors: what promises are compared with, token by token. ``topics`` (t, 384): the last
    layer. ``stances`` (t, 128): praise and blame. ``starts`` (t,): the character that each token begins at.
    ``whole`` (384,), a unit vector: the mean of the last layer.
    """

    about: Vectors
    topics: Vectors
    stances: Vectors
    starts: NDArray[np.int64]
    whole: Vectors


@dataclass(frozen=True, slots=True)
class _Window:
    """A run of the tokens of one text, without the two marks that every run stands between."""

    text: int
    ids: Sequence[int]
    starts: NDArray[np.int64]


class Encoder:
    """The judge's MiniLM-L6, int8 on ONNX Runtime. Safe to share between threads."""

    def __init__(self, *, threads: int = 2, batch_size: int = 32, files: ModelFiles | None = None) -> None:
        files = files or find_model()
        self._batch_size = batch_size
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        options.inter_op_num_threads = 1
        # a waiting thread sleeps: one that turns round and round takes the processor from the threads beside it
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        try:
            self._session = onnxruntime.InferenceSession(files.encoder, options, providers=["CPUExecutionProvider"])
        except Exception as error:  # ONNX Runtime's errors have no common public base
            raise FatalError(f"{files.encoder}: the encoder can't be loaded: {error}") from error
        try:
            # transformers would give the same tokenizer, two seconds of imports later
            self._tokenizer = Tokenizer.from_file(str(files.tokenizer))
        except Exception as error:  # tokenizers raises nothing more special
            raise FatalError(f"{files.tokenizer}: the tokenizer can't be loaded: {error}") from error
        self._tokenizer.no_padding()
        self._tokenizer.no_truncation()
        self._first, self._last = self._tokenizer.encode("").ids

    def encode(self, texts: Sequence[str]) -> list[Encoded]:
        """Encode each text once, in order."""
        windows = list(self._windows(texts))
        parts: list[list[tuple[_Window, Sequence[Vectors]]]] = [[] for _ in texts]
        # sorted by length, a batch has next to no padding: unsorted loses a third of the speed
        windows.sort(key=lambda window: len(window.ids))
        for batch in _batches(windows, self._batch_size):
            for window, vectors in zip(batch, self._run(batch), strict=True):
                parts[window.text].append((window, vectors))
        return [_join(own) for own in parts]

    def encode_whole(self, texts: Sequence[str]) -> Vectors:
        """Unit vectors of whole texts, shape (n, 384)."""
        if not texts:
            return np.zeros((0, WIDTH), np.float32)
        return np.stack([encoded.whole for encoded in self.encode(texts)])

    def _windows(self, texts: Sequence[str]) -> Iterator[_Window]:
        # not encode_batch_fast: it is faster because it leaves all offsets at zero
        encodings = self._tokenizer.encode_batch(list(texts), add_special_tokens=False)
        for number, encoding in enumerate(encodings):
            ids = encoding.ids
            starts = np.fromiter((start for start, _ in encoding.offsets), np.int64, len(ids))
            for begin in range(0, max(len(ids), 1), WINDOW_TOKENS):
                yield _Window(number, ids[begin : begin + WINDOW_TOKENS], starts[begin : begin + WINDOW_TOKENS])

    def _run(self, windows: Sequence[_Window]) -> Iterator[Sequence[Vectors]]:
        """The outputs of each window, marks included."""
        lengths = np.array([len(window.ids) + 2 for window in windows], np.int32)
        ids = np.zeros((len(windows), int(lengths.max())), np.int64)
        for row, window in zip(ids, windows, strict=True):
            count = len(window.ids)
            row[0], row[1 : count + 1], row[count + 1] = self._first, window.ids, self._last
        outputs = self._session.run(["about", "topics", "stances"], {"input_ids": ids, "lengths": lengths})
        for i, length in enumerate(lengths):
            yield [output[i, :length] for output in outputs]


def _batches(windows: Sequence[_Window], most: int) -> Iterator[Sequence[_Window]]:
    """Windows, sorted by length, in runs of at most ``most`` and, padded to the longest, of BATCH_TOKENS."""
    start = 0
    for end, window in enumerate(windows):
        if end - start == most or (end - start + 1) * (len(window.ids) + 2) > BATCH_TOKENS:
            yield windows[start:end]
            start = end
    if windows:
        yield windows[start:]


def _join(parts: Sequence[tuple[_Window, Sequence[Vectors]]]) -> Encoded:
    """The windows of one text put together in their order, the marks taken out of all but the mean."""
    ordered = sorted(parts, key=lambda part: int(part[0].starts[0]) if len(part[0].starts) else 0)
    topics = [vectors[1] for _, vectors in ordered]
    mean = np.concatenate(topics).mean(axis=0) if len(topics) > 1 else topics[0].mean(axis=0)
    if len(ordered) == 1:
        window, (about, topic, stance) = ordered[0]
        return Encoded(about[1:-1], topic[1:-1], stance[1:-1], window.starts, unit(mean))
    about, topic, stance = (np.concatenate([vectors[k][1:-1] for _, vectors in ordered]) for k in range(3))
    return Encoded(about, topic, stance, np.concatenate([window.starts for window, _ in ordered]), unit(mean))


def unit(rows: Vectors) -> Vectors:
    """Rows of length one along the last axis; rows of zeros stay zero."""
    length: Vectors = np.maximum(np.linalg.norm(rows, axis=-1, keepdims=True), 1e-9)
    return (rows / length).astype(np.float32)
