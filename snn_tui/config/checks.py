"""Checks of options against each other; `options` checks each value by itself."""

from __future__ import annotations

import os
from collections.abc import Mapping

from snn_tui.config.grouping import expression, no_names
from snn_tui.config.paths import holds_class_folders, typed_path
from snn_tui.config.presets import PRESETS
from snn_tui.config.run_config import DEMO, MEDMNIST, OPTIONS, OWN, PNEUMONIAMNIST, SIDE, RunConfig
from snn_tui.errors import UsageError
from snn_tui.values.benchmarks import SIZES
from snn_tui.values.early_exit import OFF
from snn_tui.values.words import counted


def check_together(config: RunConfig) -> None:
    """Fold, classes, groups, devices, teachers, the penalty on spikes and early exit fit each other.

    Raises:
        UsageError: They do not.
    """
    _check_fold(config)
    _check_labels(config)
    _check_group_by(config)
    _check_devices(config)
    _check_teacher(config)
    _check_spike_target(config)
    check_exit(config)


def check_exit(config: RunConfig) -> None:
    """There are steps before the last one at which a verdict may fall early, if it is to.

    Raises:
        UsageError: There are none.
    """
    if config.exit == OFF or config.num_steps > 1:
        return
    what = "a network without spikes" if config.neuron == "relu" else "an image that is judged after one step"
    raise UsageError(
        f"{what} has no earlier step at which its verdict could fall",
        where="--exit",
        remedy="give --exit off, or more steps" if config.neuron == "leaky" else "give --exit off",
    )


def check_effect(config: RunConfig, given: Mapping[str, object]) -> None:
    """What was set by hand or in a file, and is not what the preset says anyway, changes something.

    Args:
        config: The whole configuration.
        given: The options that were set, by field name.

    Raises:
        UsageError: An option has no effect.
    """

    def differs(name: str) -> bool:
        usual = PRESETS[config.preset].get(name, OPTIONS[name].default)
        return name in given and getattr(config, name) != usual

    if config.loss == "rate" and config.loss_steps == "every" and differs("loss_steps"):
        raise UsageError(
            "the loss on spikes (--loss rate) is of every step anyway",
            where="--loss-steps",
            remedy="leave it out, or give --loss current",
        )
    if config.teacher is None and differs("teacher_share"):
        raise UsageError(
            "there is no teacher whose predictions could have a share of the loss",
            where="--teacher-share",
            remedy="give --teacher too, or leave the share out",
        )
    names = [name.partition("@")[0].strip() for name in (config.teacher or "").split(",")]
    if len(set(names)) < len(names):
        raise UsageError("a run is named twice", where="--teacher", remedy="name each teacher once")
    if config.learning_steps == 1 and config.random_steps != "none" and differs("random_steps"):
        raise UsageError(
            "training has one time step, so there is no number of them to draw",
            where="--random-steps",
            remedy="leave it out, or give more --train-steps",
        )


def check_size(config: RunConfig) -> None:
    """There are images of the size that is asked for.

    Raises:
        UsageError: There are none.
    """
    if config.size in (None, SIDE) or config.labels:
        return
    if config.dataset == DEMO:
        raise UsageError(
            f"the demo has images of {SIDE} pixels",
            where="--size",
            remedy=f"leave it out, or give --demo --dataset {PNEUMONIAMNIST}",
        )
    if config.dataset in MEDMNIST and config.data is None and config.size not in SIZES:
        sizes = ", ".join(map(str, SIZES[:-1]))
        raise UsageError(
            f"{MEDMNIST[config.dataset]} has no images of {config.size} pixels",
            where="--size",
            remedy=f"give {sizes} or {SIZES[-1]}",
        )


def check_data(config: RunConfig) -> None:
    """What needs a file or folder of the user's own has one, and a folder of pictures is no other set.

    Raises:
        UsageError: It has none, or it is.
    """
    if config.data is not None:
        _check_no_pictures(config)
        return
    if config.group_by is not None:
        raise no_names()
    if config.class_names:
        raise _labels_of_no_file()
    if config.dataset == OWN:
        raise UsageError(
            "it is a file or folder of your own, and none was given",
            where=f"--dataset {OWN}",
            remedy="give it with --data",
        )


def _check_no_pictures(config: RunConfig) -> None:
    if config.dataset == OWN or config.class_names or not holds_class_folders(config.data, config.dataset):
        return
    raise UsageError(
        f"{MEDMNIST[config.dataset]} is no folder of pictures, which --data names",
        where=f"--dataset {config.dataset}",
        remedy=f"leave it out, or give --dataset {OWN}; or name the folder that {config.dataset}.npz lies in",
    )


def _check_fold(config: RunConfig) -> None:
    if config.fold is None:
        return
    number, count = (int(part) for part in config.fold.split("/"))
    if number > count or count < 2:
        raise UsageError(
            f"there is no fold {config.fold}", where="--fold", remedy="give which of how many, such as 1/5"
        )


def _check_group_by(config: RunConfig) -> None:
    if config.group_by is None:
        return
    expression(config.group_by)
    if config.data is not None and os.path.isfile(typed_path(config.data)):
        raise no_names()


def _check_devices(config: RunConfig) -> None:
    if config.devices > config.batch_size:
        raise UsageError(
            f"{config.devices} devices cannot share out a batch of {counted(config.batch_size, 'image')}",
            where="--devices",
            remedy=f"give {config.batch_size} devices at most, or a larger --batch-size",
        )
    if config.devices > 1 and (config.device == "mps" or ":" in config.device):
        raise UsageError(
            f"{config.devices} devices, and --device names one of them",
            where="--devices",
            remedy="give --device auto, cuda or cpu",
        )


def _check_teacher(config: RunConfig) -> None:
    if config.teacher is not None and config.devices > 1:
        raise UsageError(
            "a run that learns from others is trained by one process",
            where="--teacher",
            remedy="give --devices 1, or leave the teachers out",
        )


def _check_spike_target(config: RunConfig) -> None:
    if config.spike_target > 0.0 and config.spike_penalty == 0.0:
        raise UsageError(
            "spikes are not penalised, so a target has no effect",
            where="--spike-target",
            remedy="give --spike-penalty too, or leave the target out",
        )


def _labels_of_no_file() -> UsageError:
    return UsageError(
        "they name the classes of a file of your own",
        where="--labels",
        remedy="give the file with --data, and no --dataset",
    )


def _check_labels(config: RunConfig) -> None:
    names = config.class_names
    if not names:
        return
    if config.dataset not in (OWN, PNEUMONIAMNIST):
        raise _labels_of_no_file()
    if len(set(names)) < len(names) or not all(names):
        raise UsageError(
            "two classes have the same name, or one has none", where="--labels", remedy="give each its own"
        )
