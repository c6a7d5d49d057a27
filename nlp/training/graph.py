"""Writes a trained network as an int8 ONNX graph, straight from its weights.

Weights are int8 per output channel, word vectors int8 per word. Activations are quantised per token row (its own
largest value is the scale), not per tensor as dynamic quantisation does: so a text's vectors do not depend on what
else is in the batch. Weights use 7 of the 8 bits: then the 16-bit sums of AVX2 cannot saturate, and every processor
gives the same integers.
"""

from collections.abc import Mapping
from typing import Any, Final

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

from nlp.encoder import STANCE_WIDTH, WIDTH

LAYERS: Final = 6
HEADS: Final = 12
STANCE_LAYERS: Final = (2, 4, 6)  # lower layers tell praise from blame better than the last
_MICROSOFT = "com.microsoft"
_WEIGHT_TOP = 63  # 7 bits; see above
_WORD_TOP = 127
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


def _embeddings(graph: _Graph, w: Mapping[str, Array]) -> str:
    words = w["enc.words.weight"]
    step = np.maximum(np.abs(words).max(axis=1, keepdims=True) / _WORD_TOP, 1e-12).astype(np.float32)
    graph.weight("words", np.round(words / step).astype(np.int8))
    graph.weight("words.step", step)
    graph.weight("positions", w["enc.pos.weight"])
    graph.node("Gather", ["words", "input_ids"], "levels")
    graph.node("Cast", ["levels"], "levels.float", to=TensorProto.FLOAT)
    graph.node("Gather", ["words.step", "input_ids"], "steps")
    graph.node("Mul", ["levels.float", "steps"], "embedded")
    graph.node("Shape", ["input_ids"], "shape")
    graph.node("Slice", ["shape", "axis_1", "axis_2"], "length")
    graph.node("Slice", ["positions", "axis_0", "length", "axis_0"], "positions_used")
    graph.node("Add", ["embedded", "positions_used"], "placed")
    norm = [
        graph.weight("embeddings.norm.gain", w["enc.norm.weight"]),
        graph.weight("embeddings.norm.shift", w["enc.norm.bias"]),
    ]
    return graph.node("LayerNormalization", ["placed", *norm], "layer0", epsilon=1e-12, axis=-1)


def _residual_norm(graph: _Graph, x: str, skip: str, name: str, w: Mapping[str, Array], output: str) -> str:
    gain = graph.weight(f"{name}.gain", w[f"{name}.weight"])
    shift = graph.weight(f"{name}.shift", w[f"{name}.bias"])
    return graph.node("SkipLayerNormalization", [x, skip, gain, shift], output, domain=_MICROSOFT, epsilon=1e-12)


def _layer(graph: _Graph, x: str, number: int, w: Mapping[str, Array]) -> str:
    prefix = f"enc.layers.{number}."

    def dense(source: str, name: str) -> str:
        return graph.linear(source, f"{prefix}{name}", w[f"{prefix}{name}.weight"].T, w[f"{prefix}{name}.bias"])

    parts = [f"{prefix}{k}" for k in ("q", "k", "v")]
    graph.nodes.append(helper.make_node("Split", [dense(x, "qkv"), "thirds"], parts, axis=-1))
    attended = graph.node(
        "MultiHeadAttention", [*parts, "", "lengths"], f"{prefix}attended", domain=_MICROSOFT, num_heads=HEADS
    )
    x = _residual_norm(graph, dense(attended, "out"), x, f"{prefix}n1", w, f"{prefix}half")
    grown = graph.node("Gelu", [dense(x, "up")], f"{prefix}gelu", domain=_MICROSOFT)
    return _residual_norm(graph, dense(grown, "down"), x, f"{prefix}n2", w, f"layer{number + 1}")


def build_int8(w: Mapping[str, Array]) -> bytes:
    """The serialised ONNX model of a network's float32 weights, named as in nlp.training.network.

    Inputs: ``input_ids`` int64 (b, l) and ``lengths`` int32 (b,), the tokens that are no padding. Outputs, one row a
    token: ``about`` float32 (b, l, 384) of length one, ``topics`` (b, l, 384) of the last layer, and ``stances``
    (b, l, 128).
    """
    graph = _Graph()
    _constants(graph)
    x = _embeddings(graph, w)
    for number in range(LAYERS):
        x = _layer(graph, x, number, w)
    graph.node("Identity", [x], "topics")
    turned = graph.linear(x, "att", w["att.weight"].T, w["att.bias"])
    graph.node("LpNormalization", [turned], "about", axis=-1, p=2)
    # one product for each layer: quantised together, the layer of the largest values would take the bits of all
    weight = np.split(w["stance.0.weight"].T, len(STANCE_LAYERS), axis=0)
    none = np.zeros(STANCE_WIDTH, np.float32)
    parts = [
        graph.linear(f"layer{layer}", f"stance{layer}", part, w["stance.0.bias"] if layer == LAYERS else none)
        for layer, part in zip(STANCE_LAYERS, weight, strict=True)
    ]
    graph.node("Sum", parts, "stance.sum")
    graph.node("Tanh", ["stance.sum"], "stances")
    value = helper.make_tensor_value_info
    inputs = [value("input_ids", TensorProto.INT64, ["b", "l"]), value("lengths", TensorProto.INT32, ["b"])]
    widths = {"about": WIDTH, "topics": WIDTH, "stances": STANCE_WIDTH}
    outputs = [value(name, TensorProto.FLOAT, ["b", "l", width]) for name, width in widths.items()]
    model = helper.make_model(
        helper.make_graph(graph.nodes, "promise-judge", inputs, outputs, graph.weights),
        opset_imports=[helper.make_opsetid("", 20), helper.make_opsetid(_MICROSOFT, 1)],
        ir_version=10,
    )
    return bytes(model.SerializeToString())
