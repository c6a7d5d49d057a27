"""Loads a Hugging Face classification model and reads pairs of texts with it; torch is imported here only."""

import hashlib
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np
from huggingface_hub import try_to_load_from_cache
from numpy.typing import NDArray

from voc.errors import ConfigError, FatalError

_HASHED: Final = {".safetensors", ".bin", ".json", ".txt", ".model"}  # weights, configuration and vocabulary
_UNLIMITED: Final = 10**6  # a tokenizer that knows no limit of its own has 10**30
_USUAL_LIMIT: Final = 512  # tokens, for models whose configuration states none


class PairModel:
    """A sequence-classification model. ``labels`` are the model's own, in the order of its outputs."""

    def __init__(self, name: str, *, allow_download: bool, batch_size: int) -> None:
        self.name = name
        self._batch_size = batch_size
        self._torch, self._tokenizer, self._model = _load(name, local_files_only=not allow_download)
        config = self._model.config
        self.labels: Sequence[str] = [str(config.id2label[number]) for number in range(config.num_labels)]
        self._limit = _token_limit(self._tokenizer.model_max_length, config)
        self.version = _version(name)

    def probabilities(self, pairs: Sequence[tuple[str, str]]) -> NDArray[np.float32]:
        """P(label) of each (premise, hypothesis), shape (n, labels); pairs over the model's limit are cut."""
        result = np.zeros((len(pairs), len(self.labels)), np.float32)
        # sorted by length, a batch has little padding
        order = sorted(range(len(pairs)), key=lambda i: len(pairs[i][0]) + len(pairs[i][1]))
        for start in range(0, len(order), self._batch_size):
            numbers = order[start : start + self._batch_size]
            result[numbers] = self._read([pairs[i] for i in numbers])
        return result

    def _read(self, pairs: Sequence[tuple[str, str]]) -> NDArray[np.float32]:
        inputs = self._tokenizer(
            [premise for premise, _ in pairs],
            [hypothesis for _, hypothesis in pairs],
            truncation="longest_first",  # the text, and the promise only where it alone is too long
            max_length=self._limit,
            padding=True,
            return_tensors="pt",
        )
        with self._torch.no_grad():
            scores = self._model(**inputs).logits
        probabilities: NDArray[np.float32] = self._torch.softmax(scores, dim=-1).numpy()
        return probabilities


def _load(name: str, *, local_files_only: bool) -> tuple[Any, Any, Any]:
    """torch, tokenizer and model; ConfigError where there is no such model, FatalError where it is damaged."""
    try:
        import torch
    except ImportError as error:
        raise ConfigError(
            "this kind of model needs torch: pip install -c constraints.txt -e '.[train]'",
            key="model.kind",
            value="transformers",
        ) from error
    from transformers import AutoModelForSequenceClassification, AutoTokenizer
    from transformers.utils import logging

    logging.disable_progress_bar()  # type: ignore[no-untyped-call]
    folder = Path(name).is_dir()
    if not folder and local_files_only and not _cached(name):
        raise _absent(name, "there is no such folder, and the hub's cache on this machine has no such model")
    try:
        tokenizer = AutoTokenizer.from_pretrained(name, local_files_only=local_files_only)
        model, report = AutoModelForSequenceClassification.from_pretrained(
            name, local_files_only=local_files_only, dtype=torch.float32, output_loading_info=True
        )
    except Exception as error:  # what a damaged model raises depends on which of its files is damaged
        if folder or local_files_only:
            raise FatalError(f"{name}: the model can't be read: {error}") from error
        raise _absent(name, f"the model can't be fetched: {error}") from error
    if report["missing_keys"]:  # transformers would go on with random numbers in their place
        raise FatalError(f"{name}: the model lacks the weights {', '.join(sorted(report['missing_keys']))}")
    if tokenizer.pad_token is None:
        raise ConfigError("the model's tokenizer has no padding token", key="model.model", value=name)
    return torch, tokenizer, model.eval()


def _absent(name: str, problem: str) -> ConfigError:
    allowed = "a folder with a Hugging Face classification model, or a hub name with allow_download: true"
    return ConfigError(problem, key="model.model", value=name, allowed=allowed)


def _cached(name: str) -> Path | None:
    """The configuration of a hub model in the local cache, inside a folder named after its commit."""
    try:
        found = try_to_load_from_cache(name, "config.json")
    except ValueError:  # no possible hub name
        return None
    return Path(found) if isinstance(found, str) else None


def _token_limit(tokenizer_limit: int, config: Any) -> int:  # noqa: ANN401 - each architecture has its own class
    positions = getattr(config, "max_position_embeddings", None) or _USUAL_LIMIT
    if tokenizer_limit < _UNLIMITED:
        return min(tokenizer_limit, positions)
    return int(positions) - 2  # RoBERTa and its kin count their positions from 2


def _version(name: str) -> str:
    """The hub's commit, or a hash over the folder's files; 12 hex digits."""
    folder = Path(name)
    if not folder.is_dir():
        cached = _cached(name)
        return cached.parent.name[:12] if cached else "unknown"
    digest = hashlib.sha256()
    for path in sorted(path for path in folder.iterdir() if path.suffix in _HASHED):
        with path.open("rb") as file:
            digest.update(os.fsencode(path.name) + hashlib.file_digest(file, "sha256").digest())
    return digest.hexdigest()[:12]
