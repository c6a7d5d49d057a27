"""Builds the int8 ONNX graph of the MiniLM-L6 encoder straight from its safetensors weights, without torch.

Weights are int8 per output channel. Activations are quantised per token row (its own largest value is the scale),
not per tensor as dynamic quantisation does: so a text's vectors do not depend on what else is in the batch. Weights
use 7 of the 8 bits: then the 16-bit sums of AVX2 cannot saturate, and every processor gives the same integers.
"""

from pathlib import Path
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper
from safetensors import SafetensorError
from safetensors.numpy import load_file

from voc.errors import FatalError

BUILDER_VERSION = 2  # part of the cache key: raise it whenever the graph changes
LAYERS, HEADS, WIDTH = 6, 12, 384
MOOD_LAYERS = (2, 4)
MOOD_WIDTH = WIDTH * len(MOOD_LAYERS)
_MICROSOFT = "com.microsoft"
_WEIGHT_TOP = 63  # 7 bits; see above
_ROW_TOP = 127

Array = NDArray[Any]


class _Graph:
    """Collects nodes and weights under unique names."""

    def __init__(self) -> None:
        self.nodes: list[onnx.NodeProto] = []
        self.weights: list[onnx.TensorProto] = []
        self._quantised: dict[str, tuple[str, str]] = {}

    def weight(self, name: str, values: Array) -> str:
        self.weights.append(numpy_helper.from_array(np.ascontiguousarray(values), name))
        return name

    def node(self, op: str, inputs: list[str], output: str, *, domain: str = "", **attributes: Any) -> str:  # noqa: ANN401 - ONNX takes any
        self.nodes.append(helper.make_node(op, inputs, [output], domain=domain, **attributes))
        return output

    def rows_to_uint8(self, x: str) -> tuple[str, str]:
        """Names of the quantised rows of ``x`` and of their scales; made once for each ``x``."""
        if x not in self._quantised:
            self.node("Abs", [x], f"{x}.abs")
            self.node("ReduceMax", [f"{x}.abs", "last_axis"], f"{x}.max", keepdims=1)
            self.node("Max", [f"{x}.max", "tiny"], f"{x}.scale")
            self.node("Div", [x, f"{x}.scale"], f"{x}.unit")
            self.node("QuantizeLinear", [f"{x}.unit", "row_step", "row_zero"], f"{x}.uint8")
            self._quantised[x] = (f"{x}.uint8", f"{x}.scale")
        return self._quantised[x]

    def linear(self, x: str, name: str, weight: Array, bias: Array) -> str:
        """``x @ weight + bias`` with int8 arithmetic; ``weight`` has shape (in, out)."""
        step = np.maximum(np.abs(weight).max(axis=0) / _WEIGHT_TOP, 1e-12)
        levels = np.clip(np.round(weight / step), -_WEIGHT_TOP, _WEIGHT_TOP).astype(np.int8)
        rows, scale = self.rows_to_uint8(x)
        self.weight(f"{name}.levels", levels)
        self.weight(f"{name}.step", step.astype(np.float32))
        self.weight(f"{name}.bias", bias)
        inputs = [rows, f"{name}.levels", "row_step", f"{name}.step", "row_zero"]
        self.node("MatMulIntegerToFloat", inputs, f"{name}.unit", domain=_MICROSOFT)
        self.node("Mul", [f"{name}.unit", scale], f"{name}.product")
        return self.node("Add", [f"{name}.product", f"{name}.bias"], f"{name}.out")


def _constants(graph: _Graph) -> None:
    graph.weight("row_step", np.array(1 / _ROW_TOP, np.float32))
    graph.weight("row_zero", np.array(128, np.uint8))
    graph.weight("tiny", np.array(1e-6, np.float32))
    for name, value in (("last_axis", -1), ("axis_0", 0), ("axis_1", 1), ("axis_2", 2)):
        graph.weight(name, np.array([value], np.int64))
    graph.weight("thirds", np.array([WIDTH] * 3, np.int64))


def _embeddings(graph: _Graph, w: dict[str, Array]) -> str:
    graph.weight("words", w["embeddings.word_embeddings.weight"])
    # every text is segment 0, so its vector can be added to the positions once and for all
    positions = w["embeddings.position_embeddings.weight"] + w["embeddings.token_type_embeddings.weight"][0]
    graph.weight("positions", positions)
    graph.node("Gather", ["words", "input_ids"], "embedded")
    graph.node("Shape", ["input_ids"], "shape")
    graph.node("Slice", ["shape", "axis_1", "axis_2"], "length")
    graph.node("Slice", ["positions", "axis_0", "length", "axis_0"], "positions_used")
    graph.node("Add", ["embedded", "positions_used"], "placed")
    norm = [
        graph.weight("embeddings.norm.gain", w["embeddings.LayerNorm.weight"]),
        graph.weight("embeddings.norm.shift", w["embeddings.LayerNorm.bias"]),
    ]
    return graph.node("LayerNormalization", ["placed", *norm], "layer0", epsilon=1e-12, axis=-1)


def _residual_norm(graph: _Graph, x: str, skip: str, name: str, w: dict[str, Array], output: str) -> str:
    gain = graph.weight(f"{name}.gain", w[f"{name}.weight"])
    shift = graph.weight(f"{name}.shift", w[f"{name}.bias"])
    return graph.node("SkipLayerNormalization", [x, skip, gain, shift], output, domain=_MICROSOFT, epsilon=1e-12)


def _layer(graph: _Graph, x: str, number: int, w: dict[str, Array]) -> str:
    prefix = f"encoder.layer.{number}."
    attention = f"{prefix}attention.self."
    qkv_weight = np.concatenate([w[f"{attention}{k}.weight"].T for k in ("query", "key", "value")], axis=1)
    qkv_bias = np.concatenate([w[f"{attention}{k}.bias"] for k in ("query", "key", "value")])
    qkv = graph.linear(x, f"{prefix}qkv", qkv_weight, qkv_bias)
    parts = [f"{prefix}{k}" for k in ("q", "k", "v")]
    graph.nodes.append(helper.make_node("Split", [qkv, "thirds"], parts, axis=-1))
    attended = graph.node(
        "MultiHeadAttention", [*parts, "", "lengths"], f"{prefix}attended", domain=_MICROSOFT, num_heads=HEADS
    )

    def dense(source: str, name: str) -> str:
        return graph.linear(source, f"{prefix}{name}", w[f"{prefix}{name}.weight"].T, w[f"{prefix}{name}.bias"])

    mixed = dense(attended, "attention.output.dense")
    x = _residual_norm(graph, mixed, x, f"{prefix}attention.output.LayerNorm", w, f"{prefix}half")
    grown = graph.node("Gelu", [dense(x, "intermediate.dense")], f"{prefix}gelu", domain=_MICROSOFT)
    shrunk = dense(grown, "output.dense")
    return _residual_norm(graph, shrunk, x, f"{prefix}output.LayerNorm", w, f"layer{number + 1}")


def build_int8(weights: Path) -> bytes:
    """The serialised ONNX model.

    Inputs: ``input_ids`` int64 (b, l), ``lengths`` int32 (b,) tokens that are no padding, ``spans`` float32 (b, s, l)
    pooling weights. Outputs, each ``spans @ token vectors``: ``vectors`` float32 (b, s, 384) of the last layer, and
    ``moods`` float32 (b, s, 768) of the second and fourth: the last layer was trained to forget praise and blame
    in favour of what a text is about, the lower ones still tell them apart.

    Raises FatalError when the weights can't be read.
    """
    try:
        w = {name: values.astype(np.float32) for name, values in load_file(weights).items() if values.ndim}
    except (OSError, ValueError, SafetensorError) as error:
        raise FatalError(f"{weights}: the encoder's weights can't be read: {error}") from error
    graph = _Graph()
    _constants(graph)
    x = _embeddings(graph, w)
    for number in range(LAYERS):
        x = _layer(graph, x, number, w)
    graph.node("MatMul", ["spans", x], "vectors")
    graph.node("Concat", [f"layer{number}" for number in MOOD_LAYERS], "lower_layers", axis=-1)
    graph.node("MatMul", ["spans", "lower_layers"], "moods")
    value = helper.make_tensor_value_info
    inputs = [
        value("input_ids", TensorProto.INT64, ["b", "l"]),
        value("lengths", TensorProto.INT32, ["b"]),
        value("spans", TensorProto.FLOAT, ["b", "s", "l"]),
    ]
    outputs = [
        value("vectors", TensorProto.FLOAT, ["b", "s", WIDTH]),
        value("moods", TensorProto.FLOAT, ["b", "s", MOOD_WIDTH]),
    ]
    model = helper.make_model(
        helper.make_graph(graph.nodes, "minilm-l6", inputs, outputs, graph.weights),
        opset_imports=[helper.make_opsetid("", 20), helper.make_opsetid(_MICROSOFT, 1)],
        ir_version=10,
    )
    return bytes(model.SerializeToString())
