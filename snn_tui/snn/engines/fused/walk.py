"""What is done with one image: the calls of kernels, in a function that is being written."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager

from snn_tui.snn.engines.fused import loss, neurons
from snn_tui.snn.engines.fused.code import Code
from snn_tui.snn.engines.fused.kernels import Kernels
from snn_tui.snn.engines.fused.lanes import F32, I8, I64, POINTER, Array, Value
from snn_tui.snn.engines.fused.neurons import Neurons, strides
from snn_tui.snn.engines.fused.plan import Plan

ARGUMENTS = (POINTER, *(I64,) * 5, *neurons.ARGUMENTS, F32)
"""Types of the arguments of a function that is called from outside.

They are the table of addresses (`Plan.frame`), the time steps, the first image and the one after the last,
the seed and stream of the rate coding, the `neurons.ARGUMENTS` of the output neurons, and the factor of the
loss.
"""


class Walk:
    """The calls for one image.

    Args:
        code: The function that is being written; it takes `ARGUMENTS`.
        plan: The network.
        kernels: Its kernels.
        row: Which row of the table of addresses is the image's.
    """

    def __init__(self, code: Code, plan: Plan, kernels: Kernels, row: Value | int = 0) -> None:
        self._code, self._plan, self._kernels = code, plan, kernels
        table = code.array(0, I64).shifted(row * len(plan.frame))
        self.arrays = {
            name: Array(code, code.builder.inttoptr(table.get(index).raw, POINTER), F32)
            for index, name in enumerate(plan.frame)
        }
        self.num_steps = code.argument(1)
        self._key = [code.argument(index) for index in (4, 5)]
        self._output = Neurons.passed(code, 6).all
        self._scale = code.argument(6 + len(neurons.ARGUMENTS))
        betas = [self.arrays["betas"].get(number) for number in range(len(plan.blocks))]
        self._hidden = [(beta, *self._output[1:]) for beta in betas]
        self._gradient = {
            name: self.arrays["gradient"].shifted(first) for name, first, _ in plan.gradient_parts()
        }

    def begin(self, image: Value) -> None:
        """What is done before the first step: the image as thresholds, or as currents."""
        code, plan, arrays, kernels = self._code, self._plan, self.arrays, self._kernels
        pixels = arrays["images"].read_as(I8).shifted(image * plan.image)
        if plan.direct:
            code.call(kernels.brightness, pixels, arrays["pixels"])
            names = ("pixels", "table0", "currents0", "same_winners")
            code.call(kernels.dense, *(arrays[name] for name in names))
        else:
            code.call(kernels.encode_image, pixels, arrays["thresholds"], arrays["always"])

    def encode(self, image: Value, step: Value) -> Array:
        """What the first block reads at a step: bits of pixels, or currents."""
        code, plan, arrays, kernels = self._code, self._plan, self.arrays, self._kernels
        if plan.direct:
            return arrays["currents0"]
        key = [arrays[name].read_as(I64).get(image) for name in ("ids", "draws")]
        pixels = arrays["pixels"].shifted(step * plan.pixels)
        names = ("thresholds", "always", "packed", "rows")
        spikes = arrays["flat"] if plan.border else pixels
        code.call(kernels.encode_step, *(arrays[name] for name in names), spikes, step, *key, *self._key)
        if plan.border:
            code.call(kernels.framed, spikes, pixels)
        return arrays["packed" if plan.wide else "rows"]

    def forward(self, number: int, step: Value, active: Array) -> None:
        """A step of a block, from what the one before left."""
        self._neurons(self._kernels.forward[number], number, step, active, f"table{number}")

    def fire(self, number: int, step: Value) -> None:
        """A step of the neurons of a block with batch norm, from its currents."""
        block = self._plan.blocks[number]
        currents = self.arrays[f"currents{number}"]
        currents = currents if block.direct else currents.shifted(step * block.room)
        self._neurons(self._kernels.fire[number], number, step, currents, f"norm{number}")

    def currents(self, number: int, step: Value, active: Array) -> None:
        """A step of the currents of a block with batch norm, from what the one before left."""
        block, arrays = self._plan.blocks[number], self.arrays
        currents = arrays[f"currents{number}"].shifted(step * block.room)
        winners = arrays[f"winners{number}"].read_as(I8).shifted(step * block.room)
        rest = (currents, currents, winners, currents, currents)
        self._code.call(
            self._kernels.currents[number],
            *(active, arrays[f"table{number}"], currents, *rest),
            *self._hidden[number],
        )

    def active(self, number: int, step: Value) -> Array:
        """What the next block reads of a step of a block."""
        active, block = self.arrays[f"active{number}"], self._plan.blocks[number]
        if not block.keeps_active:
            return active
        each, elements = block.active
        return active.shifted(step * (elements * each // 4))

    def read_out(self, step: Value) -> None:
        """A step of the output neurons."""
        plan, arrays, number = self._plan, self.arrays, len(self._plan.blocks) - 1
        spikes = arrays[f"spikes{number}"].shifted(step * plan.blocks[-1].room)
        membranes = arrays["out_membranes"].shifted(step * plan.classes)
        readout = (arrays["readout"], arrays["readout_bias"], membranes, membranes.shifted(plan.classes))
        outs = (arrays[name].shifted(step * plan.classes) for name in ("out_spikes", "out_currents"))
        self._code.call(self._kernels.read_out, spikes, *readout, *outs, *self._output)

    def keep_outputs(self, image: Value) -> None:
        """Copy the output neurons' spikes, membranes and currents to where they are returned."""
        code, classes, arrays = self._code, self._plan.classes, self.arrays
        at = image * self.num_steps * classes
        with code.loop(self.num_steps * classes) as index:
            arrays["spikes_out"].put(at + index, arrays["out_spikes"].get(index))
            arrays["membranes_out"].put(at + index, arrays["out_membranes"].get(index + classes))
            arrays["currents_out"].put(at + index, arrays["out_currents"].get(index))

    def judge(self, image: Value) -> None:
        """The loss, and its gradient back to the last block's neurons."""
        code, plan, gradient, last = self._code, self._plan, self._gradient, len(self._plan.blocks) - 1
        arrays = self.arrays | {
            "out_membranes": self.arrays["out_membranes"].shifted(plan.classes),
            "targets": self.arrays["targets"].shifted(image * plan.classes),
            "factors": self.arrays["factors"].shifted(image),
            "readout_bias": gradient["readout_bias"],
            "loss": gradient["loss"],
        }
        judged = [arrays[name] for name in loss.ARRAYS]
        code.call(self._kernels.judge, *judged, self.num_steps, self._scale, *self._output)
        if plan.penalised:
            spikes = (arrays["penalties"], arrays["spike_costs"], arrays["loss"])
            code.call(self._kernels.penalty, *spikes, self.num_steps, self._scale)
        code.call(
            self._kernels.back_last,
            *(self._errors(last), arrays[f"spikes{last}"], arrays["out_errors"], arrays["readout"]),
            *(gradient["readout"], gradient[f"beta{last}"], self.num_steps, *self._hidden[-1]),
            *self._penalty(last),
        )

    @contextmanager
    def counting(self, numbers: Iterable[int]) -> Iterator[None]:
        """Count the spikes of some blocks while the steps of an image are computed, if they are penalised."""
        fired, counted = self.arrays["fired"].read_as(I64), list(numbers) if self._plan.penalised else []
        before = [fired.get(number) for number in counted]
        yield
        for number, count in zip(counted, before, strict=True):
            self.arrays["penalties"].put(number, (fired.get(number) - count).as_float())

    def moments(self, number: int, image: Value) -> None:
        """What batch norm has to know of the currents of a block."""
        currents = self.arrays[f"currents{number}"]
        self._code.call(
            self._kernels.moments[number], currents, self._moments(number, image), self._frames(number)
        )

    def norm_sums(self, number: int, image: Value) -> None:
        """What batch norm has to know of the errors of a block."""
        block, arrays = self._plan.blocks[number], self.arrays
        if block.direct:
            self._code.call(
                self._kernels.over_steps, self._errors(number), arrays[f"errors{number}"], self.num_steps
            )
        self._code.call(
            self._kernels.norm_sums[number],
            *(self._summed(number), arrays[f"currents{number}"], arrays[f"norm{number}"]),
            *(self._moments(number, image), self._frames(number)),
        )

    def back(self, number: int) -> None:
        """The gradient by the weights of a block, and back to the neurons of the one before."""
        code, arrays, kernels, block = self._code, self.arrays, self._kernels, self._plan.blocks[number]
        errors, gradient = self._errors(number), self._gradient
        if block.direct and not block.norm:
            code.call(kernels.over_steps, errors, arrays["errors0"], self.num_steps)
        if block.norm:
            code.call(
                kernels.norm_back[number],
                *(self._summed(number), arrays[f"currents{number}"], arrays[f"norm{number}"]),
                self._frames(number),
            )
        else:
            code.call(kernels.bias[number], errors, gradient[f"bias{number}"], self.num_steps)
        if block.direct:
            winners, spikes = arrays["same_winners"].read_as(I8), arrays["pixels"]
            code.call(kernels.weights[0], arrays["errors0"], winners, spikes, gradient["weights0"])
        elif block.by_winners:
            self._back_by_winners(number)
        else:
            self._back_by_events(number)

    def _back_by_winners(self, number: int) -> None:
        code, arrays, kernels, plan = self._code, self.arrays, self._kernels, self._plan
        block, gradient = plan.blocks[number], self._gradient[f"weights{number}"]
        spikes, room = arrays["pixels"], plan.pixels
        if number:
            spikes, room = arrays[f"spikes{number - 1}"], plan.blocks[number - 1].spike_room
            self._clear_carry(number - 1)
        with code.down(self.num_steps) as step:
            errors = self._errors(number).shifted(step * block.room)
            winners = arrays[f"winners{number}"].read_as(I8).shifted(step * block.room)
            code.call(kernels.weights[number], errors, winners, spikes.shifted(step * room), gradient)
            if number:
                by_spikes = arrays[f"errors{number - 1}"]
                code.call(kernels.errors[number], errors, winners, arrays[f"weights{number}"], by_spikes)
                if number - 1 in kernels.crop:
                    cropped = arrays[f"cropped{number - 1}"]
                    code.call(kernels.crop[number - 1], by_spikes, cropped)
                    by_spikes = cropped
                self._back_step(number - 1, step, by_spikes)

    def _back_by_events(self, number: int) -> None:
        code, arrays, kernels, block = self._code, self.arrays, self._kernels, self._plan.blocks[number]
        framed, kinds, places = (arrays[f"{name}{number}"] for name in ("framed", "kinds", "places"))
        code.call(kernels.frame[number], self._errors(number), framed, self.num_steps)
        code.call(kernels.sort[number], arrays[f"active{number - 1}"], kinds, places, self.num_steps)
        code.call(kernels.weights[number], kinds, places, framed, self._gradient[f"weights{number}"])
        self._clear_carry(number - 1)
        with code.down(self.num_steps) as step:
            by_spikes = arrays[f"errors{number - 1}"]
            at_step = framed.shifted(step * block.framed_room)
            code.call(kernels.errors[number], at_step, arrays[f"weights{number}"], by_spikes)
            self._back_step(number - 1, step, by_spikes)

    def _back_step(self, number: int, step: Value, by_spikes: Array) -> None:
        membranes = self._errors(number).shifted(step * self._plan.blocks[number].room)
        carry, by_beta = self.arrays[f"carry{number}"], self._gradient[f"beta{number}"]
        self._code.call(
            self._kernels.back[number],
            *(by_spikes, membranes, carry, by_beta, *self._hidden[number]),
            *self._penalty(number),
        )

    def _penalty(self, number: int) -> list[Value]:
        """The gradient of the penalty by each spike of a block, if spikes are penalised."""
        return [self.arrays["penalties"].get(number)] if self._plan.penalised else []

    def _clear_carry(self, number: int) -> None:
        code, carry = self._code, self.arrays[f"carry{number}"]
        for start, end, lanes in strides(self._plan.blocks[number].room):
            with code.loop((end - start) // lanes) as turn:
                carry.put(turn * lanes + start, code.vector(F32, lanes, 0.0))

    def _neurons(self, kernel: Code, number: int, step: Value, inputs: Array, parameters: str) -> None:
        block, arrays = self._plan.blocks[number], self.arrays
        membranes = arrays[f"membranes{number}"].shifted(step * block.room)
        spikes = arrays[f"spikes{number}"]
        self._code.call(
            kernel,
            *(inputs, arrays[parameters], membranes, membranes.shifted(block.room)),
            spikes.shifted(step * block.spike_room),
            arrays[f"winners{number}"].read_as(I8).shifted(step * block.room),
            self.active(number, step),
            arrays["fired"].read_as(I64).shifted(number),
            *self._hidden[number],
        )

    def _errors(self, number: int) -> Array:
        """The membranes of a block after each step, and later the errors that take their place."""
        return self.arrays[f"membranes{number}"].shifted(self._plan.blocks[number].room)

    def _summed(self, number: int) -> Array:
        """The errors of a block; their sums over steps where its currents are the same at every step."""
        return self.arrays["errors0"] if self._plan.blocks[number].direct else self._errors(number)

    def _frames(self, number: int) -> Value:
        """Steps at which the currents of a block differ."""
        return self._code.number(I64, 1) if self._plan.blocks[number].direct else self.num_steps

    def _moments(self, number: int, image: Value) -> Array:
        return self.arrays[f"moments{number}"].shifted(image * (2 * self._plan.blocks[number].width))
