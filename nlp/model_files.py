"""The files of a judge: the encoder, the heads, the tokenizer and a card that tells where they came from."""

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import orjson

from voc.errors import FatalError

SHIPPED: Final = Path(__file__).with_name("model")
ENCODER, HEADS, TOKENIZER, CARD = "encoder.onnx", "heads.npz", "tokenizer.json", "card.json"


@dataclass(frozen=True, slots=True)
class ModelFiles:
    """What a judge is loaded from. ``version`` is a hash over the encoder and the heads."""

    encoder: Path
    heads: Path
    tokenizer: Path
    version: str
    card: dict[str, Any]


def find_model(folder: Path | None = None) -> ModelFiles:
    """The files of a model folder. One that learnt the heads only has no encoder or tokenizer of its own: those are
    the shipped ones. Raises FatalError when a file is missing or can't be read, or the heads are of another encoder."""
    folder = folder or SHIPPED
    encoder, tokenizer = (own_or_shipped(folder, name) for name in (ENCODER, TOKENIZER))
    heads = folder / HEADS
    try:
        digest = hashlib.sha256(encoder.read_bytes())
        of_encoder = digest.hexdigest()
        digest.update(heads.read_bytes())
        card = orjson.loads((folder / CARD).read_bytes())
    except (OSError, orjson.JSONDecodeError) as error:
        raise FatalError(f"{folder}: the model can't be read: {error}") from error
    if not isinstance(card, dict):
        raise FatalError(f"{folder}: the model can't be read: {CARD} is no object")
    hashes = card.get("sha256")
    if encoder.parent != folder and isinstance(hashes, dict) and hashes.get(ENCODER, of_encoder) != of_encoder:
        raise FatalError(f"{folder}: it was learnt beside another encoder than the shipped one; adapt again")
    return ModelFiles(encoder, heads, tokenizer, digest.hexdigest()[:12], card)


def own_or_shipped(folder: Path, name: str) -> Path:
    """The file of a model, which is the shipped one where the folder has none."""
    own = folder / name
    return own if own.exists() else SHIPPED / name
