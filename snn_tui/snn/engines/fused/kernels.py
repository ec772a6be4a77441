"""The kernels of one network, each a function that works on one image, most of them on one time step."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

from llvmlite import ir

from snn_tui.snn.engines.fused import backward, encode, events, forward, loss, neurons, norm, penalty
from snn_tui.snn.engines.fused.block import Block
from snn_tui.snn.engines.fused.code import Code
from snn_tui.snn.engines.fused.jit import vector_registers
from snn_tui.snn.engines.fused.lanes import F32, I64, POINTER
from snn_tui.snn.engines.fused.plan import Plan


class Kernels:
    """Writes the kernels of a network into a module.

    Those of a block are in lists, first to last, or by the block's number where not every block has one.

    Args:
        module: The module.
        plan: The network.
    """

    def __init__(self, module: ir.Module, plan: Plan) -> None:
        self._module = module
        self._plan = plan
        blocks = plan.blocks
        if plan.direct:
            self.brightness = self._of_plan(encode.brightness, (POINTER,) * 2)
            self.dense = self._of_block(forward.dense, 0, (POINTER,) * 4)
            self.over_steps = self._of_block(backward.over_steps, 0, (POINTER, POINTER, I64))
        else:
            self.encode_image = self._of_plan(encode.encode_image, (POINTER,) * 3)
            self.encode_step = self._of_plan(encode.encode_step, (POINTER,) * 5 + (I64,) * 5)
        if plan.border:
            self.framed = self._of_plan(encode.framed, (POINTER,) * 2)
        fire = (*(POINTER,) * 8, *neurons.ARGUMENTS)
        self.forward = [
            self._of_block(_forward_of(block), number, fire) for number, block in enumerate(blocks)
        ]
        self.read_out = self._of_plan(forward.read_out, (*(POINTER,) * 7, *neurons.ARGUMENTS))
        judge = (*(POINTER,) * len(loss.ARRAYS), I64, F32, *neurons.ARGUMENTS)
        self.judge = self._of_plan(loss.judge, judge)
        if plan.penalised:
            self.penalty = self._of_plan(penalty.penalty, (*(POINTER,) * 3, I64, F32))
        penalised = (F32,) * plan.penalised
        back_last = (*(POINTER,) * 6, I64, *neurons.ARGUMENTS, *penalised)
        self.back_last = self._of_plan(backward.back_last, back_last)
        back = (*(POINTER,) * 4, *neurons.ARGUMENTS, *penalised)
        self.back = [
            self.write(f"back{number}", back, partial(backward.back, plan=plan, block=block))
            for number, block in enumerate(blocks[:-1])
        ]
        self.weights, self.errors, self.bias = {}, {}, {}
        self.crop, self.frame, self.sort = {}, {}, {}
        self.currents, self.fire, self.moments, self.norm_sums, self.norm_back = {}, {}, {}, {}, {}
        for number, block in enumerate(blocks):
            if block.by_winners:
                self.weights[number] = self._of_block(backward.weights, number, (POINTER,) * 4)
                if number:
                    self.errors[number] = self._of_block(backward.errors, number, (POINTER,) * 4)
            else:
                self.frame[number] = self._of_block(events.frame, number, (POINTER, POINTER, I64))
                self.sort[number] = self._of_block(events.sort, number, (*(POINTER,) * 3, I64))
                self.weights[number] = self._of_block(events.weights, number, (POINTER,) * 4)
                errors = partial(events.errors, registers=vector_registers())
                self.errors[number] = self._of_block(errors, number, (POINTER,) * 3, "errors")
            if block.border:
                self.crop[number] = self._of_block(backward.crop, number, (POINTER,) * 2)
            if not block.norm:
                self.bias[number] = self._of_block(backward.bias, number, (POINTER, POINTER, I64))
                continue
            if not block.direct:
                currents = partial(_forward_of(block), fires=False)
                self.currents[number] = self._of_block(currents, number, fire, "currents")
            self.fire[number] = self._of_block(partial(forward.steady, normed=True), number, fire, "fire")
            self.moments[number] = self._of_block(norm.moments, number, (POINTER, POINTER, I64))
            self.norm_sums[number] = self._of_block(norm.sums, number, (*(POINTER,) * 4, I64))
            self.norm_back[number] = self._of_block(norm.back, number, (*(POINTER,) * 3, I64))

    def write(
        self, name: str, arguments: Sequence[object], body: Callable[[Code], None], *, shared: bool = False
    ) -> Code:
        """Write a function; shared ones are called from outside the module."""
        code = Code(self._module, name, arguments, shared=shared)
        body(code)
        code.finish()
        return code

    def _of_plan(self, body: Callable[..., None], arguments: Sequence[object]) -> Code:
        return self.write(body.__name__, arguments, partial(body, plan=self._plan))

    def _of_block(
        self, body: Callable[..., None], number: int, arguments: Sequence[object], name: str = ""
    ) -> Code:
        block = self._plan.blocks[number]
        module = "norm_" if getattr(body, "__module__", "") == norm.__name__ else ""
        return self.write(f"{module}{name or body.__name__}{number}", arguments, partial(body, block=block))


def _forward_of(block: Block) -> Callable[..., None]:
    if block.direct:
        return forward.steady
    if block.event_driven:
        return forward.event_driven
    return forward.first if block.first else forward.inner
