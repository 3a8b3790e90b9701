"""Writes the trained network as the package reads it: the encoder as ONNX that reckons in 8 bits, the rest as arrays.

Before a product the numbers that come in are divided, column by column, by about as much as they reach, and the rows
of the weights multiplied by it (SmoothQuant, Xiao et al. 2023): a few wide columns would else leave too few of the 256
steps to the others. Weights keep 7 bits, so that processors without instructions of their own for it add up the same.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import torch
from onnx import TensorProto, helper, numpy_helper
from torch import nn

from trainer.language.encoder import END, LONGEST, START, TOKENS, WIDTH
from trainer.transcript import Speaker
from training.network import SPREAD, Encoder, Layer, Reader

SMOOTH = 0.7
"""How much of the width of incoming columns moves into the weights."""
STEPS = 63
RUNTIME = "com.microsoft"
"""The domain of onnxruntime's own operators."""


def write_encoder(folder: Path, encoder: Encoder, tokenizer: Any, texts: Sequence[str]) -> None:
    """``turns.onnx`` and ``tokens.json`` in the folder; ``texts``: some in their ``spoken`` form, to see widths by."""
    folder.mkdir(parents=True, exist_ok=True)
    tokenizer.save(str(folder / "tokens.json"), pretty=False)
    encoded = tokenizer.encode_batch([text[:LONGEST] for text in texts])
    reached = _reached(encoder, [[START, *one.ids[:TOKENS], END] for one in encoded])
    onnx.save(_Graph(encoder, reached).model(), folder / "turns.onnx")


def write_reader(folder: Path, reader: Reader, words: Mapping[int, int], acts: Mapping[Speaker, list[str]]) -> None:
    """``acts.npz`` in the folder."""
    np.savez_compressed(folder / "acts.npz", **_arrays(reader, words, acts))


def _reached(encoder: Encoder, ids: Sequence[Sequence[int]]) -> dict[nn.Module, torch.Tensor]:
    """For each straight line of the encoder how far each of its incoming columns reaches, on average of these texts."""
    found: dict[nn.Module, torch.Tensor] = {}

    def look(line: nn.Module, given: tuple[torch.Tensor, ...]) -> None:
        far = given[0].detach().abs().flatten(0, -2).amax(0)
        found[line] = found.get(line, 0) + far / len(ids)

    lines = [line for layer in encoder.layers for line in layer.parts.values()]  # type: ignore[operator,union-attr]
    hooks = [line.register_forward_pre_hook(look) for line in lines]
    encoder.eval()
    with torch.no_grad():
        for one in ids:
            encoder([one])
    for hook in hooks:
        hook.remove()
    return found


class _Graph:
    """The encoder for turns of one length, node by node."""

    def __init__(self, encoder: Encoder, reached: Mapping[nn.Module, torch.Tensor]) -> None:
        self._reached = reached
        self._nodes: list[Any] = []
        self._tensors: list[Any] = []
        self._count = 0
        table, scale = _bytes(encoder.word.weight)
        x = self._node("Cast", self._node("Gather", self._constant(table), "ids"), to=TensorProto.FLOAT)
        x = self._node("Mul", x, self._constant(scale))
        length = self._node("Gather", self._node("Shape", "ids"), self._whole([1]))
        places = self._node("Slice", self._tensor(encoder.place), self._whole([0]), length, self._whole([0]))
        x = self._normed(self._node("Add", x, places), encoder.norm)
        for layer in encoder.layers:
            x = self._layer(x, layer)
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
        opsets = [helper.make_opsetid("", 20), helper.make_opsetid(RUNTIME, 1)]
        model = helper.make_model(graph, opset_imports=opsets, ir_version=10)
        onnx.checker.check_model(model)
        return model

    def _layer(self, x: str, layer: Layer) -> str:
        told = self._line(self._attention(x, layer), layer.parts["o"])
        x = self._normed(self._node("Add", x, told), layer.after_attention)
        outer = self._line(self._node("Gelu", self._line(x, layer.parts["in"])), layer.parts["out"])
        return self._normed(self._node("Add", x, outer), layer.after_inner)

    def _attention(self, x: str, layer: Layer) -> str:
        """What each token sees in the others: one node of the runtime's own for what would be twenty."""
        lines = [layer.parts[name] for name in "qkv"]
        share = self._share(lines)
        whole, scale, zero = self._three("DynamicQuantizeLinear", self._node("Mul", x, self._tensor(1 / share)))
        parts = [_bytes(line.weight.detach().T * share[:, None], STEPS) for line in lines]
        matrix, steps = (self._constant(np.concatenate(arrays, -1)) for arrays in zip(*parts, strict=True))
        bias = self._tensor(torch.cat([line.bias for line in lines]))
        inputs = (whole, matrix, bias, scale, steps, "", zero)
        return self._node("QAttention", *inputs, domain=RUNTIME, num_heads=layer.heads)

    def _line(self, x: str, line: nn.Module) -> str:
        """A straight line, reckoned in 8 bits."""
        share = self._share([line])
        matrix, steps = (self._constant(one) for one in _bytes(line.weight.detach().T * share[:, None], STEPS))
        even = self._node("Mul", x, self._tensor(1 / share))
        return self._node("DynamicQuantizeMatMul", even, matrix, steps, "", self._tensor(line.bias), domain=RUNTIME)

    def _share(self, lines: Sequence[nn.Module]) -> torch.Tensor:
        """By how much each column that comes into these straight lines is divided."""
        reached = self._reached[lines[0]].clamp(min=1e-5)
        widest = torch.stack([line.weight.detach().abs().amax(0) for line in lines]).amax(0).clamp(min=1e-5)
        share = reached**SMOOTH / widest ** (1 - SMOOTH)
        return share / share.log().mean().exp()

    def _normed(self, x: str, norm: nn.LayerNorm) -> str:
        weight, bias = self._tensor(norm.weight), self._tensor(norm.bias)
        return self._node("LayerNormalization", x, weight, bias, axis=-1, epsilon=norm.eps)

    def _node(self, kind: str, *inputs: str, name: str = "", **attributes: Any) -> str:
        self._count += 1
        output = name or f"n{self._count}"
        self._nodes.append(helper.make_node(kind, list(inputs), [output], f"node{self._count}", **attributes))
        return output

    def _three(self, kind: str, x: str) -> tuple[str, str, str]:
        self._count += 1
        outputs = (f"n{self._count}", f"n{self._count}s", f"n{self._count}z")
        self._nodes.append(helper.make_node(kind, [x], list(outputs), f"node{self._count}"))
        return outputs

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


def _bytes(values: torch.Tensor, steps: int = 127) -> tuple[Any, Any]:
    """A matrix as columns of whole numbers up to ``steps``, with a scale each."""
    matrix = values.detach().numpy()
    scale = np.maximum(np.abs(matrix).max(0) / steps, 1e-8).astype(np.float32)
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
