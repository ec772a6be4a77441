"""The scores of a task's predictions: means over classes or labels, and a row for each.

They are computed by `analysis.task_scores`.
"""

from __future__ import annotations

from typing import Annotated

import msgspec

from snn_tui.values import confusion
from snn_tui.values.confusion import ConfusionMatrix
from snn_tui.values.numbers import Count, Name
from snn_tui.values.task import MOST_CLASSES, TaskKind
from snn_tui.values.words import listed


class ClassScores(msgspec.Struct, frozen=True, kw_only=True):
    """The scores of one class against all others, or of one of several labels.

    Args:
        name: Name of the class or label.
        matrix: Images with and without it, by whether it is true and whether it is predicted.
        auc: Area under its ROC curve; None where no image has it, or every image.
        average_precision: Area under its precision-recall curve, in steps; None where no image has it.
    """

    name: Name
    matrix: ConfusionMatrix
    auc: float | None = None
    average_precision: float | None = None

    @property
    def images(self) -> int:
        """Images that have it."""
        return self.matrix.fn + self.matrix.tp

    @property
    def predicted(self) -> int:
        """Images that it is predicted for."""
        return self.matrix.fp + self.matrix.tp

    @property
    def accuracy(self) -> float | None:
        """Share of all images for which it is rightly predicted or rightly not predicted."""
        return confusion.accuracy(self.matrix)

    @property
    def sensitivity(self) -> float | None:
        """Share of the images that have it for which it is predicted, also called recall."""
        return confusion.sensitivity(self.matrix)

    @property
    def specificity(self) -> float | None:
        """Share of the images without it for which it is not predicted."""
        return confusion.specificity(self.matrix)

    @property
    def precision(self) -> float | None:
        """Share of the images that it is predicted for that have it."""
        return confusion.precision(self.matrix)

    @property
    def f1(self) -> float | None:
        """Harmonic mean of precision and sensitivity; None where no image has it and none is predicted to."""
        return confusion.f1(self.matrix)


ClassRows = Annotated[tuple[ClassScores, ...], msgspec.Meta(max_length=MOST_CLASSES)]
MatrixRow = Annotated[tuple[Count, ...], msgspec.Meta(max_length=MOST_CLASSES)]
MatrixRows = Annotated[tuple[MatrixRow, ...], msgspec.Meta(max_length=MOST_CLASSES)]
Names = Annotated[tuple[Name, ...], msgspec.Meta(max_length=MOST_CLASSES)]


class TaskScores(msgspec.Struct, frozen=True, kw_only=True):
    """The scores of N predictions.

    A score is None where it is undefined, and where the kind of task has no such score.

    Args:
        kind: The kind of task.
        images: N.
        accuracy: MedMNIST's ACC: share of images with the right class; for several labels, mean over labels
            of the share of images with the right answer.
        auc: MedMNIST's AUC. Classes whose AUC is undefined are left out of the mean; MedMNIST itself has no
            number then.
        balanced_accuracy: Mean sensitivity of the classes that have images; for several labels, mean over
            labels of the mean of sensitivity and specificity.
        macro_f1: Mean F1 of the classes or labels that any image has or is predicted to have, as
            scikit-learn's: one that no image has and some are predicted to have counts as 0.
        mcc: Matthews' correlation of classes (Gorodkin 2004), 0 where all predictions or all labels are the
            same; None for several labels.
        average_precision: Mean over the classes or labels that images have; for a binary task, that of the
            positive class.
        quadratic_kappa: Cohen's kappa with the squared difference of grades as weight; None unless the task
            is ordinal, and where all images have and are predicted the same grade.
        classes: A row for each class or label.
        confusion: `[K][K]` images by true class (row) and predicted class (column); empty for several labels.
        without_images: Classes or labels that no image has: they have neither AUC nor average precision.
        without_others: Classes or labels that every image has: they have no AUC.
    """

    kind: TaskKind
    images: Count
    accuracy: float | None = None
    auc: float | None = None
    balanced_accuracy: float | None = None
    macro_f1: float | None = None
    mcc: float | None = None
    average_precision: float | None = None
    quadratic_kappa: float | None = None
    classes: ClassRows = ()
    confusion: MatrixRows = ()
    without_images: Names = ()
    without_others: Names = ()

    @property
    def auc_left_out(self) -> int:
        """Classes or labels whose AUC is undefined, and which its mean leaves out."""
        return sum(row.auc is None for row in self.classes)

    @property
    def note(self) -> str:
        """What is undefined and why, in a sentence without a full stop; empty where all is defined.

        It also says which classes without images macro F1 has as 0, which other means leave out.
        """
        if not self.auc_left_out:
            return ""
        names = []
        if self.without_images:
            names.append(f"no image has {listed(self.without_images)}")
        if self.without_others:
            names.append(f"every image has {listed(self.without_others)}")
        noun = "labels" if self.kind == "multilabel" else "classes"
        number, reasons = len(self.classes), ", ".join(names)
        mean = f"AUC is the mean of {number - self.auc_left_out} of {number} {noun}: {reasons}"
        area = f"AUC is undefined: {reasons}" if self.auc is None else mean
        zero = [row.name for row in self.classes if not row.images and row.predicted]
        if self.kind == "binary" or not zero:
            return area
        they = "they are" if zero[1:] else "it is"
        return f"{area}; macro F1 counts {listed(zero)} as 0, since {they} predicted"
