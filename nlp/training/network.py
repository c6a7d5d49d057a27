"""The judge as a torch network: MiniLM-L6 and the heads of nlp.heads, trained together.

Names of the weights are those that nlp.training.graph and nlp.training.export read.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import torch
from safetensors.torch import load_file
from tokenizers import Tokenizer
from torch import Tensor, nn
from torch.nn import functional

from nlp.encoder import STANCE_WIDTH, WIDTH
from nlp.heads import DISCONFIRMATIONS, VERDICTS
from nlp.matching import FEATURES
from nlp.training.graph import HEADS, LAYERS, STANCE_LAYERS

MAX_TOKENS: Final = 192
FROZEN_LAYERS: Final = 2  # the lowest layers, and the word vectors, stay as they are
_CHUNK_TOKENS = 1536  # padded tokens that go through the encoder at once
_WORDS, _POSITIONS = 30522, 512


class Layer(nn.Module):  # type: ignore[misc]  # torch has no types where mypy runs
    """One transformer layer, its norms after the sums."""

    def __init__(self) -> None:
        super().__init__()
        self.qkv = nn.Linear(WIDTH, 3 * WIDTH)
        self.out = nn.Linear(WIDTH, WIDTH)
        self.n1 = nn.LayerNorm(WIDTH, eps=1e-12)
        self.up = nn.Linear(WIDTH, 4 * WIDTH)
        self.down = nn.Linear(4 * WIDTH, WIDTH)
        self.n2 = nn.LayerNorm(WIDTH, eps=1e-12)
        self.drop = nn.Dropout(0.1)

    def forward(self, x: Tensor, mask: Tensor) -> Tensor:
        """``x`` (b, l, 384), ``mask`` (b, 1, 1, l) true at tokens."""
        batch, length, _ = x.shape
        q, k, v = self.qkv(x).view(batch, length, 3, HEADS, WIDTH // HEADS).permute(2, 0, 3, 1, 4)
        attended = functional.scaled_dot_product_attention(q, k, v, attn_mask=mask)
        x = self.n1(x + self.drop(self.out(attended.transpose(1, 2).reshape(batch, length, WIDTH))))
        result: Tensor = self.n2(x + self.drop(self.down(functional.gelu(self.up(x)))))
        return result


class MiniLM(nn.Module):  # type: ignore[misc]
    """The encoder. Starts as the published weights of a folder with ``model.safetensors``."""

    def __init__(self, folder: Path) -> None:
        super().__init__()
        self.words = nn.Embedding(_WORDS, WIDTH)
        self.pos = nn.Embedding(_POSITIONS, WIDTH)
        self.norm = nn.LayerNorm(WIDTH, eps=1e-12)
        self.layers = nn.ModuleList(Layer() for _ in range(LAYERS))
        self._start_from(load_file(folder / "model.safetensors"))
        for module in (self.words, self.pos, self.norm, *self.layers[:FROZEN_LAYERS]):
            module.requires_grad_(False)
        for layer in self.layers[:FROZEN_LAYERS]:
            layer.drop.p = 0.0

    def _start_from(self, w: dict[str, Tensor]) -> None:
        # every text is segment 0, so its vector can be added to the positions once and for all
        positions = w["embeddings.position_embeddings.weight"] + w["embeddings.token_type_embeddings.weight"][0]
        own = {"words.weight": w["embeddings.word_embeddings.weight"], "pos.weight": positions}
        for kind in ("weight", "bias"):
            own[f"norm.{kind}"] = w[f"embeddings.LayerNorm.{kind}"]
            for number in range(LAYERS):
                theirs, ours = f"encoder.layer.{number}.", f"layers.{number}."
                parts = [w[f"{theirs}attention.self.{name}.{kind}"] for name in ("query", "key", "value")]
                own[f"{ours}qkv.{kind}"] = torch.cat(parts)
                own[f"{ours}out.{kind}"] = w[f"{theirs}attention.output.dense.{kind}"]
                own[f"{ours}n1.{kind}"] = w[f"{theirs}attention.output.LayerNorm.{kind}"]
                own[f"{ours}up.{kind}"] = w[f"{theirs}intermediate.dense.{kind}"]
                own[f"{ours}down.{kind}"] = w[f"{theirs}output.dense.{kind}"]
                own[f"{ours}n2.{kind}"] = w[f"{theirs}output.LayerNorm.{kind}"]
        self.load_state_dict({name: value.float() for name, value in own.items()})

    def forward(self, ids: Tensor, mask: Tensor) -> list[Tensor]:
        """The layers that stances are read from, each (b, l, 384)."""
        wide = mask[:, None, None, :]
        with torch.no_grad():
            x = self.norm(self.words(ids) + self.pos.weight[: ids.shape[1]])
            outputs = [x]
            for layer in self.layers[:FROZEN_LAYERS]:
                outputs.append(layer(outputs[-1], wide))
        for layer in self.layers[FROZEN_LAYERS:]:
            outputs.append(layer(outputs[-1], wide))
        return [outputs[number] for number in STANCE_LAYERS]


@dataclass(frozen=True, slots=True)
class Texts:
    """A batch of n texts padded to l tokens. ``said`` (n, l) is true at the tokens between the marks; ``offsets`` are
    the character ranges of all tokens. The rest is as in nlp.encoder.Encoded; ``moods`` (n, 128) the mean stance."""

    about: Tensor
    topics: Tensor
    stances: Tensor
    whole: Tensor
    moods: Tensor
    said: Tensor
    offsets: list[list[tuple[int, int]]]

    def rows(self, start: int, end: int) -> "Texts":
        """The texts ``start`` to ``end``."""
        return Texts(
            self.about[start:end],
            self.topics[start:end],
            self.stances[start:end],
            self.whole[start:end],
            self.moods[start:end],
            self.said[start:end],
            self.offsets[start:end],
        )


@dataclass(frozen=True, slots=True)
class Answers:
    """n texts against p promises: log-odds ``spoken`` (n, p), ``verdicts`` (n, p, 4), ``attention`` (n, p, l)."""

    spoken: Tensor
    verdicts: Tensor
    attention: Tensor


class Network(nn.Module):  # type: ignore[misc]
    """Encoder and heads; the arithmetic is that of nlp.matching and nlp.heads."""

    def __init__(self, folder: Path) -> None:
        super().__init__()
        self.enc = MiniLM(folder)
        self._tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
        self._tokenizer.no_padding()
        self._tokenizer.enable_truncation(MAX_TOKENS)
        self._seen: dict[str, tuple[list[int], list[tuple[int, int]]]] = {}
        self.att = nn.Linear(WIDTH, WIDTH)
        nn.init.eye_(self.att.weight)
        nn.init.zeros_(self.att.bias)
        self.log_sharpness = nn.Parameter(torch.tensor(math.log(20.0)))
        self.stance = nn.Sequential(nn.Linear(len(STANCE_LAYERS) * WIDTH, STANCE_WIDTH), nn.Tanh())
        self.match_in = nn.Linear(len(FEATURES), 24)
        self.match_out = nn.Linear(24, 1)
        self.match_skip = nn.Linear(len(FEATURES), 1)
        # begins as twice the sum of the similarities, about even at what unrelated and related texts have
        nn.init.constant_(self.match_skip.weight, 2.0)
        nn.init.constant_(self.match_skip.bias, -6.0)
        self.match_skip.weight.data[0, -1] = 0.0
        self.verdict_in = nn.Linear(STANCE_WIDTH, 64)
        self.verdict_out = nn.Linear(64, len(VERDICTS))
        self.disconfirmation = nn.Linear(STANCE_WIDTH + WIDTH, len(DISCONFIRMATIONS))
        self.drop = nn.Dropout(0.1)

    def read(self, texts: Sequence[str], phrases: Sequence[str]) -> tuple[Texts, Tensor]:
        """Encode texts, and phrases as unit vectors (k, 384), in one go."""
        once = list(dict.fromkeys(phrases))
        outputs = self._encode([*texts, *once])
        vectors = {phrase: _unit(own[-1].mean(0)) for phrase, own in zip(once, outputs[len(texts) :], strict=True)}
        return self._pack(texts, outputs[: len(texts)]), torch.stack([vectors[phrase] for phrase in phrases])

    def _tokens(self, text: str) -> tuple[list[int], list[tuple[int, int]]]:
        if text not in self._seen:
            encoding = self._tokenizer.encode(text)
            self._seen[text] = (encoding.ids, encoding.offsets)
        return self._seen[text]

    def _encode(self, texts: Sequence[str]) -> list[list[Tensor]]:
        """The stance layers of each text, without padding."""
        ids = [self._tokens(text)[0] for text in texts]
        outputs: list[list[Tensor]] = [[] for _ in texts]
        for chunk in _chunks([len(own) for own in ids]):
            padded = nn.utils.rnn.pad_sequence([torch.tensor(ids[i]) for i in chunk], batch_first=True)
            lengths = torch.tensor([len(ids[i]) for i in chunk])
            layers = self.enc(padded, torch.arange(padded.shape[1])[None] < lengths[:, None])
            for row, i in enumerate(chunk):
                outputs[i] = [layer[row, : len(ids[i])] for layer in layers]
        return outputs

    def _pack(self, texts: Sequence[str], outputs: Sequence[list[Tensor]]) -> Texts:
        layers = [nn.utils.rnn.pad_sequence([own[k] for own in outputs], batch_first=True) for k in range(3)]
        topics = layers[-1]
        counts = torch.tensor([len(own[-1]) for own in outputs])[:, None]
        place = torch.arange(topics.shape[1])[None]
        present, said = (place < counts)[..., None].float(), (place > 0) & (place < counts - 1)
        stances = self.stance(torch.cat(layers, -1))
        spoken = said[..., None].float()
        return Texts(
            about=_unit(self.att(topics)),
            topics=topics,
            stances=stances,
            whole=_unit((topics * present).sum(1) / present.sum(1)),
            moods=(stances * spoken).sum(1) / spoken.sum(1).clamp(min=1),
            said=said,
            offsets=[self._tokens(text)[1] for text in texts],
        )

    def hold(self, texts: Texts, rows: Tensor, counts: Sequence[int]) -> Answers:
        """Hold texts against promises; ``rows`` (k, 384) are the first promise's ``counts[0]`` phrasings, and so on."""
        number, promises = len(texts.about), len(counts)
        owner = torch.repeat_interleave(torch.arange(promises), torch.tensor(counts))
        centres = _unit(torch.zeros(promises, WIDTH).index_add(0, owner, rows))
        silent = ~texts.said[:, None]
        similarity = torch.einsum("nld,pd->npl", texts.about, centres)
        top = similarity.masked_fill(silent, -1).amax(-1)
        phrase_top = torch.einsum("nld,kd->nkl", texts.about, rows).masked_fill(silent, -1).amax(-1)
        attention = (similarity * self.log_sharpness.exp()).masked_fill(silent, -1e4).softmax(-1)
        topics = _unit(torch.einsum("npl,nld->npd", attention, texts.topics))
        attended = (topics * centres[None]).sum(-1)
        length = texts.said.sum(-1).clamp(min=1).float().log()[:, None] / 4
        features = torch.stack(
            [
                attended,
                top,
                _largest(phrase_top, owner, promises),
                texts.whole @ centres.T,
                _largest(texts.whole @ rows.T, owner, promises),
                _lead(attended),
                length.expand(number, promises),
            ],
            -1,
        )
        deep = self.match_out(functional.silu(self.match_in(features)))
        verdicts = self.verdict(torch.einsum("npl,nld->npd", attention, texts.stances))
        return Answers((deep + self.match_skip(features))[..., 0], verdicts, attention)

    def verdict(self, stances: Tensor) -> Tensor:
        """Logits of the verdicts, (..., 4), from pooled stances (..., 128)."""
        result: Tensor = self.verdict_out(functional.silu(self.verdict_in(self.drop(stances))))
        return result

    def feel(self, texts: Texts) -> Tensor:
        """Logits of the disconfirmation, (n, 3)."""
        result: Tensor = self.disconfirmation(self.drop(torch.cat([texts.moods, texts.whole], -1)))
        return result


def _unit(x: Tensor) -> Tensor:
    return functional.normalize(x, dim=-1)


def _largest(values: Tensor, owner: Tensor, promises: int) -> Tensor:
    """The largest value (n, k) of each promise's phrasings, (n, p)."""
    target = torch.full((len(values), promises), -1.0)
    return target.scatter_reduce(1, owner[None].expand(len(values), -1), values, "amax")


def _lead(scores: Tensor) -> Tensor:
    if scores.shape[1] < 2:
        return torch.zeros_like(scores)
    first, second = scores.topk(2, -1).values.split(1, -1)
    return torch.where(scores >= first, scores - second, scores - first)


def _chunks(lengths: Sequence[int]) -> list[list[int]]:
    """Numbers of the texts, by length, in runs of at most _CHUNK_TOKENS when padded."""
    chunks: list[list[int]] = [[]]
    for i in sorted(range(len(lengths)), key=lengths.__getitem__):
        if chunks[-1] and (len(chunks[-1]) + 1) * lengths[i] > _CHUNK_TOKENS:
            chunks.append([])
        chunks[-1].append(i)
    return chunks
