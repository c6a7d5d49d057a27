"""``python -m nlp.training [OUT.npz]``: fit the heads on the corpus and print what they reach on brands unseen."""

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from rich.console import Console
from rich.progress import track

from nlp.encoder import Encoder
from nlp.heads import SHIPPED, VERDICTS, Heads, save, softmax
from nlp.training.corpus import brands as read_brands
from nlp.training.corpus import plain_utterances
from nlp.training.heads import EncodedBrand, encode_brand, encode_texts, fit, grouped_utterances, pairs
from voc.verdicts import Verdict

HELD_OUT_EVERY = 10  # a tenth of the brands is kept apart for the figures; the shipped heads then learn from all


def figures(heads: Heads, held_out: Sequence[EncodedBrand]) -> dict[str, float]:
    """Assignment and pair F1 at their own best cut, and the calibration error of the confidence."""
    held = pairs(held_out, heads.background)
    probabilities = softmax(heads.verdict(held.moods))
    guess = probabilities.argmax(axis=1)
    best = probabilities.max(axis=1)
    spoken = heads.spoken_about(held.features)
    confidence = heads.confidences(spoken, best)
    right = held.verdict == guess
    cuts = np.arange(0.05, 0.9, 0.05)
    broken = VERDICTS.index(Verdict.BROKEN)
    return {
        "assign_f1": max(_f1(held.spoken & (spoken >= cut), spoken >= cut, held.spoken) for cut in cuts),
        "pair_f1": max(_f1(right & (confidence >= cut), confidence >= cut, held.spoken) for cut in cuts),
        "verdict_accuracy": float(right[held.spoken].mean()),
        "broken_recall": float(right[held.verdict == broken].mean()),
        "calibration_error": _calibration_error(confidence, right),
        "pairs": float(len(right)),
    }


def _f1(hits: NDArray[Any], said: NDArray[Any], true: NDArray[Any]) -> float:
    return float(2 * hits.sum() / max(1, said.sum() + true.sum()))


def _calibration_error(p: NDArray[Any], right: NDArray[Any], bins: int = 10) -> float:
    """Expected calibration error over equal-width bins (Naeini et al. 2015)."""
    place = np.minimum((p * bins).astype(int), bins - 1)
    return float(
        sum(abs(p[place == i].mean() - right[place == i].mean()) * (place == i).mean() for i in set(place.tolist()))
    )


def _apart(groups: Sequence[EncodedBrand]) -> list[EncodedBrand]:
    return [group for number, group in enumerate(groups) if number % HELD_OUT_EVERY]


def main(out: Path) -> None:
    console = Console()
    encoder = Encoder()
    encoded = [encode_brand(encoder, brand) for brand in track(read_brands(), "encoding brands", console=console)]
    utterances = grouped_utterances(encoder, encode_texts(encoder, plain_utterances()))
    seen, held_out = _apart(encoded), encoded[::HELD_OUT_EVERY]
    seen_utterances, held_out_utterances = _apart(utterances), utterances[::HELD_OUT_EVERY]
    heads = fit(seen, seen_utterances)
    for what, unseen in (("brands", held_out), ("utterances", held_out_utterances)):
        console.print(f"{what} held out", style="bold")
        for name, value in figures(heads, unseen).items():
            console.print(f"  {name:20} {value:.3f}" if name != "pairs" else f"  {name:20} {value:.0f}")
    save(fit(encoded, utterances), out)
    console.print(f"wrote {out} ({out.stat().st_size:,} bytes)")


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else SHIPPED)
