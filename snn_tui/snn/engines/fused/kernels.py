"""The kernels: one image at a time through all its time steps, and its gradient back through them.

What one image leaves behind over 20 steps (some 400 KB for the study's network) stays in the processor's
second-level cache. Every sum has a fixed order, so the result depends on neither threads nor the machine's
load.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

from llvmlite import ir

from snn_tui.snn.engines.fused import backward, encode, forward, loss, neurons
from snn_tui.snn.engines.fused.block import Block
from snn_tui.snn.engines.fused.code import Code
from snn_tui.snn.engines.fused.lanes import F32, I8, I64, POINTER, Array, Value
from snn_tui.snn.engines.fused.neurons import Neurons, strides
from snn_tui.snn.engines.fused.plan import Plan


def generate(plan: Plan) -> ir.Module:
    """The module of a network's kernels, `learn` and `show`.

    Both take the table of addresses (`Plan.frame`), the time steps, the first image and the one after the
    last, the seed and stream of the rate coding, the `ARGUMENTS` of the output neurons, and the factor of the
    loss.
    """
    module = ir.Module("snn_tui")
    _Kernels(module, plan).generate()
    return module


def _forward_of(block: Block) -> Callable[..., None]:
    if block.direct:
        return forward.steady
    return forward.first if block.first else forward.inner


class _Kernels:
    """Writes the kernels of one network into a module."""

    def __init__(self, module: ir.Module, plan: Plan) -> None:
        self._module = module
        self._plan = plan

    def generate(self) -> None:
        blocks = self._plan.blocks
        if self._plan.direct:
            self._brightness = self._write(
                "brightness", (POINTER,) * 2, partial(encode.brightness, plan=self._plan)
            )
            self._dense = self._write("dense", (POINTER,) * 4, partial(forward.dense, block=blocks[0]))
            self._over_steps = self._write(
                "over_steps", (POINTER, POINTER, I64), partial(backward.over_steps, block=blocks[0])
            )
        if self._plan.border:
            self._framed = self._write("framed", (POINTER,) * 2, partial(encode.framed, plan=self._plan))
        self._crop = {
            number: self._write(f"crop{number}", (POINTER,) * 2, partial(backward.crop, block=block))
            for number, block in enumerate(blocks)
            if block.border
        }
        self._encode_image = self._write(
            "encode_image", (POINTER,) * 3, partial(encode.encode_image, plan=self._plan)
        )
        self._encode_step = self._write(
            "encode_step", (POINTER,) * 5 + (I64,) * 5, partial(encode.encode_step, plan=self._plan)
        )
        self._forward = [
            self._write(
                f"forward{number}",
                (POINTER,) * 8 + neurons.ARGUMENTS,
                partial(_forward_of(block), block=block),
            )
            for number, block in enumerate(blocks)
        ]
        self._read_out = self._write(
            "read_out", (POINTER,) * 7 + neurons.ARGUMENTS, partial(forward.read_out, plan=self._plan)
        )
        self._judge = self._write(
            "judge",
            (POINTER,) * len(loss.ARRAYS) + (I64, F32, *neurons.ARGUMENTS),
            partial(loss.judge, plan=self._plan),
        )
        self._back_last = self._write(
            "back_last",
            (POINTER,) * 6 + (I64, *neurons.ARGUMENTS),
            partial(backward.back_last, plan=self._plan),
        )
        self._bias = [
            self._write(f"bias{number}", (POINTER, POINTER, I64), partial(backward.bias, block=block))
            for number, block in enumerate(blocks)
        ]
        self._weights = [
            self._write(f"weights{number}", (POINTER,) * 4, partial(backward.weights, block=block))
            for number, block in enumerate(blocks)
        ]
        self._errors = [
            self._write(f"errors{number}", (POINTER,) * 4, partial(backward.errors, block=block))
            for number, block in enumerate(blocks[1:], 1)
        ]
        self._back = [
            self._write(
                f"back{number}",
                (POINTER,) * 4 + neurons.ARGUMENTS,
                partial(backward.back, plan=self._plan, block=block),
            )
            for number, block in enumerate(blocks[:-1])
        ]
        arguments = (POINTER, *(I64,) * 5, *neurons.ARGUMENTS, F32)
        self._write("learn", arguments, partial(self._main_body, learns=True), shared=True)
        self._write("show", arguments, partial(self._main_body, learns=False), shared=True)

    def _write(
        self, name: str, arguments: Sequence[object], body: Callable[[Code], None], *, shared: bool = False
    ) -> Code:
        code = Code(self._module, name, arguments, shared=shared)
        body(code)
        code.finish()
        return code

    def _main_body(self, code: Code, *, learns: bool) -> None:
        plan = self._plan
        table = code.array(0, I64)
        frame = {
            name: Array(code, code.builder.inttoptr(table.get(index).raw, POINTER), F32)
            for index, name in enumerate(plan.frame)
        }
        num_steps, first, last, seed, stream = (code.argument(1 + index) for index in range(5))
        output, scale = Neurons.passed(code, 6).all, code.argument(6 + len(neurons.ARGUMENTS))
        betas = [frame["betas"].get(number) for number in range(len(plan.blocks))]
        hidden = [(beta, *output[1:]) for beta in betas]
        gradient = {name: frame["gradient"].shifted(first) for name, first, _ in plan.gradient_parts()}
        with code.loop(last, start=first) as image:
            pixels = frame["images"].read_as(I8).shifted(image * plan.image)
            if plan.direct:
                code.call(self._brightness, pixels, frame["pixels"])
                code.call(
                    self._dense, *(frame[name] for name in ("pixels", "table0", "currents", "same_winners"))
                )
            else:
                code.call(self._encode_image, pixels, frame["thresholds"], frame["always"])
            key = [frame[name].read_as(I64).get(image) for name in ("ids", "draws")]
            with code.loop(num_steps) as step:
                self._step(code, frame, step, [*key, seed, stream], hidden, output)
            if not learns:
                at = image * num_steps * plan.classes
                with code.loop(num_steps * plan.classes) as index:
                    frame["spikes_out"].put(at + index, frame["out_spikes"].get(index))
                    frame["membranes_out"].put(at + index, frame["out_membranes"].get(index + plan.classes))
                    frame["currents_out"].put(at + index, frame["out_currents"].get(index))
            else:
                labels = frame["labels"].read_as(I64).shifted(image * plan.labels)
                arrays = frame | {
                    "out_membranes": frame["out_membranes"].shifted(plan.classes),
                    "labels": labels,
                    "readout_bias": gradient["readout_bias"],
                    "loss": gradient["loss"],
                }
                judged = [arrays[name] for name in loss.ARRAYS]
                code.call(self._judge, *judged, num_steps, scale, *output)
                self._back_through(code, frame, gradient, num_steps, hidden)

    def _step(
        self,
        code: Code,
        frame: dict[str, Array],
        step: Value,
        key: list[Value],
        hidden: Sequence[Sequence[Value]],
        output: Sequence[Value],
    ) -> None:
        plan = self._plan
        if plan.direct:
            bits_in = frame["currents"]
        else:
            pixels = frame["pixels"].shifted(step * plan.pixels)
            code.call(
                self._encode_step,
                *(frame[name] for name in ("thresholds", "always", "packed", "rows")),
                frame["flat"] if plan.border else pixels,
                step,
                *key,
            )
            if plan.border:
                code.call(self._framed, frame["flat"], pixels)
            bits_in = frame["packed" if plan.wide else "rows"]
        for number, block in enumerate(plan.blocks):
            at_step = step * block.room
            membranes = frame[f"membranes{number}"].shifted(at_step)
            code.call(
                self._forward[number],
                *(bits_in, frame[f"table{number}"], membranes, membranes.shifted(block.room)),
                frame[f"spikes{number}"].shifted(step * block.spike_room),
                frame[f"winners{number}"].read_as(I8).shifted(at_step),
                frame[f"masks{number}"],
                frame["fired"].read_as(I64).shifted(number),
                *hidden[number],
            )
            bits_in = frame[f"masks{number}"]
        last = len(plan.blocks) - 1
        spikes = frame[f"spikes{last}"].shifted(step * plan.blocks[last].room)
        membranes = frame["out_membranes"].shifted(step * plan.classes)
        code.call(
            self._read_out,
            *(spikes, frame["readout"], frame["readout_bias"], membranes, membranes.shifted(plan.classes)),
            *(frame[name].shifted(step * plan.classes) for name in ("out_spikes", "out_currents")),
            *output,
        )

    def _back_through(
        self,
        code: Code,
        frame: dict[str, Array],
        gradient: dict[str, Array],
        num_steps: Value,
        hidden: Sequence[Sequence[Value]],
    ) -> None:
        blocks = self._plan.blocks
        errors = [frame[f"membranes{number}"].shifted(block.room) for number, block in enumerate(blocks)]
        winners = [frame[f"winners{number}"].read_as(I8) for number in range(len(blocks))]
        code.call(
            self._back_last,
            *(errors[-1], frame[f"spikes{len(blocks) - 1}"], frame["out_errors"], frame["readout"]),
            gradient["readout"],
            gradient[f"beta{len(blocks) - 1}"],
            num_steps,
            *hidden[-1],
        )
        for number in reversed(range(len(blocks))):
            block = blocks[number]
            if number:
                below = blocks[number - 1]
                target, carry = frame[f"errors{number - 1}"], frame[f"carry{number - 1}"]
                for start, end, lanes in strides(below.room):
                    with code.loop((end - start) // lanes) as turn:
                        carry.put(turn * lanes + start, code.vector(F32, lanes, 0.0))
                spikes_in, room = frame[f"spikes{number - 1}"], below.spike_room
            else:
                spikes_in, room = frame["pixels"], self._plan.pixels
            if block.direct:
                summed, same = frame[f"errors{number}"], frame["same_winners"].read_as(I8)
                code.call(self._over_steps, errors[number], summed, num_steps)
                code.call(self._weights[number], summed, same, spikes_in, gradient[f"weights{number}"])
                code.call(self._bias[number], errors[number], gradient[f"bias{number}"], num_steps)
                continue
            with code.down(num_steps) as step:
                block_errors = errors[number].shifted(step * block.room)
                block_winners = winners[number].shifted(step * block.room)
                code.call(
                    self._weights[number],
                    block_errors,
                    block_winners,
                    spikes_in.shifted(step * room),
                    gradient[f"weights{number}"],
                )
                if number:
                    code.call(
                        self._errors[number - 1],
                        block_errors,
                        block_winners,
                        frame[f"weights{number}"],
                        target,
                    )
                    of_spikes = target
                    if below.border:
                        of_spikes = frame[f"cropped{number - 1}"]
                        code.call(self._crop[number - 1], target, of_spikes)
                    code.call(
                        self._back[number - 1],
                        of_spikes,
                        errors[number - 1].shifted(step * below.room),
                        carry,
                        gradient[f"beta{number - 1}"],
                        *hidden[number - 1],
                    )
            code.call(self._bias[number], errors[number], gradient[f"bias{number}"], num_steps)
