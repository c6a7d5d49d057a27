"""What the labels of a brand taught a judge, beside the heads that it shares with all brands."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from nlp.arithmetic import Floats, sigmoid
from nlp.encoder import Encoded
from nlp.matching import Matched
from voc.promises import Promise

_SCALE = 4.0  # unit vectors have entries of a twentieth; larger ones let a penalty of about one be the right one


@dataclass(frozen=True, slots=True)
class Adapted:
    """Corrections for p promises of one brand.

    ``promises`` are their names as in ``name_of``. Whether a promise is spoken about: ``match`` (p, 768) on
    ``inputs`` and ``match_bias`` (p,), added to the log-odds. Its verdict: ``verdict`` (128, 4) on the stance
    and ``verdict_bias`` (p, 4), added to the logits. ``confidence`` (3,): as Heads.confidence, the bias last.
    ``feeling`` (513, 3): added to the logits of the disconfirmation of the brand's texts, the bias last; zeros where
    no label told of it.
    """

    promises: NDArray[np.str_]
    match: Floats
    match_bias: Floats
    verdict: Floats
    verdict_bias: Floats
    confidence: Floats
    feeling: Floats

    def rows_of(self, promises: Sequence[Promise]) -> NDArray[np.int64]:
        """The row of each promise, -1 for one that nothing was learnt of; any wording of it."""
        known = {str(name): row for row, name in enumerate(self.promises)}
        return np.array([known.get(name_of(promise), -1) for promise in promises], np.int64)

    def is_of(self, promises: Sequence[Promise]) -> bool:
        """Whether any of the promises is of the brand that the labels were of, learnt or not."""
        brands = {str(name).rpartition("/")[0] for name in self.promises if name}
        return any(promise.brand in brands for promise in promises)

    def corrections(self, rows: NDArray[np.int64], inputs: Floats, stances: Floats) -> tuple[Floats, Floats]:
        """What is added to the log-odds (p,) and to the verdicts' logits (p, 4) of the promises at ``rows``."""
        known = (rows >= 0).astype(np.float32)
        match = np.einsum("pd,pd->p", inputs, self.match[rows]) + self.match_bias[rows]
        verdict = stances @ self.verdict + self.verdict_bias[rows]
        return (match * known).astype(np.float32), (verdict * known[:, None]).astype(np.float32)

    def sureness(self, rows: NDArray[np.int64], spoken: Floats, verdict: Floats, others: Floats) -> Floats:
        """The confidence (p,) of the promises at ``rows``, from log-odds of match and of verdict; of the rest,
        ``others``."""
        own = sigmoid(self.confidence[0] * spoken + self.confidence[1] * verdict + self.confidence[2])
        result: Floats = np.where(rows >= 0, own, others).astype(np.float32)
        return result


def inputs(encoded: Encoded, matched: Matched) -> Floats:
    """What the corrections of the match are read from, (p, 768): the whole text, and the tokens attended."""
    whole = np.broadcast_to(encoded.whole, matched.topics.shape)
    return np.concatenate([whole, matched.topics], axis=1) * np.float32(_SCALE)


def name_of(promise: Promise) -> str:
    """The brand and the id, which stay when a wording changes."""
    return f"{promise.brand}/{promise.id}"
