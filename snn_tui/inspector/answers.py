"""The answers of the inspector process, question by question."""

from __future__ import annotations

import msgspec

from snn_tui.config.checks import check_exit
from snn_tui.data import registry
from snn_tui.data.audit import audit
from snn_tui.data.dataset import OnProgress
from snn_tui.evaluation import one_image
from snn_tui.evaluation.early_exit import early_exit, exit_points
from snn_tui.evaluation.images import task_of
from snn_tui.evaluation.opened_run import OpenedRun
from snn_tui.inspector import data_messages, messages, model_messages, protocol, run_messages
from snn_tui.inspector.cache import Datasets, Entry, OpenedRuns
from snn_tui.inspector.data_answers import describe_data, encode_image, load_audited, load_images
from snn_tui.inspector.model_answers import describe_trained, describe_untrained, measure_activity
from snn_tui.inspector.stored import answer_stored, is_own
from snn_tui.training.evaluate import judgement_bytes, packed_scores
from snn_tui.values.dataset import SPLITS
from snn_tui.values.decision import margin, predicted
from snn_tui.values.early_exit import AUTO, scale
from snn_tui.values.energy_constants import constants_here

Answer = protocol.AnyAnswer | messages.Failed

_ROWS_AT_ONCE = 4096  # images whose outputs are Python numbers at once


class Answers:
    """Answers any question; only what was loaded is kept from one question to the next."""

    def __init__(self) -> None:
        self._datasets = Datasets()
        self._runs = OpenedRuns(self._datasets)

    def answer(self, question: protocol.AnyQuestion, on_progress: OnProgress) -> Answer:
        """The answer to a question.

        Args:
            question: The question.
            on_progress: Called while something takes long.

        Raises:
            SnnTuiError: The run, its images or the image asked about cannot be read.
        """
        if isinstance(question, run_messages.OpenRun | protocol.RunQuestion) and is_own(question.run):
            return answer_stored(question)
        match question:
            case run_messages.OpenRun(run, download):
                return _facts(self._runs.open(run, on_progress, download=download))
            case model_messages.DescribeModel(config, None):
                return describe_untrained(config, self._datasets.known_task(config))
            case model_messages.DescribeModel(_, run) if run is not None:
                return describe_trained(self._runs.get(run, on_progress))
            case data_messages.DescribeData(config, download):
                return describe_data(self._datasets.get(config, on_progress, download=download), config)
            case data_messages.LoadImages(config, split, indices, side):
                dataset = self._datasets.get(config, on_progress).dataset
                return data_messages.LoadedImages(load_images(dataset, config, split, indices, side))
            case data_messages.AuditData(config):
                dataset = self._datasets.get(config, on_progress).dataset
                return data_messages.AuditResult(audit(dataset, config.group_by, on_progress))
            case data_messages.LoadAudited(config, images, side):
                dataset = self._datasets.get(config, on_progress).dataset
                return data_messages.AuditedPictures(load_audited(dataset, images, side))
            case data_messages.EncodeImage(config):
                return encode_image(self._datasets.get(config, on_progress).dataset, question)
        assert not isinstance(question, model_messages.DescribeModel | messages.Cancel)
        return _answer_run(self._runs.get(question.run, on_progress), question, on_progress)


def _answer_run(opened: OpenedRun, question: protocol.RunQuestion, on_progress: OnProgress) -> Answer:
    match question:
        case run_messages.TraceImage(_, image, draw):
            return run_messages.TraceResult(one_image.trace(opened, image, draw, on_progress), opened.epoch)
        case run_messages.PredictDraws(_, image, draws):
            return run_messages.DrawPredictions(one_image.draw_predictions(opened, image, draws))
        case run_messages.RecordLayers(_, image, draw):
            return run_messages.HiddenLayers(one_image.hidden_layers(opened, image, draw))
        case run_messages.OccludeImage(_, image, draw, label):
            return run_messages.OcclusionResult(one_image.occlusion(opened, image, draw, label, on_progress))
        case run_messages.PredictSplit(_, split):
            return _predict_split(opened, split, on_progress)
        case run_messages.JudgeSplit(_, split, balanced):
            return _judge_split(opened, split, balanced, on_progress)
        case run_messages.RedrawSplit(_, split, draw, balanced):
            evaluation = opened.evaluate(split, balanced=balanced, draw=draw, on_progress=on_progress)
            if evaluation.task.kind != "binary":
                return run_messages.RedrawResult(b"", opened.epoch, evaluation.task_scores)
            return run_messages.RedrawResult(packed_scores(evaluation.decisions), opened.epoch)
        case run_messages.MeasureEnergy(_, split, images):
            energy = opened.energy(split, images, constants=constants_here(None))
            return run_messages.EnergyResult(energy, opened.epoch)
        case run_messages.MeasureExit(_, loss):
            return _measure_exit(opened, loss, on_progress)
        case run_messages.MeasureEarlyExit():
            return _measure_early_exit(opened, question, on_progress)
        case run_messages.ExportImages(_, split, indices):
            return run_messages.PngFiles(one_image.png_files(opened, split, indices))
        case model_messages.MeasureActivity(_, images):
            return measure_activity(opened, images, on_progress)


def _predict_split(opened: OpenedRun, name: str, on_progress: OnProgress) -> run_messages.SplitPredictions:
    evaluation, split = opened.evaluate(name, on_progress=on_progress), opened.split(name)
    task = evaluation.task
    classes: list[tuple[int, ...]] = []
    margins: list[float] = []
    for start in range(0, len(split), _ROWS_AT_ONCE):
        rows = slice(start, start + _ROWS_AT_ONCE)
        verdicts = evaluation.counts, evaluation.membranes, evaluation.steps_taken
        for counts, membranes, steps in zip(*(array[rows].tolist() for array in verdicts), strict=True):
            classes.append(predicted(counts, membranes, steps, task))
            margins.append(margin(counts, membranes, steps, task) * scale(steps, evaluation.steps))
    truth = [split.classes_of(index) for index in range(len(split))]
    return run_messages.SplitPredictions(truth, classes, margins, opened.epoch)


def _judge_split(
    opened: OpenedRun, name: str, balanced: bool, on_progress: OnProgress
) -> run_messages.JudgementResult | messages.Failed:
    """A judgement, refused before it is made where it could not be sent."""
    size = judgement_bytes(opened.engine, opened.dataset.task, len(opened.split(name, balanced=balanced)))
    if size > protocol.FRAME_LIMIT:
        return protocol.too_large(size)
    judgement = opened.judge(name, balanced=balanced, on_progress=on_progress)
    return run_messages.JudgementResult(judgement)


def _measure_exit(opened: OpenedRun, loss: float, on_progress: OnProgress) -> run_messages.ExitResult:
    check_exit(msgspec.structs.replace(opened.config, exit=AUTO))
    rule = opened.exit_rule(on_progress, loss=loss)
    assert rule is not None
    energy = opened.energy("val", on_progress=on_progress, balanced=True, constants=constants_here(None))
    return run_messages.ExitResult(rule, exit_points(opened, energy, on_progress), opened.epoch)


def _measure_early_exit(
    opened: OpenedRun, question: run_messages.MeasureEarlyExit, on_progress: OnProgress
) -> run_messages.EarlyExitResult:
    check_exit(msgspec.structs.replace(opened.config, exit=AUTO))
    split, constants = question.split, constants_here(None)
    energy = opened.energy(split, question.images, constants=constants)
    exits = early_exit(
        opened, split, energy, balanced=question.balanced, loss=question.loss, on_progress=on_progress
    )
    assert exits is not None
    return run_messages.EarlyExitResult(exits, opened.epoch)


def _facts(entry: Entry) -> run_messages.RunFacts:
    opened = entry.opened
    return run_messages.RunFacts(
        name=opened.run.name,
        dataset=opened.dataset.name,
        synthetic=opened.dataset.synthetic,
        stand_in=entry.stand_in,
        notice=opened.dataset.notice,
        sizes={split: len(opened.dataset.splits[split]) for split in SPLITS},
        epoch=opened.epoch,
        differing=opened.dataset.differing,
        coding=opened.config.encoding,
        task=opened.dataset.task,
        missing=_missing(opened) if entry.stand_in else "",
        other_code=opened.other_code,
    )


def _missing(opened: OpenedRun) -> str:
    """Name of a run's own data set, which is not on this machine."""
    task = task_of(opened.run)
    return task.name if task is not None else registry.expected_task(opened.config).name
