"""Weights and the state of training as safetensors files, and back. Loading them runs no code of theirs."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from typing import Any

import msgspec
import torch
from safetensors import SafetensorError
from safetensors.torch import load as load_safetensors
from safetensors.torch import save as save_safetensors

from snn_tui.errors import RunError
from snn_tui.snn.layered import LayeredNetwork
from snn_tui.snn.quantisation import FEW_BITS, SCALE, are_products, is_quantised, scales_of
from snn_tui.values.energy_constants import FLOAT_BITS
from snn_tui.values.numbers import Count

HEADER_LIMIT = 1 << 20
"""Largest header of a safetensors file that is read, in bytes."""

_MOST_EPOCHS = 2**31
_MOMENTS = {"step", "exp_avg", "exp_avg_sq"}
_BROKEN = (SafetensorError, ValueError, KeyError, RuntimeError, TypeError, RecursionError)
_REMEDY = "the file is damaged or of another network; train again, or choose another run"


class TrainingPosition(msgspec.Struct, frozen=True, kw_only=True):
    """The part of a resume state that is not tensors: JSON in the metadata of `resume.safetensors`.

    Args:
        images: Checksum (CRC-32) of all images and labels.
        epochs_done: Epochs completed.
        batches_done: Batches done of the epoch after them.
        best_loss: Lowest loss on val so far; None before the first.
        kept_epoch: The epoch of the weights kept as the best ones; None where there are none.
        average_steps: Training steps that the average of the weights is taken over; None without an average.
    """

    images: Count
    epochs_done: Count
    batches_done: Count
    best_loss: float | None = None
    kept_epoch: Count | None = None
    average_steps: Count | None = None


class _Header(msgspec.Struct):
    metadata: dict[str, str] = msgspec.field(name="__metadata__", default_factory=dict)


def weights_to_bytes(weights: Mapping[str, torch.Tensor], metadata: Mapping[str, str]) -> bytes:
    """A network's weights as a safetensors file.

    Args:
        weights: The network's `state_dict`.
        metadata: What the file says about them, besides the `format: pt` that other loaders ask for.

    Returns:
        The file's content; the same weights and metadata always give the same bytes.
    """
    tensors = {name: value.detach().cpu().contiguous() for name, value in weights.items()}
    content = save_safetensors(tensors, metadata={"format": "pt", **metadata})
    # The library writes metadata in another order each time.
    end = 8 + int.from_bytes(content[:8], "little")
    header = json.loads(content[8:end])
    text = json.dumps(header, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()
    text += b" " * (-len(text) % 8)  # tensors begin at a multiple of eight bytes
    return len(text).to_bytes(8, "little") + text + content[end:]


def checkpoint_to_bytes(weights: Mapping[str, torch.Tensor], metadata: Mapping[str, str]) -> bytes:
    """The content of `model.safetensors`: weights, with their scales where `bits` of its metadata says so.

    Args:
        weights: The network's `state_dict`, quantised to those bits.
        metadata: As for `weights_to_bytes`.
    """
    scales = scales_of(weights, int(metadata.get("bits", FLOAT_BITS)))
    return weights_to_bytes({**weights, **scales}, metadata)


def metadata_of(content: bytes) -> dict[str, str]:
    """The metadata of a safetensors file.

    Raises:
        ValueError: The content is not such a file, or its header is larger than `HEADER_LIMIT`.
    """
    length = int.from_bytes(content[:8], "little")
    if length > HEADER_LIMIT:
        raise ValueError("its header is too large")
    try:
        return msgspec.json.decode(content[8 : 8 + length], type=_Header).metadata
    except RecursionError:
        raise ValueError("its header is nested too deeply") from None


def load_weights(network: LayeredNetwork, content: bytes, where: str) -> None:
    """Put weights into a network.

    Args:
        network: The network they have to fit.
        content: A safetensors file's content.
        where: Its path, for the message.

    Raises:
        RunError: It is no safetensors file, or holds other tensors than the network has.
    """
    tensors = _tensors_of(content, where)
    expected = {name: (value.shape, value.dtype) for name, value in network.state_dict().items()}
    if {name: (value.shape, value.dtype) for name, value in tensors.items()} != expected:
        raise RunError("holds other weights than this network has", where=where, remedy=_REMEDY)
    network.load_state_dict(tensors)


def _tensors_of(content: bytes, where: str) -> dict[str, torch.Tensor]:
    """The tensors of a weights file but for the scales of quantised weights, by name.

    Raises:
        RunError: It is no safetensors file, holds numbers that are not finite, or scales of other weights.
    """
    try:
        metadata = metadata_of(content)  # bounds the header before the library reads it
        bits = int(metadata.get("bits", FLOAT_BITS))
        tensors: dict[str, torch.Tensor] = load_safetensors(content)
    except _BROKEN as error:
        raise RunError(f"not a readable weights file ({error})", where=where, remedy=_REMEDY) from error
    if not all(bool(torch.isfinite(value).all()) for value in tensors.values()):
        raise RunError("holds weights that are no finite numbers", where=where, remedy=_REMEDY)
    return tensors if bits == FLOAT_BITS else _without_scales(tensors, bits, where)


def _without_scales(tensors: dict[str, torch.Tensor], bits: int, where: str) -> dict[str, torch.Tensor]:
    """Quantised weights, and what is not quantised, without the scales.

    Raises:
        RunError: A weight is not what its scales make of integers of so many bits.
    """
    scales = {name: value for name, value in tensors.items() if name.endswith(SCALE)}
    weights = {name: value for name, value in tensors.items() if name not in scales}
    if (
        bits not in FEW_BITS
        or scales.keys() != {name + SCALE for name, value in weights.items() if is_quantised(value)}
        or not all(are_products(weights[name.removesuffix(SCALE)], scales[name], bits) for name in scales)
    ):
        what = f"holds weights that are not integers of {bits} bits times their scales"
        raise RunError(what, where=where, remedy=_REMEDY)
    return weights


def load_initial(network: LayeredNetwork, content: bytes, where: str) -> None:
    """Let a network begin with the weights of another, whose neurons may be of another kind.

    What neurons learn is taken along where both learn it; else they keep what the network's options say.

    Args:
        network: The network, whose synapses have to be as large as the other's.
        content: The content of the other's weights file.
        where: How it was named, for the message.

    Raises:
        RunError: It is no safetensors file, or its layers are others; the first that differs is named.
    """
    tensors, own = _tensors_of(content, where), network.state_dict()
    theirs, ours = _synapses(tensors), _synapses(own)
    for layer in sorted({*ours, *theirs}, key=lambda name: (name == "out", len(name), name)):
        if difference := _difference(layer, theirs.get(layer), ours.get(layer)):
            remedy = "give --layers, --norm and images like that run's, or leave it out"
            raise RunError(difference, where=where, remedy=remedy)
    learned = {name for name, parameter in network.named_parameters() if parameter.requires_grad}
    taken = {name for name in own if ".synapses." in name or (name in learned and name in tensors)}
    network.load_state_dict(own | {name: tensors[name] for name in taken})


def _synapses(tensors: Mapping[str, torch.Tensor]) -> dict[str, dict[str, torch.Size]]:
    """Shapes of the synapses' tensors by layer and name."""
    layers: dict[str, dict[str, torch.Size]] = {}
    for name, value in tensors.items():
        layer, _, within = name.removeprefix("layers.").partition(".synapses.")
        if within:
            layers.setdefault(layer, {})[within] = value.shape
    return layers


def _difference(layer: str, theirs: dict[str, torch.Size] | None, ours: dict[str, torch.Size] | None) -> str:
    """In what a layer of another network differs, in a sentence; empty where it does not."""
    if theirs is None:
        return f"it has no layer {layer}, and this network does"
    if ours is None:
        return f"it has a layer {layer}, and this network does not"
    normed = [any(name.endswith("running_mean") for name in shapes) for shapes in (theirs, ours)]
    if normed == [True, False]:
        return f"its layer {layer} has batch norm, and this network's does not"
    if normed == [False, True]:
        return f"its layer {layer} has no batch norm, and this network's does"
    sizes = ["x".join(map(str, max(shapes.values(), key=len, default=()))) for shapes in (theirs, ours)]
    if sizes[0] != sizes[1]:
        return f"its layer {layer} has weights of {sizes[0]}, and this network's of {sizes[1]}"
    return "" if theirs == ours else f"its layer {layer} has another pool than this network's"


def state_to_bytes(state: dict[str, Any]) -> bytes:
    """`Trainer.state` as the content of `resume.safetensors`; the same state always gives the same bytes."""
    average, kept, best_loss = state["average"], state["kept"], state["best_loss"]
    position = TrainingPosition(
        images=state["images"],
        epochs_done=state["epochs_done"],
        batches_done=state["batches_done"],
        best_loss=best_loss if math.isfinite(best_loss) else None,
        kept_epoch=kept[0] if kept else None,
        average_steps=average["steps"] if average else None,
    )
    groups = {
        "weights": state["weights"],
        "average": average["weights"] if average else {},
        "kept": kept[1] if kept else {},
        **{f"optimizer.{index}": moments for index, moments in state["optimizer"]["state"].items()},
    }
    tensors = {f"{group}.{name}": value for group, named in groups.items() for name, value in named.items()}
    tensors["losses"] = torch.tensor(state["losses"], dtype=torch.float64)
    return weights_to_bytes(tensors, {"position": msgspec.json.encode(position).decode()})


def state_from_bytes(content: bytes, where: str) -> dict[str, Any]:
    """`Trainer.state` back from the content of `resume.safetensors`.

    Args:
        content: The file's content.
        where: Its path, for the message.

    Raises:
        RunError: The content is not what `state_to_bytes` returns. Whether it fits a network is for
            `check_state` to say.
    """
    groups: dict[str, dict[str, Any]] = {"weights": {}, "average": {}, "kept": {}}
    moments: dict[int, dict[str, torch.Tensor]] = {}
    try:
        position = msgspec.json.decode(metadata_of(content)["position"], type=TrainingPosition)
        tensors = load_safetensors(content)
        losses = tensors.pop("losses").tolist()
        for name, value in tensors.items():
            group, _, rest = name.partition(".")
            if group == "optimizer":
                index, _, moment = rest.partition(".")
                moments.setdefault(int(index), {})[moment] = value
            else:
                groups[group][rest] = value
    except _BROKEN as error:
        raise RunError("not a readable resume state", where=where, remedy=_REMEDY) from error
    averaged, kept = position.average_steps is not None, position.kept_epoch is not None
    return {
        "images": position.images,
        "weights": groups["weights"],
        "average": {"steps": position.average_steps, "weights": groups["average"]} if averaged else None,
        "optimizer": {"state": moments},
        "epochs_done": position.epochs_done,
        "batches_done": position.batches_done,
        "losses": losses,
        "best_loss": math.inf if position.best_loss is None else position.best_loss,
        "kept": (position.kept_epoch, groups["kept"]) if kept else None,
    }


def check_state(
    state: dict[str, Any], network: LayeredNetwork, batches: int, *, averaged: bool = False
) -> None:
    """Check that a resume state fits a network, before any of it is used.

    Args:
        state: From `state_from_bytes`.
        network: The network it is for.
        batches: Batches an epoch has.
        averaged: Whether an average of weights is kept.

    Raises:
        RunError: It is of another network or another way of training, or damaged.
    """
    weights = network.state_dict()
    everything = list(network.parameters())
    parameters = {index: value for index, value in enumerate(everything) if value.requires_grad}
    moments, kept, average = state["optimizer"]["state"], state["kept"], state["average"]
    losses = state["losses"]
    sound = (
        _same_tensors(state["weights"], weights)
        and (kept is None or _same_tensors(kept[1], weights))
        and (not averaged or (average is not None and _same_tensors(average["weights"], weights)))
        and (not moments or sorted(moments) == list(parameters))
        and all(
            moments[index].keys() == _MOMENTS
            and _fits(moments[index]["exp_avg"], parameter)
            and _fits(moments[index]["exp_avg_sq"], parameter)
            and _fits(moments[index]["step"], torch.zeros(()))
            for index, parameter in parameters.items()
            if moments
        )
        and state["batches_done"] <= batches
        and isinstance(losses, list)
        and len(losses) == state["batches_done"]
        and all(type(loss) is float and math.isfinite(loss) for loss in losses)
    )
    if not sound:
        raise RunError("of another network, or damaged", where="resume state", remedy=_REMEDY)


def _same_tensors(tensors: dict[str, Any], expected: dict[str, torch.Tensor]) -> bool:
    return tensors.keys() == expected.keys() and all(
        _fits(tensors[name], expected[name]) for name in expected
    )


def _fits(value: object, like: torch.Tensor) -> bool:
    return (
        isinstance(value, torch.Tensor)
        and value.shape == like.shape
        and value.dtype == like.dtype
        and bool(torch.isfinite(value).all())
    )


def weights_within_epoch(content: bytes) -> bool:
    """Whether a weights file says that its epoch was not completed."""
    try:
        return "batch" in metadata_of(content)
    except ValueError:
        return False


def weights_epoch(content: bytes) -> int:
    """The epoch a weights file says it is of; 0 if it does not say."""
    try:
        return max(0, min(int(metadata_of(content)["epoch"]), _MOST_EPOCHS))
    except (ValueError, KeyError):
        return 0
