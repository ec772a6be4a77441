"""Making a checked configuration of the options that are set, for a new run or a resumed one."""

from __future__ import annotations

import difflib
import os
from collections.abc import Mapping
from typing import Any

from snn_tui.config import layers
from snn_tui.config.checks import check_data, check_effect, check_size, check_together
from snn_tui.config.options import shortened
from snn_tui.config.own_network import check_own_network
from snn_tui.config.paths import there, typed_path
from snn_tui.config.presets import PRESETS
from snn_tui.config.run_config import (
    MEDMNIST,
    OPTIONS,
    OWN,
    PNEUMONIAMNIST,
    SIDE,
    RunConfig,
)
from snn_tui.errors import UsageError
from snn_tui.values.benchmarks import SIZES
from snn_tui.values.own_network import OwnNetwork
from snn_tui.values.words import comparable, counted

MOST_PARAMETERS = 16_000_000
"""Weights and biases of a network's convolutions; a resume state of 512 MiB holds five numbers for each."""

MOST_NEURONS = 1_000_000
"""Neurons of a network's convolutions, before its readout."""

WITHOUT_SPIKES: dict[str, Any] = {
    "num_steps": 1,
    "train_steps": 1,
    "encoding": "direct",
    "loss": "current",
    "spike_penalty": 0.0,
    "spike_target": 0.0,
}
"""Options of a network of rectified neurons, whatever its preset says: each pixel's brightness goes through
it once, the currents of the output neurons are its answer, and no spikes cost anything."""

ONLY_WITH_SPIKES = {
    *WITHOUT_SPIKES,
    *("beta", "leak", "surrogate", "readout", "loss_steps", "random_steps", "exit"),
}
"""Options that mean nothing for a network of rectified neurons."""

MOST_VALUES = 250_000_000
"""Values of convolutions and neurons that one image has over all time steps: some 4 GB in training."""


def build(
    options: Mapping[str, object],
    *,
    toml: dict[str, object] | None = None,
    network: OwnNetwork | None = None,
) -> RunConfig:
    """Make a checked `RunConfig`: the preset's values, then the TOML file's, then those set by hand.

    Args:
        options: Options set by hand, by field name; None means not set.
        toml: Options of a file, from `read_toml`.
        network: The network of the user's own that is trained; None for one of this program.

    Raises:
        UsageError: A name is unknown, a value is not allowed, or two options contradict each other.
    """
    config = stored(options, toml, network)
    check_effect(config, (toml or {}) | _set_by_hand(options))
    check_data(config)
    if len(set(map(comparable, config.class_names))) < len(config.class_names):
        raise UsageError(
            "two classes have the same name but for case or accents",
            where="--labels",
            remedy="give them names that differ in more",
        )
    if config.class_weights == config.sampling == "balanced":
        raise UsageError(
            "rare classes are drawn more often already (--sampling balanced), and would count twice",
            where="--class-weights",
            remedy="give --sampling once too, or leave it out",
        )
    return config


def stored(
    options: Mapping[str, object],
    toml: dict[str, object] | None = None,
    network: OwnNetwork | None = None,
) -> RunConfig:
    """As `build`, for a configuration that was written down: where its images are may be left out by now.

    Args:
        options: As for `build`.
        toml: As for `build`.
        network: What it says of a network of the user's own.

    Raises:
        UsageError: As `build` does.
    """
    values = check_values((toml or {}) | _set_by_hand(options))
    if "dataset" not in values and values.get("data") is not None:
        values["dataset"] = OWN if values.get("labels") else set_of(values["data"])
    config = RunConfig(
        **{**PRESETS[values.get("preset", "paper")], **values, **_without_spikes(values)}, network=network
    )
    if network is not None:
        check_own_network(config)
    if config.synthetic and config.data is not None:
        raise UsageError(
            "the demo makes its own images and reads no file",
            where="--data",
            remedy="leave out either --data or --demo",
        )
    check_size(config)
    if config.size is not None or config.data is None:
        check_layers(config, config.size or SIDE)
    check_together(config)
    return config


def _without_spikes(values: Mapping[str, Any]) -> dict[str, Any]:
    """What `WITHOUT_SPIKES` sets, where the neurons do not spike.

    Raises:
        UsageError: An option was set to another value.
    """
    if values.get("neuron") != "relu":
        return {}
    for name, value in WITHOUT_SPIKES.items():
        if values.get(name, value) != value:
            raise UsageError(
                f"a network without spikes (--neuron relu) has {_RELU_WORDS[name]}",
                where=OPTIONS[name].flag,
                remedy="leave it out, or leave out --neuron",
            )
    return WITHOUT_SPIKES


_RELU_WORDS = {
    "num_steps": "one time step",
    "train_steps": "one time step",
    "encoding": "the pixels' brightness as its input (direct)",
    "loss": "no output spikes, and learns from the output currents (current)",
    "spike_penalty": "no spikes to penalise",
    "spike_target": "no spikes to penalise",
}


def check_values(values: Mapping[str, object]) -> dict[str, Any]:
    """Options by name, each value checked and in its option's type.

    Raises:
        UsageError: A name is unknown, or a value is not allowed.
    """
    for name in values:
        if name not in OPTIONS:
            near = difflib.get_close_matches(name, OPTIONS, n=1)
            hint = f"did you mean {near[0]}?" if near else "the options are " + ", ".join(OPTIONS)
            raise UsageError(f"there is no option {shortened(name)}", remedy=hint)
    return {name: OPTIONS[name].check(value) for name, value in values.items()}


def _set_by_hand(options: Mapping[str, object]) -> dict[str, object]:
    return {name: value for name, value in options.items() if value is not None}


def set_of(data: str) -> str:
    """The value of `dataset` where only `data` was given: the set that the file has the name of, else `own`.

    Args:
        data: The path as it was typed.
    """
    path = typed_path(data)
    stem, extension = os.path.splitext(os.path.basename(path))
    flag, _, size = stem.partition("_")
    if extension == ".npz" and flag in MEDMNIST and size in ("", *map(str, SIZES[1:])):
        return flag
    if os.path.lexists(os.path.join(path, f"{PNEUMONIAMNIST}.npz")):
        return PNEUMONIAMNIST
    return OWN


def serves(data: str | None, config: RunConfig) -> bool:
    """Whether images that the user named may be those of a configuration whose own are not there."""
    if data is None or config.synthetic or there(config.data):
        return False
    named = set_of(data)
    return named == config.dataset or OWN in (named, config.dataset)


def check_layers(config: RunConfig, side: int, channels: int = 1) -> None:
    """Check that the layers fit images of a size, and that the network is not too large.

    Of a network of the user's own nothing is known before it is made.

    Args:
        config: The configuration.
        side: Height and width of the images, in pixels.
        channels: 1 for grey images, 3 for colour.

    Raises:
        UsageError: Nothing of the image would be left, or the network has too many parameters, neurons or
            values.
    """
    if config.network is not None:
        return
    topology, padded = layers.parse(config.layers), config.padding == "same"
    if padded and any(kernel % 2 == 0 for kernel in topology.kernels):
        raise UsageError(
            f"{config.layers} has kernels of even size, which cannot keep a picture's size",
            where="--layers",
            remedy="give kernels of odd size, or --padding none",
        )
    if min(topology.sizes(side, padded=padded)) < 1:
        raise UsageError(
            f"{config.layers} leaves nothing of a picture of {side} by {side} pixels",
            where="--layers",
            remedy="give fewer pools, smaller kernels, or --padding same",
        )

    steps = max(config.num_steps, config.learning_steps)
    values = steps * topology.values(side, padded=padded)
    for what, number, limit in (
        ("parameters", topology.parameters(channels), MOST_PARAMETERS),
        ("neurons", topology.neurons(side, padded=padded), MOST_NEURONS),
        (f"values of an image in {steps} steps", values, MOST_VALUES),
    ):
        if number > limit:
            raise UsageError(
                f"{config.layers} has {_thousands(number)} {what}, and {_thousands(limit)} is the most",
                where="--layers",
                remedy="give fewer layers, fewer channels, smaller kernels or fewer steps",
            )


def _thousands(number: int) -> str:
    return f"{number:,}".replace(",", " ")


def rebuild(config: RunConfig, options: Mapping[str, object], *, epochs_done: int = 0) -> RunConfig:
    """The configuration a run is resumed with: its own, with the changes that make sense.

    Args:
        config: What the run began with.
        options: Options set by hand, by field name; None means not set.
        epochs_done: Epochs the run has completed.

    Raises:
        UsageError: A value is not allowed, or differs from the run's where it must not; all such are named.
    """
    values = check_values(_set_by_hand(options))
    changed = {name: value for name, value in values.items() if value != getattr(config, name)}
    refused = [name for name in changed if not OPTIONS[name].resumable]
    if refused:
        differing = ", ".join(
            f"{OPTIONS[name].flag} {getattr(config, name)} -> {changed[name]}" for name in refused
        )
        resumable = ", ".join(option.flag for option in OPTIONS.values() if option.resumable)
        raise UsageError(
            f"a resumed run keeps its configuration, but this differs: {differing}",
            where="--resume",
            remedy=f"leave it out (only {resumable} may change), or start a new run",
        )
    epochs = changed.get("epochs", config.epochs)
    if epochs < max(config.epochs if "epochs" in changed else 0, epochs_done):
        raise UsageError(
            f"{counted(epochs, 'epoch')}: fewer than the run has ({max(config.epochs, epochs_done)})",
            where="--epochs",
            remedy="give more epochs, or start a new run",
        )
    # Without the checks of new runs: one that was begun before there was such a check can go on.
    values = {**{name: getattr(config, name) for name in OPTIONS}, **changed}
    return stored(values, network=config.network)
