"""From the corpus and the published weights to a model folder."""

import hashlib
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

import torch

from nlp.encoder import Encoder
from nlp.model_files import find_model
from nlp.model_writing import write_heads
from nlp.training import figures
from nlp.training.corpus import FOLDER, Corpus, read_corpus, split_corpus
from nlp.training.export import calibrated, export_encoder, heads_of
from nlp.training.fit import Progress, Schedule, fit
from nlp.training.network import Network
from nlp.training.weights import WEIGHTS_PACKAGE, weights_folder


def train(
    out: Path, schedule: Schedule, *, threads: int, share: float = 1.0, report: Callable[[Progress], None]
) -> dict[str, float]:
    """Train on the corpus and write a model folder; returns its figures on what was kept apart.

    ``share`` of the training brands are used, the first by name: for the learning curve.
    """
    torch.set_num_threads(threads)
    torch.manual_seed(schedule.seed)
    weights = weights_folder()
    learnt, apart = split_corpus(read_corpus())
    learnt = Corpus(learnt.brands[: max(1, round(share * len(learnt.brands)))], learnt.utterances)
    network = Network(weights)
    for progress in fit(network, learnt, schedule):
        report(progress)
    network.eval()
    export_encoder(network, weights, out)
    heads = heads_of(network)
    write_heads(heads, out, {})
    encoder = Encoder(threads=threads, files=find_model(out))
    judged = figures.judge_brands(encoder, heads, apart.brands)
    reached = figures.figures(judged, figures.cross_fitted(judged))
    heads = calibrated(heads, figures.fit_confidence(judged))
    write_heads(heads, out, _card(schedule, learnt, apart, reached))
    return reached


def _card(schedule: Schedule, learnt: Corpus, apart: Corpus, reached: dict[str, float]) -> dict[str, Any]:
    return {
        "starts_from": f"{WEIGHTS_PACKAGE} (all-MiniLM-L6-v2, Apache-2.0)",
        "licence": "Apache-2.0",
        "schedule": asdict(schedule),
        "corpus_sha256": _corpus_hash(),
        "trained_on": _counts(learnt),
        "kept_apart": _counts(apart),
        "figures_on_brands_kept_apart": {name: round(value, 4) for name, value in reached.items()},
        "languages": ["en"],
        "see": "docs/MODEL.md",
    }


def _counts(corpus: Corpus) -> dict[str, int]:
    texts = [text for brand in corpus.brands for text in brand.texts]
    return {
        "brands": len(corpus.brands),
        "promises": sum(len(brand.phrasings) for brand in corpus.brands),
        "texts": len(texts),
        "verdicts": sum(len(text.verdicts) for text in texts),
        "utterances": len(corpus.utterances),
    }


def _corpus_hash() -> str:
    digest = hashlib.sha256()
    for path in sorted(FOLDER.rglob("*.json*")):
        digest.update(path.name.encode())
        digest.update(path.read_bytes())
    return digest.hexdigest()
