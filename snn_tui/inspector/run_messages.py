"""Questions about a run: its images through its network, and the scores and costs of a split."""

from __future__ import annotations

import msgspec

from snn_tui.analysis.judgement import Judgement
from snn_tui.inspector.messages import Answer, Question
from snn_tui.values.early_exit import EarlyExit, ExitPoint, ExitRule
from snn_tui.values.energy import Energy
from snn_tui.values.image_ref import ImageRef
from snn_tui.values.layer_spikes import Evidence, LayerSpikes
from snn_tui.values.task import PNEUMONIA, Task
from snn_tui.values.task_scores import TaskScores
from snn_tui.values.trace import Trace


class RunRef(msgspec.Struct, frozen=True):
    """The run that a question is about.

    Args:
        path: Its directory, absolute.
        data: The file or folder of images to use in place of the run's own, if any. A run on phantoms is
            always inspected with phantoms.
    """

    path: str
    data: str | None = None


class RunFacts(Answer, frozen=True):
    """Facts about a run and the images it is inspected with.

    Args:
        name: The run directory's name.
        dataset: Name of the data set the images come from.
        synthetic: Whether they are generated phantoms.
        stand_in: Whether phantoms stand in for real images that were not found.
        notice: What the user should know about the images; empty where nothing.
        sizes: Number of images by split.
        epoch: The epoch the weights are of.
        differing: Names of the splits that are not those the run was trained on.
        coding: How images are coded, `rate` or `direct`; only `rate` draws anything. `stored` where there is
            no network, but the traces that a training loop of the user's own stored.
        task: What the images ask.
        missing: Name of the data set that phantoms stand in for; empty where none do.
        other_code: In what the file that was named is not the one that made the network; empty where it is.
    """

    name: str
    dataset: str
    synthetic: bool
    stand_in: bool
    notice: str
    sizes: dict[str, int]
    epoch: int
    differing: tuple[str, ...] = ()
    coding: str = "rate"
    task: Task = PNEUMONIA
    missing: str = ""
    other_code: str = ""


class OpenRun(Question[RunFacts], frozen=True):
    """Load a run's network and images; `download` gets its data set if that is not on this machine."""

    run: RunRef
    download: bool = False


class TraceResult(Answer, frozen=True):
    """One image through the network; `epoch` is the epoch the weights are of."""

    trace: Trace
    epoch: int


class TraceImage(Question[TraceResult], frozen=True):
    """Send an image through the network, in a draw of the rate coding."""

    run: RunRef
    image: ImageRef
    draw: int = 0


class DrawPredictions(Answer, frozen=True):
    """`[draws]` indices of the classes predicted in each draw."""

    predicted: list[tuple[int, ...]]


class PredictDraws(Question[DrawPredictions], frozen=True):
    """Predict an image in each of the first `draws` draws of the rate coding."""

    run: RunRef
    image: ImageRef
    draws: int


class HiddenLayers(Answer, frozen=True):
    """The spikes of the hidden layers, first to last."""

    layers: list[LayerSpikes]


class RecordLayers(Question[HiddenLayers], frozen=True):
    """Record the hidden layers while an image goes through the network."""

    run: RunRef
    image: ImageRef
    draw: int = 0


class OcclusionResult(Answer, frozen=True):
    """Which parts of an image change a score when they are covered."""

    evidence: Evidence


class OccludeImage(Question[OcclusionResult], frozen=True):
    """Cover each part of an image in turn, and score what is left.

    `label` is the index of the class whose score it is; None as in `snn.occlusion`.
    """

    run: RunRef
    image: ImageRef
    draw: int = 0
    label: int | None = None


class SplitPredictions(Answer, frozen=True):
    """The predictions for the images of a split, in its order.

    Args:
        truth: `[N]` indices of the true classes.
        predicted: `[N]` indices of the predicted classes.
        margins: `[N]` how far each is from another prediction, see `values.decision.margin`; of verdicts that
            fell early scaled to all steps.
        epoch: The epoch the weights are of.
    """

    truth: list[tuple[int, ...]]
    predicted: list[tuple[int, ...]]
    margins: list[float]
    epoch: int


class PredictSplit(Question[SplitPredictions], frozen=True):
    """Predict every image of a split."""

    run: RunRef
    split: str


class JudgementResult(Answer, frozen=True):
    """The predictions for every image of a split, after every time step."""

    judgement: Judgement


class JudgeSplit(Question[JudgementResult], frozen=True):
    """Predict every image of a split, after every time step.

    `balanced` leaves out the images that the run's own balancing leaves out, as evaluation does.
    """

    run: RunRef
    split: str
    balanced: bool = True


class RedrawResult(Answer, frozen=True):
    """The images of a split in another draw.

    Args:
        scores: `[N]` decision scores of a binary task, little-endian 64-bit floats; else empty.
        epoch: The epoch the weights are of.
        scored: The scores of any other task.
    """

    scores: bytes
    epoch: int
    scored: TaskScores | None = None


class RedrawSplit(Question[RedrawResult], frozen=True):
    """Score the images of `JudgeSplit` in another draw of the rate coding."""

    run: RunRef
    split: str
    draw: int
    balanced: bool = True


class EnergyResult(Answer, frozen=True):
    """What an image costs the network on average, and the epoch the weights are of."""

    energy: Energy
    epoch: int


class MeasureEnergy(Question[EnergyResult], frozen=True):
    """Measure what an image costs, on the first `images` images of a split."""

    run: RunRef
    split: str
    images: int


class ExitResult(Answer, frozen=True):
    """The threshold chosen on val for a loss of accuracy, and what each threshold comes to there.

    Args:
        rule: The chosen one.
        points: All thresholds that differ on val, rising, of which the last takes all steps.
        epoch: The epoch the weights are of.
    """

    rule: ExitRule
    points: list[ExitPoint]
    epoch: int


class MeasureExit(Question[ExitResult], frozen=True):
    """Choose a threshold on val for a loss of accuracy, whatever early exit the run itself has."""

    run: RunRef
    loss: float = 0.0


class EarlyExitResult(Answer, frozen=True):
    """The early exit of a split beside all steps of it.

    Args:
        exits: Scores and costs with it and without.
        epoch: The epoch the weights are of.
    """

    exits: EarlyExit
    epoch: int


class MeasureEarlyExit(Question[EarlyExitResult], frozen=True):
    """Judge a split with early exit at a loss of accuracy on val, whatever early exit the run itself has.

    Args:
        split: val or test.
        images: Number of images that the cost of an image is measured on.
        balanced: Whether to leave out what the run's own balancing leaves out.
        loss: The accuracy on val that may be lost.
    """

    run: RunRef
    split: str
    images: int
    balanced: bool = True
    loss: float = 0.0


class PngFiles(Answer, frozen=True):
    """The contents of a PNG file for each image."""

    files: list[bytes]


class ExportImages(Question[PngFiles], frozen=True):
    """Export the images of a split at `indices` as PNG files."""

    run: RunRef
    split: str
    indices: list[int]
