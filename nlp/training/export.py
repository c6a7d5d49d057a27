"""Writes a trained network as the files that nlp.model_files reads."""

import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from torch import nn

from nlp.arithmetic import Floats
from nlp.heads import Heads, Linear
from nlp.model_files import ENCODER, TOKENIZER
from nlp.training.graph import build_int8
from nlp.training.network import Network


def export_encoder(network: Network, weights: Path, folder: Path) -> None:
    """Write the int8 encoder and its tokenizer."""
    state = {name: value.detach().numpy().astype(np.float32) for name, value in network.state_dict().items()}
    folder.mkdir(parents=True, exist_ok=True)
    (folder / ENCODER).write_bytes(build_int8(state))
    shutil.copyfile(weights / TOKENIZER, folder / TOKENIZER)


def heads_of(network: Network) -> Heads:
    """The network's heads; their confidence is that of the two odds multiplied until it is calibrated."""
    return Heads(
        sharpness=_array(network.log_sharpness.exp()).reshape(1),
        match_in=_linear(network.match_in),
        match_out=_linear(network.match_out),
        match_skip=_linear(network.match_skip),
        verdict_in=_linear(network.verdict_in),
        verdict_out=_linear(network.verdict_out),
        disconfirmation=_linear(network.disconfirmation),
        confidence=Linear(np.ones((2, 1), np.float32), np.zeros(1, np.float32)),
    )


def calibrated(heads: Heads, confidence: Linear) -> Heads:
    """The same heads with another confidence."""
    return replace(heads, confidence=confidence)


def _linear(layer: nn.Linear) -> Linear:
    return Linear(np.ascontiguousarray(_array(layer.weight).T), _array(layer.bias))


def _array(values: Any) -> Floats:  # noqa: ANN401 - torch's own type is not checked here
    result: Floats = values.detach().numpy().astype(np.float32)
    return result
