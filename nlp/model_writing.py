"""Writes the heads of a model folder and its card."""

import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import orjson

from nlp.heads import Heads, save
from nlp.model_files import CARD, ENCODER, HEADS, TOKENIZER, own_or_shipped


def write_heads(heads: Heads, folder: Path, card: Mapping[str, Any]) -> None:
    """Write the heads and the card, which gets the hashes of all files of the model, its own or shipped."""
    folder.mkdir(parents=True, exist_ok=True)
    save(heads, folder / HEADS)
    files = {
        name: hashlib.sha256(own_or_shipped(folder, name).read_bytes()).hexdigest()
        for name in (ENCODER, HEADS, TOKENIZER)
    }
    content = {**card, "sha256": files}
    (folder / CARD).write_bytes(orjson.dumps(content, option=orjson.OPT_INDENT_2) + b"\n")
