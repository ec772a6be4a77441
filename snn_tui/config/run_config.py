"""Everything that may be set about a run: each option declared once, with the field that holds its value.

An annotation says an option's type, range, help, and where else it appears; the field's default is the
published study's value. The command line, the form, the config file, help and checking read the declaration.
Fields stand in the order of `--help`.
"""
# No `from __future__ import annotations`: `OPTIONS` is read from the annotations, which would be texts.

import os
import re
from typing import Annotated, Any

import msgspec

from snn_tui.config import layers as notation
from snn_tui.config.options import Option, declared
from snn_tui.config.presets import PRESETS
from snn_tui.values.early_exit import EXIT_PATTERN, EXIT_SHAPE, OFF
from snn_tui.values.own_network import OwnNetwork
from snn_tui.values.task import MOST_CLASSES

DEMO = "demo"
DEMO_OF = "demo-"
"""What stands before the name of a set of MedMNIST for generated images of its kind."""

OWN = "own"
"""The value of `dataset` for the user's own file or folder."""

PNEUMONIAMNIST = "pneumoniamnist"
MEDMNIST = {
    "pathmnist": "PathMNIST",
    "chestmnist": "ChestMNIST",
    "dermamnist": "DermaMNIST",
    "octmnist": "OCTMNIST",
    PNEUMONIAMNIST: "PneumoniaMNIST",
    "retinamnist": "RetinaMNIST",
    "breastmnist": "BreastMNIST",
    "bloodmnist": "BloodMNIST",
    "tissuemnist": "TissueMNIST",
    "organamnist": "OrganAMNIST",
    "organcmnist": "OrganCMNIST",
    "organsmnist": "OrganSMNIST",
}
"""Names of the 2D sets of MedMNIST, by their names in the medmnist package."""

SIDE = 28
"""Pixels a side of images where nothing else is asked for."""

MOST_SIDE = 1024
"""Most pixels a side of an image."""

MOST_DEVICES = 1024
"""Most processes that train one network together."""

Integer = Annotated[int, msgspec.Meta(ge=-(2**53), le=2**53)]
"""An integer that a 64-bit float holds exactly, as JSON readers need; an `Option` limits it further."""


class RunConfig(msgspec.Struct, frozen=True, kw_only=True):
    """The whole configuration of a run; the defaults are the published study's.

    Stored as `config.json` in the run directory. Make one with `build`, which checks every value.
    """

    preset: Annotated[
        str,
        Option(
            "paper is the study's, plus is better.",
            choices=tuple(PRESETS),
            form_label="preset",
            group="Recipe",
        ),
    ] = "paper"
    dataset: Annotated[
        str,
        Option(
            "Where the images come from.",
            choices=(*MEDMNIST, OWN, DEMO, *(DEMO_OF + flag for flag in MEDMNIST)),
            shape=f"{', '.join(MEDMNIST)}, {OWN} for your own, {DEMO}, or {DEMO_OF} and the name of a set "
            "for generated images of its kind",
            form_label="images",
            group="Images",
        ),
    ] = PNEUMONIAMNIST
    data: Annotated[
        str | None,
        Option(
            "The data file, the folder it lies in, or a folder with a folder of pictures for each class.",
            pattern=r"[^\0\ud800-\udfff]+",
            shape="a path that is Unicode",
            metavar="PATH",
            form_label="file",
            form_empty=(
                "empty: $SNN_TUI_DATA, medmnist's folder, or a download",
                "empty: found or downloaded",
            ),
            resumable=True,  # the file may have moved; its images are compared
        ),
    ] = None
    labels: Annotated[
        str | None,
        Option(
            "Names of the classes of a file of your own, in the order of its labels; of two, the second is "
            "the positive one.",
            pattern=rf"[^\0-\x1f\x7f,]{{1,40}}(,[^\0-\x1f\x7f,]{{1,40}}){{1,{MOST_CLASSES - 1}}}",
            shape=f"2 to {MOST_CLASSES} names with commas between, such as benign,malignant",
            metavar="A,B,...",
        ),
    ] = None
    size: Annotated[
        Integer | None,
        Option(
            "Height and width of the images in pixels. MedMNIST's sets have 28, 64, 128 or 224, 28 if left "
            "out; a file has its own; pictures of a folder are made so small, 28 if left out.",
            8,
            MOST_SIDE,
        ),
    ] = None
    group_by: Annotated[
        str | None,
        Option(
            "What in the names of a folder's files says which images belong together, as those of a patient "
            "do: the first group of a regular expression. Splits that the folder does not have are shared "
            "out so that no group is in two of them.",
            pattern=r"[^\0-\x1f\x7f]{1,200}",
            shape="a regular expression of up to 200 characters",
            metavar="REGEX",
        ),
    ] = None
    fold: Annotated[
        str | None,
        Option(
            "Judge by this fold of train in place of val.",
            pattern=r"[1-9]\d?/[1-9]\d?",
            shape="which of how many, such as 1/5",
            group="Splits and balance",
        ),
    ] = None
    read_test: Annotated[
        str, Option("Judge by test once, at the end, or never.", choices=("once", "never"))
    ] = "once"
    balance: Annotated[
        str, Option("Make all classes equally large.", choices=("undersample", "none"), form_label="balance")
    ] = "undersample"
    sampling: Annotated[
        str,
        Option(
            "Every training image once an epoch, or as many draws with all classes alike.",
            choices=("once", "balanced"),
        ),
    ] = "once"
    class_weights: Annotated[
        str,
        Option(
            "Weigh the loss of every class alike, or that of rare ones more.", choices=("none", "balanced")
        ),
    ] = "none"
    augment: Annotated[
        float,
        Option(
            "How far training images are turned, scaled, shifted and lit differently; 0 not at all.",
            0.0,
            3.0,
            group="Augmentation",
        ),
    ] = 0.0
    augment_noise: Annotated[
        float,
        Option(
            "Largest standard deviation of the Gaussian noise that half of the training images get, as a "
            "share of the range of greys; 0 for none.",
            0.0,
            1.0,
        ),
    ] = 0.0
    teacher: Annotated[
        str | None,
        Option(
            "Runs to learn from besides the labels: the mean of what they predict for every training image. "
            "They are recorded with a checksum of their weights, and resuming needs them again.",
            pattern=r"[^\0-\x1f\x7f,@]+(@[0-9a-f]{8})?(,[^\0-\x1f\x7f,@]+(@[0-9a-f]{8})?)*",
            shape="names of runs with commas between",
            metavar="RUN,...",
            group="Teachers and initial weights",
        ),
    ] = None
    teacher_share: Annotated[
        float,
        Option("Share of the loss that is on what the teachers predict, not on the labels.", 0.0, 1.0),
    ] = 0.5
    init_from: Annotated[
        str | None,
        Option(
            "A run with layers of the same sizes, to begin with its weights in place of random ones. It is "
            "recorded with a checksum of them, and resuming does not need it.",
            pattern=r"[^\0-\x1f\x7f,@]+(@[0-9a-f]{8})?",
            shape="the name of a run",
            metavar="RUN",
        ),
    ] = None
    epochs: Annotated[
        Integer,
        Option(
            "Times the network sees every training image.",
            1,
            10_000,
            form_label="epochs",
            resumable=True,  # may only grow
            group="Training",
        ),
    ] = 20
    batch_size: Annotated[Integer, Option("Images a training step.", 1, 8192, form_label="batch size")] = 128
    optimizer: Annotated[
        str,
        Option(
            "Adam, or AdamW, whose weight decay does not pass through its moments.",
            choices=("adam", "adamw"),
        ),
    ] = "adam"
    weight_decay: Annotated[
        float, Option("How much weights shrink, in units of the learning rate.", 0.0, 1.0)
    ] = 0.0
    lr: Annotated[float, Option("Learning rate, at its highest.", 1e-7, 1.0, form_label="learning rate")] = (
        1e-3
    )
    schedule: Annotated[
        str,
        Option(
            "The learning rate drops once, or rises and falls in one cycle.", choices=("drop", "one-cycle")
        ),
    ] = "drop"
    lr_drop_epoch: Annotated[Integer, Option("The epoch after which the learning rate drops.", 1, 10_000)] = (
        10
    )
    lr_drop_factor: Annotated[float, Option("What the learning rate is multiplied by then.", 1e-4, 1.0)] = 0.1
    ema: Annotated[
        float,
        Option(
            "Judge by weights averaged over training, of which such a share stays each step; 0 not.",
            0.0,
            0.9999,
        ),
    ] = 0.0
    encoding: Annotated[
        str,
        Option(
            "Pixels spike at a rate, or their brightness is a constant current.",
            choices=("rate", "direct"),
            group="Input and time steps",
        ),
    ] = "rate"
    num_steps: Annotated[Integer, Option("Time steps an image is shown for.", 1, 1000)] = 20
    train_steps: Annotated[
        Integer | None,
        Option("Time steps in training; as many as an image is shown for if left out.", 1, 1000),
    ] = None
    random_steps: Annotated[
        str,
        Option(
            "Whether every batch is trained with all of these time steps, or with a number that is drawn "
            "uniformly from 1 to them.",
            choices=("none", "uniform"),
        ),
    ] = "none"
    exit: Annotated[
        str,
        Option(
            "Judge an image at the first step at which the lead is large enough. The lead is by how many "
            "spikes a step the first class is ahead of the second, membranes being parts of a spike; of "
            "several labels, how far the nearest is from its threshold. How large is chosen on val, as small "
            "as the accuracy on val allows.",
            pattern=EXIT_PATTERN,
            shape=EXIT_SHAPE,
            metavar="LOSS",
            resumable=True,
            decides_result=False,  # it is trained the same
        ),
    ] = OFF
    layers: Annotated[
        str,
        Option(
            "Convolutions and pools before the readout.",
            pattern=notation.PATTERN,
            shape=notation.SHAPE,
            metavar="LAYERS",
            group="Network",
        ),
    ] = "12C5-MP2-32C3-MP2"
    padding: Annotated[
        str, Option("Whether convolutions shrink the picture or keep its size.", choices=("none", "same"))
    ] = "none"
    norm: Annotated[
        str, Option("Normalise currents over each batch and its time steps.", choices=("none", "batch"))
    ] = "none"
    bits: Annotated[
        Integer,
        Option(
            "Bits of the weights of convolutions and readout: 32 for floats; else integers times a scale of "
            "each channel, by which training steps and predictions are computed while the floats learn. "
            "Biases, batch norm and betas stay floats.",
            choices=("32", "8", "4", "2"),
        ),
    ] = 32
    neuron: Annotated[
        str,
        Option(
            "Leaky neurons, or rectified ones (relu) without spikes and membranes: the dense twin of the "
            "network, to which beta, leak, surrogate, readout and how steps are trained mean nothing.",
            choices=("leaky", "relu"),
        ),
    ] = "leaky"
    beta: Annotated[float, Option("Membrane decay a step of the leaky neurons.", 0.0, 1.0)] = 0.6
    leak: Annotated[
        str,
        Option(
            "Whether beta stays as it is or each hidden layer learns its own.", choices=("fixed", "learned")
        ),
    ] = "fixed"
    surrogate: Annotated[
        str, Option("What stands in for a spike's derivative.", choices=("fast_sigmoid", "arctan"))
    ] = "fast_sigmoid"
    readout: Annotated[
        str,
        Option(
            "Output neurons leak as the others do, or keep all that they integrate.",
            choices=("leaky", "integrate"),
        ),
    ] = "leaky"
    loss: Annotated[
        str,
        Option(
            "Cross entropy on the output spikes of every step, or on the mean output current.",
            choices=("rate", "current"),
            group="Loss",
        ),
    ] = "rate"
    loss_steps: Annotated[
        str,
        Option(
            "Whether the loss on currents is of the mean over all steps, or also of those up to every step, "
            "so that predictions after few steps are good; that on spikes is of every step anyway.",
            choices=("last", "every"),
        ),
    ] = "last"
    label_smoothing: Annotated[
        float, Option("Share of a label that is spread over all classes.", 0.0, 0.5)
    ] = 0.0
    spike_penalty: Annotated[
        float,
        Option(
            "Weight in the training loss of what an image's spikes cost: the firing rate of hidden layers, "
            "each weighed by the additions that its spikes cause in the next; 0 for none.",
            0.0,
            1000.0,
        ),
    ] = 0.0
    spike_target: Annotated[
        float,
        Option(
            "The firing rate, weighed in that way, up to which an image's spikes are not penalised.", 0.0, 1.0
        ),
    ] = 0.0
    seed: Annotated[
        Integer,
        Option(
            "Decides weights, order, balance and spikes.", 0, 2**32 - 1, form_label="seed", group="Computing"
        ),
    ] = 0
    device: Annotated[
        str,
        Option(
            "What to compute on.",
            pattern=r"auto|cpu|mps|cuda(:\d{1,3})?",
            shape="auto, cpu, cuda, cuda:N or mps",
            form_label="device",
            resumable=True,  # changes rounding, not the recipe
            decides_result=False,
        ),
    ] = "auto"
    devices: Annotated[
        Integer,
        Option(
            "GPUs, or processes on the CPU, that share every batch.",
            1,
            MOST_DEVICES,
            form_label="devices",
            resumable=True,  # changes rounding, not the recipe
            decides_result=False,
        ),
    ] = 1
    engine: Annotated[
        str,
        Option(
            "What computes: fused trains fastest on the CPU, where batched may predict wide networks faster; "
            "batched is fastest on a GPU, reference is snnTorch itself.",
            choices=("auto", "reference", "fused", "batched"),
            resumable=True,  # changes rounding, not the recipe
        ),
    ] = "auto"
    precision: Annotated[
        str, Option("Numbers the batched engine convolves with.", choices=("float32", "bfloat16"))
    ] = "float32"
    checkpoint_minutes: Annotated[
        float,
        Option(
            "Minutes between checkpoints within an epoch.", 0.01, 10_000, resumable=True, decides_result=False
        ),
    ] = 10.0
    keep: Annotated[
        str, Option("Which weights the run ends with.", choices=("last", "best"), group="Run")
    ] = "last"
    name: Annotated[
        str | None,
        Option(
            "Name of the run.",
            pattern=r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}",
            shape="up to 64 letters, digits, '.', '_' and '-', beginning with a letter or digit",
            form_label="name",
            form_empty=("empty: made of preset and seed", "empty: made of preset and seed"),
            decides_result=False,
        ),
    ] = None
    loop: dict[str, Any] | None = None
    """What a training loop of the user's own (`snn_tui.start`) says of itself, any JSON; None for a run that
    this program trains. With one, only `name` and `epochs` of the options mean something; 0 epochs are an
    unknown number."""
    network: OwnNetwork | None = None
    """File, function and checksum of a network of the user's own (`--network`), to which options of the
    network mean nothing; None for one of this program. It is no option: no file of options can name code."""

    @property
    def own_loop(self) -> bool:
        """Whether a training loop of the user's own writes the run, so that no option decided it."""
        return self.loop is not None

    @property
    def known_norm(self) -> str | None:
        """The option `norm`; None where it means nothing, because the network is the user's own."""
        return self.norm if self.network is None else None

    @property
    def synthetic(self) -> bool:
        """Whether the run's images are generated, not taken of people."""
        return self.dataset == DEMO or self.dataset.startswith(DEMO_OF)

    @property
    def learning_steps(self) -> int:
        """Time steps in training; with `random_steps` the most of them."""
        return self.train_steps or self.num_steps

    @property
    def real_set(self) -> str:
        """The set that the images are of, or that generated ones stand in for."""
        return PNEUMONIAMNIST if self.dataset == DEMO else self.dataset.removeprefix(DEMO_OF)

    @property
    def class_names(self) -> tuple[str, ...]:
        """Names of the classes that the user gave to a file; empty where the images bring their own."""
        return tuple(name.strip() for name in self.labels.split(",")) if self.labels else ()

    @property
    def title(self) -> str:
        """The run's name, made of preset, images, seed and fold where none is set, such as `paper-demo-s0`.

        The study's images are not named, nor are leaky neurons.
        """
        images = self.dataset
        if self.dataset == OWN or self.labels:
            stem = os.path.splitext(os.path.basename((self.data or "").rstrip("/")))[0]
            images = re.sub(r"[^A-Za-z0-9._-]+", "-", stem)[:24]
        size = str(self.size) if self.size not in (None, SIDE) else ""
        if images == PNEUMONIAMNIST and not size:
            images = ""
        fold = [f"f{self.fold.replace('/', 'of')}"] if self.fold else []
        neuron = "" if self.neuron == "leaky" else self.neuron
        if self.network is not None:
            neuron = re.sub(r"[^A-Za-z0-9._-]+", "-", self.network.function)[:24]
        parts = [self.preset, *filter(None, (neuron, images, size)), f"s{self.seed}", *fold]
        return self.name or "-".join(parts)


OPTIONS = declared(RunConfig())
"""All options by name, in the order of the fields."""
