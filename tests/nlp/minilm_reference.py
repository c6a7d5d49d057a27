"""MiniLM-L6 in fp32, a few lines of numpy written apart from the product's network, to hold that against."""

import math
from pathlib import Path

import numpy as np
from safetensors.numpy import load_file
from tokenizers import Tokenizer

_erf = np.vectorize(math.erf, otypes=[np.float64])


def _norm(x: np.ndarray, gain: np.ndarray, shift: np.ndarray) -> np.ndarray:
    return (x - x.mean(-1, keepdims=True)) / np.sqrt(x.var(-1, keepdims=True) + 1e-12) * gain + shift


class Reference:
    """The published weights of a folder with ``model.safetensors``."""

    def __init__(self, folder: Path) -> None:
        self.weights = load_file(folder / "model.safetensors")
        self.tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
        self.tokenizer.no_padding()
        self.tokenizer.no_truncation()

    def encode(self, text: str) -> np.ndarray:
        """The vector of a whole text, of unit length."""
        ids = self.tokenizer.encode(text).ids
        w = self.weights
        x = w["embeddings.word_embeddings.weight"][ids] + w["embeddings.position_embeddings.weight"][: len(ids)]
        x = self._normed(x + w["embeddings.token_type_embeddings.weight"][0], "embeddings.LayerNorm")
        for number in range(6):
            x = self._layer(x, f"encoder.layer.{number}.")
        about = x.mean(axis=0)
        return about / np.linalg.norm(about)

    def _layer(self, x: np.ndarray, name: str) -> np.ndarray:
        parts = [self._dense(x, f"{name}attention.self.{part}") for part in ("query", "key", "value")]
        query, key, value = (part.reshape(len(x), 12, 32).transpose(1, 0, 2) for part in parts)
        scores = np.exp(query @ key.transpose(0, 2, 1) / math.sqrt(32))
        mixed = (scores / scores.sum(-1, keepdims=True) @ value).transpose(1, 0, 2).reshape(len(x), 384)
        attended = self._dense(mixed, f"{name}attention.output.dense")
        x = self._normed(x + attended, f"{name}attention.output.LayerNorm")
        grown = self._dense(x, f"{name}intermediate.dense")
        grown = grown * (1 + _erf(grown / math.sqrt(2))) / 2
        return self._normed(x + self._dense(grown, f"{name}output.dense"), f"{name}output.LayerNorm")

    def _dense(self, x: np.ndarray, name: str) -> np.ndarray:
        return x @ self.weights[f"{name}.weight"].T + self.weights[f"{name}.bias"]

    def _normed(self, x: np.ndarray, name: str) -> np.ndarray:
        return _norm(x, self.weights[f"{name}.weight"], self.weights[f"{name}.bias"])
