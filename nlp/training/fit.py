"""Trains the network: the loss of a batch, and the loop over them.

The first steps teach praise and blame alone, on short texts read at their marked evidence; they cost little, and what
is then held against promises has verdicts to find. The later steps teach everything together.
"""

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional

from nlp.heads import DISCONFIRMATIONS, VERDICTS
from nlp.training.batches import Batches, Group, Sample
from nlp.training.corpus import Corpus
from nlp.training.network import Answers, Network, Texts

_WEIGHTS = {"match": 3.0, "verdict": 1.0, "evidence": 0.3, "stance": 0.7, "disconfirmation": 0.5}
_VERDICT_WEIGHTS = torch.tensor([1.0, 1.1, 1.6, 1.3])  # the rare ones count a little more, not as much as they are rare
_SPOKEN_WEIGHT = torch.tensor(2.0)


@dataclass(frozen=True, slots=True)
class Schedule:
    """How long and how fast to learn: linear warm-up over ``warmup`` steps, then linearly down to nothing. The first
    ``stance_share`` of the steps are on stances alone."""

    steps: int
    stance_share: float = 0.2
    encoder_rate: float = 3e-4
    heads_rate: float = 2e-3
    warmup: int = 40
    seed: int = 0


@dataclass(frozen=True, slots=True)
class Progress:
    """Losses by name, each a mean over the steps since the last report."""

    step: int
    seconds: float
    losses: dict[str, float]


def fit(network: Network, corpus: Corpus, schedule: Schedule, *, every: int = 25) -> Iterator[Progress]:
    """Train in place; yields every so many steps. Seeds torch."""
    torch.manual_seed(schedule.seed)
    batches = Batches(corpus, aspect_vectors(network, corpus), seed=schedule.seed)
    optimizer = _optimizer(network, schedule)
    falling = torch.optim.lr_scheduler.LambdaLR(
        optimizer, lambda step: min(1.0, (step + 1) / schedule.warmup) * max(0.01, 1 - step / schedule.steps)
    )
    sums: dict[str, float] = {}
    counts: dict[str, int] = {}
    began = time.monotonic()
    for step in range(1, schedule.steps + 1):
        network.train()
        stances_only = step <= schedule.stance_share * schedule.steps
        losses = stance_losses(network, batches.stances()) if stances_only else batch_losses(network, batches.draw())
        optimizer.zero_grad()
        torch.stack([_WEIGHTS[name] * loss for name, loss in losses.items()]).sum().backward()
        torch.nn.utils.clip_grad_norm_(network.parameters(), 1.0)
        optimizer.step()
        falling.step()
        for name, loss in losses.items():
            sums[name] = sums.get(name, 0.0) + float(loss.detach())
            counts[name] = counts.get(name, 0) + 1
        if step % every == 0 or step == schedule.steps:
            means = {name: value / counts[name] for name, value in sums.items()}
            yield Progress(step, time.monotonic() - began, means)
            sums.clear()
            counts.clear()


def aspect_vectors(network: Network, corpus: Corpus) -> dict[str, Tensor]:
    """Vectors of all aspects, by the encoder as it is."""
    aspects = sorted({aspect for utterance in corpus.utterances for aspect in utterance.verdicts})
    network.eval()
    with torch.no_grad():
        rows = [network.read(["."], aspects[i : i + 512])[1] for i in range(0, len(aspects), 512)]
    return dict(zip(aspects, torch.cat(rows), strict=True)) if aspects else {}


def batch_losses(network: Network, groups: Sequence[Group]) -> dict[str, Tensor]:
    """The losses of some groups together, each a scalar."""
    texts, rows = network.read(
        [sample.text for group in groups for sample in group.samples],
        [phrase for group in groups for phrases in group.phrasings for phrase in phrases],
    )
    totals: dict[str, Tensor] = {
        "disconfirmation": _feeling_loss(network, texts, [sample for group in groups for sample in group.samples])
    }
    text = row = 0
    for group in groups:
        counts = [len(phrases) for phrases in group.phrasings]
        own = texts.rows(text, text + len(group.samples))
        answers = network.hold(own, rows[row : row + sum(counts)], counts)
        for name, loss in _group_losses(network, group, own, answers).items():
            totals[name] = totals[name] + loss if name in totals else loss
        text, row = text + len(group.samples), row + sum(counts)
    return totals


def _feeling_loss(network: Network, texts: Texts, samples: Sequence[Sample]) -> Tensor:
    feelings = [sample.disconfirmation for sample in samples]
    known = [i for i, feeling in enumerate(feelings) if feeling is not None]
    target = torch.tensor([DISCONFIRMATIONS.index(feeling) for feeling in feelings if feeling is not None])
    return functional.cross_entropy(network.feel(texts)[known], target)


def _group_losses(network: Network, group: Group, texts: Texts, answers: Answers) -> dict[str, Tensor]:
    spoken = torch.tensor([[promise in sample.verdicts for promise in group.promises] for sample in group.samples])
    match = functional.binary_cross_entropy_with_logits(
        answers.spoken, spoken.float(), reduction="none", pos_weight=_SPOKEN_WEIGHT
    )
    losses = {"match": (match * group.known).sum() / group.known.sum()}
    pairs = [
        (n, p, VERDICTS.index(verdict))
        for n, sample in enumerate(group.samples)
        for p, promise in enumerate(group.promises)
        if (verdict := sample.verdicts.get(promise)) is not None
    ]
    if not pairs:
        return losses
    n, p, verdict = torch.tensor(pairs).T
    losses["verdict"] = functional.cross_entropy(answers.verdicts[n, p], verdict, weight=_VERDICT_WEIGHTS)
    marked = _marked(group.samples, [(text, group.promises[promise]) for text, promise, _ in pairs], texts)
    has = marked.sum(1) > 0
    if has.any():
        attention = answers.attention[n[has], p[has]]
        losses["evidence"] = -((attention * marked[has]).sum(1) + 1e-6).log().mean()
        losses["stance"] = _stance_loss(network, texts.stances[n[has]], marked[has], verdict[has])
    return losses


def _marked(samples: Sequence[Sample], pairs: Sequence[tuple[int, str]], texts: Texts) -> Tensor:
    """1 at the tokens of the evidence of each pair of text and promise, (pairs, l)."""
    marked = torch.zeros(len(pairs), texts.said.shape[1])
    for row, (text, promise) in enumerate(pairs):
        for start, end in samples[text].evidence.get(promise, ()):
            for token, (begin, stop) in enumerate(texts.offsets[text]):
                if begin < end and stop > start:
                    marked[row, token] = 1.0
    return marked


def _stance_loss(network: Network, stances: Tensor, marked: Tensor, verdict: Tensor) -> Tensor:
    """Of the verdicts read at the marked evidence, as if attention had found it."""
    pooled = torch.einsum("pl,pld->pd", marked / marked.sum(1, keepdim=True), stances)
    return functional.cross_entropy(network.verdict(pooled), verdict, weight=_VERDICT_WEIGHTS)


def stance_losses(network: Network, samples: Sequence[Sample]) -> dict[str, Tensor]:
    """The losses of praise and blame alone."""
    texts, _ = network.read([sample.text for sample in samples], ["."])
    pairs = [
        (n, promise, VERDICTS.index(verdict))
        for n, sample in enumerate(samples)
        for promise, verdict in sample.verdicts.items()
        if verdict is not None and promise in sample.evidence
    ]
    marked = _marked(samples, [(n, promise) for n, promise, _ in pairs], texts)
    verdict = torch.tensor([number for _, _, number in pairs])
    has = marked.sum(1) > 0
    stances = texts.stances[[n for n, _, _ in pairs]]
    return {
        "stance": _stance_loss(network, stances[has], marked[has], verdict[has]),
        "disconfirmation": _feeling_loss(network, texts, samples),
    }


def _optimizer(network: Network, schedule: Schedule) -> torch.optim.Optimizer:
    learning = [(name, weight) for name, weight in network.named_parameters() if weight.requires_grad]
    encoder = [weight for name, weight in learning if name.startswith("enc.")]
    heads = [weight for name, weight in learning if not name.startswith("enc.")]
    groups = [{"params": encoder, "lr": schedule.encoder_rate}, {"params": heads, "lr": schedule.heads_rate}]
    return torch.optim.AdamW(groups, weight_decay=0.01)
