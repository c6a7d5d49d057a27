"""Trains the network: the loss of a batch, and the loop over them."""

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional

from nlp.heads import DISCONFIRMATIONS, VERDICTS
from nlp.training.batches import Batches, Group
from nlp.training.corpus import Corpus
from nlp.training.network import Answers, Network, Texts

_WEIGHTS = {"match": 3.0, "verdict": 1.0, "evidence": 0.3, "tokens": 0.3, "disconfirmation": 0.7}
_VERDICT_WEIGHTS = torch.tensor([1.0, 1.1, 1.6, 1.3])  # the rare ones count a little more, not as much as they are rare
_SPOKEN_WEIGHT = torch.tensor(2.0)


@dataclass(frozen=True, slots=True)
class Schedule:
    """How long and how fast to learn: linear warm-up over ``warmup`` steps, then linearly down to nothing."""

    steps: int
    encoder_rate: float = 8e-5
    heads_rate: float = 1e-3
    warmup: int = 60
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
    began = time.monotonic()
    for step in range(1, schedule.steps + 1):
        network.train()
        losses = batch_losses(network, batches.draw())
        optimizer.zero_grad()
        torch.stack([_WEIGHTS[name] * loss for name, loss in losses.items()]).sum().backward()
        torch.nn.utils.clip_grad_norm_(network.parameters(), 1.0)
        optimizer.step()
        falling.step()
        for name, loss in losses.items():
            sums[name] = sums.get(name, 0.0) + float(loss.detach())
        if step % every == 0 or step == schedule.steps:
            count = step % every or every
            yield Progress(step, time.monotonic() - began, {name: value / count for name, value in sums.items()})
            sums.clear()


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
    totals: dict[str, Tensor] = {"disconfirmation": _feeling_loss(network, texts, groups)}
    text = row = 0
    for group in groups:
        counts = [len(phrases) for phrases in group.phrasings]
        own = texts.rows(text, text + len(group.samples))
        answers = network.hold(own, rows[row : row + sum(counts)], counts)
        for name, loss in _group_losses(network, group, own, answers).items():
            totals[name] = totals[name] + loss if name in totals else loss
        text, row = text + len(group.samples), row + sum(counts)
    return totals


def _feeling_loss(network: Network, texts: Texts, groups: Sequence[Group]) -> Tensor:
    feelings = [sample.disconfirmation for group in groups for sample in group.samples]
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
    marked = torch.zeros(len(pairs), texts.said.shape[1])
    for row, (text, promise, _) in enumerate(pairs):
        for start, end in group.samples[text].evidence.get(group.promises[promise], ()):
            for token, (begin, stop) in enumerate(texts.offsets[text]):
                if begin < end and stop > start:
                    marked[row, token] = 1.0
    has = marked.sum(1) > 0
    if has.any():
        n, p, verdict, marked = n[has], p[has], verdict[has], marked[has]
        losses["evidence"] = -((answers.attention[n, p] * marked).sum(1) + 1e-6).log().mean()
        logits = network.token_verdict(texts.stances[n]).transpose(1, 2)
        each = functional.cross_entropy(logits, verdict[:, None].expand(-1, marked.shape[1]), reduction="none")
        losses["tokens"] = ((each * marked).sum(1) / marked.sum(1)).mean()
    return losses


def _optimizer(network: Network, schedule: Schedule) -> torch.optim.Optimizer:
    learning = [(name, weight) for name, weight in network.named_parameters() if weight.requires_grad]
    encoder = [weight for name, weight in learning if name.startswith("enc.")]
    heads = [weight for name, weight in learning if not name.startswith("enc.")]
    groups = [{"params": encoder, "lr": schedule.encoder_rate}, {"params": heads, "lr": schedule.heads_rate}]
    return torch.optim.AdamW(groups, weight_decay=0.01)
