"""Writes the trained network as the package reads it: the encoder as ONNX with 8-bit weights, the rest as arrays."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import torch
from onnx import TensorProto, helper, numpy_helper
from torch import nn

from trainer.language.encoder import WIDTH
from trainer.transcript import Speaker
from training.network import SPREAD, Encoder, Layer, Reader


def write(
    folder: Path,
    encoder: Encoder,
    reader: Reader,
    tokenizer: Any,
    words: Mapping[int, int],
    acts: Mapping[Speaker, list[str]],
) -> None:
    """``turns.onnx``, ``tokens.json`` and ``acts.npz`` in the folder."""
    folder.mkdir(parents=True, exist_ok=True)
    tokenizer.save(str(folder / "tokens.json"), pretty=False)
    onnx.save(_Graph(encoder).model(), folder / "turns.onnx")
    np.savez_compressed(folder / "acts.npz", **_arrays(reader, words, acts))
    for path in sorted(folder.glob("*")):
        print(f"{path.name}: {path.stat().st_size / 1e6:.1f} MB")


class _Graph:
    """The encoder for turns of one length, node by node."""

    def __init__(self, encoder: Encoder) -> None:
        self._nodes: list[Any] = []
        self._tensors: list[Any] = []
        self._count = 0
        width = encoder.word.weight.shape[1]
        heads = encoder.layers[0].heads
        split = self._whole([0, 0, heads, width // heads])
        table, scale = _bytes(encoder.word.weight)
        x = self._node("Cast", self._node("Gather", self._constant(table), "ids"), to=TensorProto.FLOAT)
        x = self._node("Mul", x, self._constant(scale))
        length = self._node("Gather", self._node("Shape", "ids"), self._whole([1]))
        places = self._node("Slice", self._tensor(encoder.place), self._whole([0]), length, self._whole([0]))
        x = self._normed(self._node("Add", x, places), encoder.norm)
        for layer in encoder.layers:
            x = self._layer(x, layer, split)
        mean = self._node("ReduceMean", x, self._whole([1]), keepdims=0)
        unit = self._node("Div", mean, self._node("ReduceL2", mean, self._whole([-1]), keepdims=1))
        centred = self._node("Sub", unit, self._tensor(encoder.mean))
        self._node("Mul", centred, self._tensor(SPREAD / encoder.spread), name="vector")

    def model(self) -> Any:
        graph = helper.make_graph(
            self._nodes,
            "turns",
            [helper.make_tensor_value_info("ids", TensorProto.INT64, ["turns", "length"])],
            [helper.make_tensor_value_info("vector", TensorProto.FLOAT, ["turns", WIDTH])],
            self._tensors,
        )
        model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 20)], ir_version=10)
        onnx.checker.check_model(model)
        return model

    def _layer(self, x: str, layer: Layer, split: str) -> str:
        parts = {}
        for name, order in (("q", [0, 2, 1, 3]), ("k", [0, 2, 3, 1]), ("v", [0, 2, 1, 3])):
            apart = self._node("Reshape", self._line(x, layer.parts[name]), split)
            parts[name] = self._node("Transpose", apart, perm=order)
        scale = self._tensor(torch.tensor((WIDTH // layer.heads) ** -0.5))
        scores = self._node("Mul", self._node("MatMul", parts["q"], parts["k"]), scale)
        seen = self._node("MatMul", self._node("Softmax", scores, axis=-1), parts["v"])
        joined = self._node("Reshape", self._node("Transpose", seen, perm=[0, 2, 1, 3]), self._whole([0, 0, WIDTH]))
        x = self._normed(self._node("Add", x, self._line(joined, layer.parts["o"])), layer.after_attention)
        inner = self._node("Gelu", self._line(x, layer.parts["in"]))
        return self._normed(self._node("Add", x, self._line(inner, layer.parts["out"])), layer.after_inner)

    def _line(self, x: str, line: nn.Module) -> str:
        assert isinstance(line, nn.Linear)
        weights, scale = (self._constant(array) for array in _bytes(line.weight.T))
        unpacked = self._node("DequantizeLinear", weights, scale, axis=1)
        return self._node("Add", self._node("MatMul", x, unpacked), self._tensor(line.bias))

    def _normed(self, x: str, norm: nn.LayerNorm) -> str:
        weight, bias = self._tensor(norm.weight), self._tensor(norm.bias)
        return self._node("LayerNormalization", x, weight, bias, axis=-1, epsilon=norm.eps)

    def _node(self, kind: str, *inputs: str, name: str = "", **attributes: Any) -> str:
        self._count += 1
        output = name or f"n{self._count}"
        self._nodes.append(helper.make_node(kind, list(inputs), [output], f"node{self._count}", **attributes))
        return output

    def _tensor(self, values: torch.Tensor) -> str:
        array = np.ascontiguousarray(values.detach().numpy().astype(np.float32))
        return self._constant(array)

    def _whole(self, values: list[int]) -> str:
        return self._constant(np.array(values, np.int64))

    def _constant(self, array: np.ndarray[Any, Any]) -> str:
        self._count += 1
        name = f"t{self._count}"
        self._tensors.append(numpy_helper.from_array(array, name))
        return name


def _bytes(values: torch.Tensor) -> tuple[Any, Any]:
    """A matrix as 8-bit columns with a scale each."""
    matrix = values.detach().numpy()
    scale = np.maximum(np.abs(matrix).max(0) / 127, 1e-8).astype(np.float32)
    return np.ascontiguousarray(np.round(matrix / scale).astype(np.int8)), scale


def _arrays(reader: Reader, words: Mapping[int, int], acts: Mapping[Speaker, list[str]]) -> dict[str, Any]:
    """The reader's weights by the names ``acts.Heads`` looks for: half floats, the bags of words as 8-bit columns."""
    stored: dict[str, Any] = {
        "words": np.array(sorted(words, key=lambda word: words[word]), np.uint32),
        "role": _half(reader.role),
        **_named("enter", reader.enter.weight, reader.enter.bias),
    }
    for name, layer in (("along", reader.along), ("again", reader.again)):
        for way, suffix in (("fore", ""), ("back", "_reverse")):
            for ours, theirs in (("x", "ih"), ("h", "hh")):
                weight, bias = (getattr(layer, f"{part}_{theirs}_l0{suffix}") for part in ("weight", "bias"))
                stored |= _named(f"{name}.{way}.{ours}", weight, bias)
    fate = reader.fate
    for name, line in (("asked", fate.asked), ("here", fate.here), ("offered", fate.offered), ("told", fate.told)):
        stored |= _named(f"fate.{name}", line.weight, line.bias)
    stored |= _named("fate.out", fate.told_of, fate.bias) | {"fate.far": _half(fate.far)}
    for side, names in acts.items():
        head: Any = reader.sides[side]
        stored[f"{side}_acts"] = np.str_(" ".join(names))
        stored[f"{side}.words"], stored[f"{side}.words_scale"] = _bytes(head.words.weight)
        for name, line in (("direct", head.straight), ("in", head.inner), ("out", head.outer)):
            stored |= _named(f"{side}.{name}", line.weight, line.bias)
    return stored


def _named(name: str, weight: torch.Tensor, bias: torch.Tensor) -> dict[str, Any]:
    return {f"{name}.w": _half(weight.T), f"{name}.b": _half(bias)}


def _half(values: torch.Tensor) -> Any:
    return np.ascontiguousarray(values.detach().numpy().astype(np.float16))
