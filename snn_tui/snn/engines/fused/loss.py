"""The loss of an image, and its gradients by the input currents of the output neurons: four kernels in one.

Targets, their smoothing and the weights of classes are data, not code: see `tables` and `targets`.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional as F

from snn_tui.snn.engines import Recipe
from snn_tui.snn.engines.fused.code import Code
from snn_tui.snn.engines.fused.lanes import F32, I64, Value
from snn_tui.snn.engines.fused.neurons import Neurons
from snn_tui.snn.engines.fused.plan import Plan
from snn_tui.values.decision import CLASS_GAIN, LABEL_GAIN

ARRAYS = (
    *("out_spikes", "out_membranes", "out_currents", "out_errors", "targets", "factors"),
    *("class_weights", "logs", "readout_bias", "loss"),
)
"""The arrays that `judge` takes, in this order; the last two are parts of the gradient."""


def tables(plan: Plan, recipe: Recipe) -> dict[str, NDArray[np.float32]]:
    """The arrays of `Plan.parameters` that the loss reads.

    `class_weights` holds the factors of losses of labels, and `logs` the logarithm of the sum of exponentials
    for each number of spikes.
    """
    classes = plan.classes
    counts = np.arange(classes + 1)
    return {
        "class_weights": np.array(recipe.class_weights or (1.0,) * classes, np.float32),
        "logs": np.log(counts * math.e + (classes - counts)).astype(np.float32),
    }


def targets(plan: Plan, recipe: Recipe, labels: Tensor) -> dict[str, NDArray[np.float32]]:
    """What the loss reads of a batch: the smoothed target of each class, and the factor of each image's loss.

    Args:
        plan: The network.
        recipe: How the loss is computed.
        labels: As of `Recipe.losses`.

    Raises:
        ValueError: They are no classes, or no shares of classes.
    """
    classes, size = plan.classes, len(labels)
    whole = not labels.is_floating_point() and not plan.several_labels
    if labels.shape != ((size,) if whole else (size, classes)):
        raise ValueError(f"labels {tuple(labels.shape)} of {size} images")
    if not bool(((labels >= 0) & (labels <= (classes - 1 if whole else 1))).all()):
        kind = f"whole numbers from 0 to {classes - 1}" if whole else "numbers from 0 to 1"
        raise ValueError(f"labels are not {kind}")
    shares = F.one_hot(labels, classes).double() if whole else labels.double()
    smoothing, factors = recipe.label_smoothing, np.ones(size, np.float32)
    smoothed = shares * (1 - smoothing) + smoothing / (2 if plan.several_labels else classes)
    if recipe.class_weights is not None and not plan.several_labels:
        factors = (shares.numpy() @ np.array(recipe.class_weights)).astype(np.float32)
    return {"targets": smoothed.float().contiguous().numpy(), "factors": factors}


def judge(code: Code, plan: Plan) -> None:
    """The loss of an image, and the errors of the output neurons, over all steps.

    Arguments: `ARRAYS`, steps, factor of the loss (of what is summed over steps and labels), neurons.
    """
    _Judge(code, plan).write()


class _Judge:
    """Writes the kernel of one loss."""

    def __init__(self, code: Code, plan: Plan) -> None:
        self._code, self._plan = code, plan
        arrays = [code.array(index, F32) for index in range(len(ARRAYS))]
        self._spikes, self._membranes, self._currents, self._errors, self._targets = arrays[:5]
        factors, self._weights, self._logs, self._bias, self._loss = arrays[5:]
        self._factor = factors.get(0)
        self._num_steps, self._scale = (code.argument(len(ARRAYS) + index) for index in range(2))
        self._neurons = Neurons.passed(code, len(ARRAYS) + 2)

    def write(self) -> None:
        if self._plan.every_step:
            self._by_currents_up_to_each_step()
        elif self._plan.loss == "current":
            self._by_currents()
        else:
            self._by_spikes()

    def _by_spikes(self) -> None:
        """At every step, so errors pass through surrogates and from step to step."""
        code, plan = self._code, self._plan
        carries = [code.variable(code.number(F32, 0.0)) for _ in range(plan.classes)]
        with code.down(self._num_steps) as step:
            at = step * plan.classes
            fires = [self._spikes.get(at + neuron) > 0.5 for neuron in range(plan.classes)]
            by_spike = (
                self._labels_by_spikes(fires) if plan.several_labels else self._class_by_spikes(at, fires)
            )
            for neuron, gradient in enumerate(by_spike):
                membrane, carry = self._membranes.get(at + neuron), carries[neuron].get()
                error = self._neurons.backward(plan.surrogate, gradient, membrane, carry)
                carries[neuron].set(error)
                self._put(at, neuron, error)

    def _class_by_spikes(self, at: Value, fires: Sequence[Value]) -> list[Value]:
        """Spikes are 0 or 1, so the loss's logarithm takes one value for each number of spikes."""
        code, classes, weight = self._code, self._plan.classes, self._factor
        count = code.number(I64, 0)
        for neuron_fires in fires:
            count = count + neuron_fires.choose(code.number(I64, 1), 0)
        total = count.as_float() * (math.e - 1.0) + float(classes)
        loss, scale, gradients = self._logs.get(count), self._scale * weight, []
        for neuron, neuron_fires in enumerate(fires):
            probability = neuron_fires.choose(code.number(F32, math.e), 1.0) / total
            target = self._targets.get(neuron)
            loss = loss - self._spikes.get(at + neuron) * target
            gradients.append((probability - target) * scale)
        self._add(loss * weight)
        return gradients

    def _labels_by_spikes(self, fires: Sequence[Value]) -> list[Value]:
        """Logits are 1 and -1, so exponentials and logarithms are constants."""
        likely, low = 1 / (1 + math.exp(-1)), math.log1p(math.exp(-1))  # sigmoid and -log of it, at 1
        gradients = []
        for neuron, neuron_fires in enumerate(fires):
            probability = neuron_fires.choose(self._code.number(F32, likely), 1 - likely)
            absent = neuron_fires.choose(self._code.number(F32, low + 1), low)
            gradient = self._label(
                neuron, probability, absent, neuron_fires.choose(absent - 1.0, absent + 1.0)
            )
            gradients.append(gradient * (self._scale * 2.0))
        return gradients

    def _by_currents(self) -> None:
        """Of the mean over steps, so errors are the same at every step, and no spike matters."""
        code, plan = self._code, self._plan
        sums = [code.variable(code.number(F32, 0.0)) for _ in range(plan.classes)]
        with code.loop(self._num_steps) as step:
            for neuron, total in enumerate(sums):
                total.set(total.get() + self._currents.get(step * plan.classes + neuron))
        means = [total.get() / self._num_steps.as_float() for total in sums]
        errors = self._by_means(means, self._num_steps.as_float())
        with code.loop(self._num_steps) as step:
            for neuron, error in enumerate(errors):
                self._put(step * plan.classes, neuron, error)

    def _by_currents_up_to_each_step(self) -> None:
        """The current of a step is part of all means from then on."""
        code, classes = self._code, self._plan.classes
        sums, carries = ([code.variable(code.number(F32, 0.0)) for _ in range(classes)] for _ in range(2))
        with code.loop(self._num_steps) as step:
            at, steps = step * classes, (step + 1).as_float()
            for neuron, total in enumerate(sums):
                total.set(total.get() + self._currents.get(at + neuron))
            errors = self._by_means([total.get() / steps for total in sums], code.number(F32, 1.0))
            for neuron, error in enumerate(errors):
                self._errors.put(at + neuron, error / steps)
        with code.down(self._num_steps) as step:
            at = step * classes
            for neuron, carry in enumerate(carries):
                carry.set(carry.get() + self._errors.get(at + neuron))
                self._put(at, neuron, carry.get())

    def _by_means(self, means: Sequence[Value], factor: Value) -> list[Value]:
        """Add the loss on mean currents, times a factor, and give its gradients by them."""
        if self._plan.several_labels:
            return self._labels_by_currents(means, factor)
        return self._class_by_currents(means, factor)

    def _class_by_currents(self, means: Sequence[Value], factor: Value) -> list[Value]:
        weight = self._factor
        logits = [mean * CLASS_GAIN for mean in means]
        highest = logits[0]
        for logit in logits[1:]:
            highest = (logit > highest).choose(logit, highest)
        powers = [(logit - highest).exp() for logit in logits]
        total = powers[0]
        for power in powers[1:]:
            total = total + power
        loss, errors = total.log() + highest, []
        scale = self._scale * weight * CLASS_GAIN
        for neuron, (logit, power) in enumerate(zip(logits, powers, strict=True)):
            target = self._targets.get(neuron)
            loss = loss - target * logit
            errors.append((power / total - target) * scale)
        self._add(loss * weight * factor)
        return errors

    def _labels_by_currents(self, means: Sequence[Value], factor: Value) -> list[Value]:
        errors = []
        for neuron, mean in enumerate(means):
            logit = (mean - 0.5) * LABEL_GAIN
            small = (logit.magnitude() * -1.0).exp()
            larger, smaller = self._code.number(F32, 1.0) / (small + 1.0), small / (small + 1.0)
            positive = logit > 0.0
            probability = positive.choose(larger, smaller)
            absent = positive.choose(logit, 0.0) + (small + 1.0).log()
            gradient = self._label(neuron, probability, absent, absent - logit, factor)
            errors.append(gradient * (self._scale * LABEL_GAIN))
        return errors

    def _label(
        self, neuron: int, probability: Value, absent: Value, present: Value, factor: Value | float = 1.0
    ) -> Value:
        """Add the binary cross entropy of a label, and give its gradient by the logit.

        Args:
            neuron: Index of the label.
            probability: Sigmoid of its logit.
            absent: Its loss if the image has no such label.
            present: Its loss if the image has it.
            factor: What the loss is multiplied by.
        """
        target = self._targets.get(neuron)
        missing, weighted = target * -1.0 + 1.0, target * self._weights.get(neuron)
        self._add((weighted * present + missing * absent) * factor)
        return weighted * (probability - 1.0) + missing * probability

    def _add(self, loss: Value) -> None:
        self._loss.put(0, self._loss.get(0) + loss)

    def _put(self, at: Value, neuron: int, error: Value) -> None:
        self._errors.put(at + neuron, error)
        self._bias.put(neuron, self._bias.get(neuron) + error)
