"""The functions that are called from outside: an image at a time, or a layer at a time.

By image, what an image leaves behind over 20 steps (some 400 KB for the study's network) stays in the
processor's second-level cache. Batch norm has to know the currents of the whole batch, so a network that has
it learns a layer at a time, and its images are kept until their errors come back. Every sum has a fixed
order, so the result depends on neither threads nor the machine's load.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial

from llvmlite import ir

from snn_tui.snn.engines.fused.code import Code
from snn_tui.snn.engines.fused.kernels import Kernels
from snn_tui.snn.engines.fused.lanes import Value
from snn_tui.snn.engines.fused.plan import Plan
from snn_tui.snn.engines.fused.walk import ARGUMENTS, Walk

Work = Callable[[Walk, Code, Value], None]
"""What a function does with an image."""


def names(plan: Plan) -> list[str]:
    """The functions of a network: `show`, and `learn` or what is called in its place, one after the other."""
    return ["show", *_learning(plan)]


def generate(plan: Plan) -> ir.Module:
    """The module of a network's functions, each of which takes `walk.ARGUMENTS`."""
    module = ir.Module("snn_tui")
    kernels = Kernels(module, plan)

    def body(code: Code, *, work: Work, by_image: bool) -> None:
        first, last = code.argument(2), code.argument(3)
        walk = Walk(code, plan, kernels) if by_image else None
        with code.loop(last, start=first) as image:
            work(walk or Walk(code, plan, kernels, image), code, image)

    show = partial(_by_image, plan=plan, learns=False)
    kernels.write("show", ARGUMENTS, partial(body, work=show, by_image=True), shared=True)
    for name, work in _learning(plan).items():
        by_image = not plan.norm
        kernels.write(name, ARGUMENTS, partial(body, work=work, by_image=by_image), shared=True)
    return module


def _learning(plan: Plan) -> Mapping[str, Work]:
    """The functions that learn, in the order in which they are called."""
    if not plan.norm:
        return {"learn": partial(_by_image, plan=plan, learns=True)}
    numbers = range(len(plan.blocks))
    return (
        {f"currents_of{number}": partial(_currents, plan=plan, number=number) for number in numbers}
        | {"judge_batch": partial(_judge, plan=plan)}
        | {f"back_through{number}": partial(_back, number=number) for number in reversed(numbers)}
    )


def _by_image(walk: Walk, code: Code, image: Value, *, plan: Plan, learns: bool) -> None:
    """All of one image."""
    walk.begin(image)
    numbers = range(len(plan.blocks))
    with walk.counting(numbers if learns else ()), code.loop(walk.num_steps) as step:
        active = walk.encode(image, step)
        for number in numbers:
            walk.forward(number, step, active)
            active = walk.active(number, step)
        walk.read_out(step)
    if not learns:
        walk.keep_outputs(image)
        return
    walk.judge(image)
    for number in reversed(numbers):
        walk.back(number)


def _currents(walk: Walk, code: Code, image: Value, *, plan: Plan, number: int) -> None:
    """The neurons of the block before, and the currents of a block."""
    if number == 0:
        walk.begin(image)
    if number or not plan.direct:
        with walk.counting([number - 1] if number else ()), code.loop(walk.num_steps) as step:
            if number:
                walk.fire(number - 1, step)
            active = walk.active(number - 1, step) if number else walk.encode(image, step)
            walk.currents(number, step, active)
    walk.moments(number, image)


def _judge(walk: Walk, code: Code, image: Value, *, plan: Plan) -> None:
    """The neurons of the last block, the output, its loss, and the gradient back to those neurons."""
    last = len(plan.blocks) - 1
    with walk.counting([last]), code.loop(walk.num_steps) as step:
        walk.fire(last, step)
        walk.read_out(step)
    walk.judge(image)
    walk.norm_sums(last, image)


def _back(walk: Walk, _: Code, image: Value, *, number: int) -> None:
    """The gradient of a block, and back to the neurons of the one before."""
    walk.back(number)
    if number:
        walk.norm_sums(number - 1, image)
