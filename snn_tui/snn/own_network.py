"""A network of the user's own, a torch module, as this program computes and looks into it."""

from __future__ import annotations

import inspect
import math
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import torch
from torch import Tensor, nn

from snn_tui.errors import UsageError
from snn_tui.snn.layered import LayeredNetwork, LayerOverTime
from snn_tui.values.task import Task

_FLAG = "--network"
_PROBE_STEPS, _PROBE_IMAGES = 5, 3  # unlike each other, and unlike most sizes of a layer
_PROBE_CURRENTS = 1.0, 8.0, 64.0
"""Factors of the inputs of the probe: a layer that is silent at small currents fires at large ones."""


class OwnNetwork(LayeredNetwork):
    """A torch module of the user's own, with what its spiking layers do at each step.

    Args:
        module: Its forward takes `[T, B, C, H, W]` input spikes or currents and returns output spikes and
            membranes, each `[T, B, K]`, and where it likes the input currents of its output neurons as the
            third; or it takes one step `[B, C, H, W]` and a state, None at first, and returns spikes and
            membranes `[B, K]` and the next state.
        task: The images and classes.
        trained_by: The option `loss`, which a probe sees that the parameters learn by.

    Attributes:
        hidden: Paths within the module of the spiking layers before the readout, in the order they fire in.
        parts: Paths of the modules without inner ones that were called before each of those and after the
            one before, and so before the readout, by the layer's name.

    Raises:
        UsageError: It is no such module.
    """

    def __init__(self, module: nn.Module, task: Task, trained_by: str) -> None:
        super().__init__(
            input_shape=(task.channels, task.side, task.side),
            spiking=True,
            norm=False,
            threshold=math.inf,
            values_a_step=1,
        )
        self.module = module
        self.by_layer = True
        self._task = task
        self._stepwise = takes_state(module)
        self.hidden: list[str] = []
        self._check_parameters()
        before = _shapes(module)
        self._find_layers()
        self._check_learning(trained_by)
        if _shapes(module) != before:
            raise _refusal("its state_dict is another after a prediction", "keep membranes out of it")

    def over_time(self, spikes: Tensor) -> dict[str, LayerOverTime]:
        """All time steps of the readout, and while nothing is learned of the hidden layers.

        Args:
            spikes: `[T, B, C, H, W]` input spikes, or currents.

        Returns:
            What is known of each layer by its name, the readout's as `out` at last. Of hidden layers that
            is their spikes, which stand in the place of currents and membranes, too.

        Raises:
            UsageError: The module returns something else than it has to.
        """
        steps, images = spikes.shape[:2]
        with self.listening([] if torch.is_grad_enabled() else self.hidden) as heard:
            out, membranes, currents = self._outputs(spikes)
        layers = {}
        for name, outputs in heard.items():
            fired = over_steps(outputs, steps, images)
            if fired is None:
                raise _refusal(
                    f"its layer {name} gives other shapes than at first", "see docs/own-network.md"
                )
            layers[name] = LayerOverTime(fired, fired, fired)
        return {**layers, "out": LayerOverTime(currents, out, membranes)}

    def _outputs(self, spikes: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Output spikes, membranes and currents, each `[T, B, K]`; currents of no element where unknown."""
        currents = spikes.new_zeros(0)
        if self._stepwise:
            state, steps = None, []
            for frame in spikes:
                answer = self.module(frame, state)
                if not isinstance(answer, tuple | list) or len(answer) != 3:
                    raise _refusal("its step returns something else than spikes, membranes and state", _SEE)
                *tensors, state = answer
                steps.append(tensors)
            try:
                out, membranes = (torch.stack(list(step)) for step in zip(*steps, strict=True))
            except TypeError:
                raise _refusal("its step returns spikes or membranes that are no tensor", _SEE) from None
        else:
            answer = self.module(spikes)
            if not isinstance(answer, tuple | list) or len(answer) not in (2, 3):
                raise _refusal("its forward returns something else than spikes and membranes", _SEE)
            out, membranes, *rest = answer
            currents = rest[0] if rest else currents
        expected = (*spikes.shape[:2], self._task.outputs)
        for what, tensor in (("spikes", out), ("membranes", membranes), ("currents", currents)):
            if not isinstance(tensor, Tensor):
                raise _refusal(f"its {what} are no tensor", _SEE)
            if tuple(tensor.shape) != expected and not (what == "currents" and not tensor.numel()):
                shapes = [str(list(shape)) for shape in (tensor.shape, expected)]
                raise _refusal(f"its {what} have the shape {shapes[0]}, not [T, B, K] = {shapes[1]}", _SEE)
        return out, membranes, currents

    def _check_parameters(self) -> None:
        named = dict(self.module.named_parameters())
        if not any(parameter.requires_grad for parameter in named.values()):
            raise _refusal(
                "it has no parameters to train", "make weights nn.Parameter, or use torch's layers"
            )
        places: dict[int, str] = {}
        for name, value in self.module.state_dict().items():
            if not bool(torch.isfinite(value).all()):
                raise _refusal(f"its {name} is not finite", "see how it is initialised")
            if value.numel() and places.setdefault(value.data_ptr(), name) != name:
                first = places[value.data_ptr()]
                raise _refusal(f"its {name} shares memory with {first}", "give each weights of its own")

    def _find_layers(self) -> None:
        """Find the modules whose outputs are spikes, by what they give for inputs of a probe."""
        candidates = [name for name, _ in self.module.named_modules() if name]
        spiking: dict[str, bool] = {}
        shapes: dict[str, tuple[int, ...]] = {}
        order: list[str] = []
        readout: set[str] = set()
        training = self.module.training
        self.module.eval()
        with torch.no_grad():
            for factor in _PROBE_CURRENTS:
                inputs = self._probe() * factor
                with self.listening(candidates) as heard, self._inputs_of_spikes(candidates) as passing:
                    out, membranes, _ = self._outputs(inputs)
                again = self._outputs(inputs)[0]
                if not torch.equal(out, again):
                    raise _refusal(
                        "it gives other spikes when it is called again with the same input",
                        "begin every call of forward with new membranes",
                    )
                if not bool(torch.isfinite(membranes).all()):
                    raise _refusal("its membranes are not finite", "see how it is initialised")
                if not bool(((out == 0) | (out == 1)).all()):
                    raise _refusal("its output spikes are not 0 or 1", _SEE)
                for name, outputs in heard.items():
                    fired = over_steps(outputs, *inputs.shape[:2])
                    if fired is None or name in passing:
                        spiking[name] = False
                        continue
                    binary = bool(((fired == 0) | (fired == 1)).all())
                    spiking[name] = spiking.get(name, True) and binary
                    if binary and bool((fired == 1).any()):
                        shapes[name] = tuple(fired.shape[2:])
                        order += [] if name in order else [name]
                    if fired.shape == out.shape and torch.equal(fired, out) and bool(out.any()):
                        readout.add(name)
        self.module.train(training)
        found = [name for name in heard if name in order and spiking[name]]
        inner = [name for name in found if not any(other.startswith(f"{name}.") for other in found)]
        self.hidden = [name for name in inner if name not in readout and name != "out"]
        self.parts = self._parts(list(heard), readout)
        self.shapes = {name: shapes[name] for name in self.hidden} | {"out": (self._task.outputs,)}
        self.values_a_step = sum(map(math.prod, self.shapes.values())) + 4 * math.prod(self.input_shape)
        thresholds = [getattr(self.module.get_submodule(name), "threshold", None) for name in readout]
        known = {float(value) for value in thresholds if isinstance(value, float | Tensor) and _single(value)}
        if len(known) == 1:
            self.threshold = known.pop()

    def _parts(self, called: list[str], readout: set[str]) -> dict[str, list[str]]:
        """Modules by the spiking layer that they were called before, of all in the order of their calls."""
        parts: dict[str, list[str]] = {name: [] for name in (*self.hidden, "out")}
        waiting: list[str] = []
        for name in called:
            if name in self.hidden:
                parts[name], waiting = waiting, []
            elif name not in readout and not any(True for _ in self.module.get_submodule(name).children()):
                waiting.append(name)
        parts["out"] = waiting
        return parts

    def _check_learning(self, loss: str) -> None:
        training = self.module.training
        self.module.train()
        kept = {name: value.clone() for name, value in self.module.state_dict().items()}
        with torch.enable_grad():
            out, _, currents = self._outputs(self._probe())
            if loss == "current" and not currents.numel():
                raise UsageError(
                    "the loss is of the output neurons' currents, which your network does not return",
                    where="--loss",
                    remedy="return them as the third, or give --loss rate",
                )
            learned_by = currents if loss == "current" else out
            if not learned_by.requires_grad:
                raise _refusal("its output spikes have no gradient", "use a surrogate gradient")
            learned_by.sum().backward()  # type: ignore[no-untyped-call]
        for name, parameter in self.module.named_parameters():
            if parameter.requires_grad and parameter.grad is None:
                raise _refusal(
                    f"its {name} gets no gradient from the output",
                    "use it, or set its requires_grad to False",
                )
        self.module.zero_grad(set_to_none=True)
        self.module.load_state_dict(kept)  # statistics of batch norm are as they were
        self.module.train(training)

    def _probe(self) -> Tensor:
        """`[T, B, C, H, W]` input of zeros and ones, the same each time."""
        generator = torch.Generator().manual_seed(0)
        shape = (_PROBE_STEPS, _PROBE_IMAGES, *self.input_shape)
        return (torch.rand(shape, generator=generator) < 0.5).to(torch.float32)

    @contextmanager
    def listening(self, names: list[str], *, inputs: bool = False) -> Iterator[dict[str, list[Tensor]]]:
        """What modules give inside of the `with` block, call by call, by their paths, first called first.

        Args:
            names: Paths of the modules.
            inputs: Whether to keep what they are given instead.
        """
        heard: dict[str, list[Tensor]] = {}

        def hook(name: str) -> Any:
            def keep(module: nn.Module, given: Any, output: Any) -> None:
                kept = given if inputs else output
                first = kept[0] if isinstance(kept, tuple | list) and kept else kept
                if isinstance(first, Tensor):
                    heard.setdefault(name, []).append(first.detach())

            return keep

        handles = [self.module.get_submodule(name).register_forward_hook(hook(name)) for name in names]
        try:
            yield heard
        finally:
            for handle in handles:
                handle.remove()

    @contextmanager
    def _inputs_of_spikes(self, names: list[str]) -> Iterator[set[str]]:
        """Modules that are given zeros and ones only, and so hand spikes on, such as pools and flatten."""
        binary: dict[str, bool] = {}
        passing: set[str] = set()

        def hook(name: str) -> Any:
            def look(module: nn.Module, inputs: Any) -> None:
                first = inputs[0] if inputs else None
                if isinstance(first, Tensor):
                    only = bool(((first == 0) | (first == 1)).all())
                    binary[name] = binary.get(name, True) and only

            return look

        def childless(name: str) -> bool:
            module = self.module.get_submodule(name)
            return not any(True for _ in module.children()) and not any(True for _ in module.parameters())

        handles = [self.module.get_submodule(name).register_forward_pre_hook(hook(name)) for name in names]
        try:
            yield passing
        finally:
            passing |= {name for name, only in binary.items() if only and childless(name)}
            for handle in handles:
                handle.remove()


_SEE = "see docs/own-network.md"


def takes_state(module: nn.Module) -> bool:
    """Whether the module's forward takes one step and a state: it has two arguments that have to be given."""
    try:
        parameters = list(inspect.signature(module.forward).parameters.values())
    except (TypeError, ValueError):
        return False
    positional = [
        entry for entry in parameters if entry.kind in (entry.POSITIONAL_ONLY, entry.POSITIONAL_OR_KEYWORD)
    ]
    return len(positional) > 1 and (
        positional[1].default is inspect.Parameter.empty or positional[1].name == "state"
    )


def over_steps(outputs: list[Tensor], steps: int, images: int) -> Tensor | None:
    """`[T, B, ...]` outputs of a module that was called for each step or once for all; None for neither."""
    first = outputs[0]
    if len(outputs) == steps and all(part.shape == first.shape for part in outputs):
        return torch.stack(outputs) if first.dim() > 1 and len(first) == images else None
    if len(outputs) != 1:
        return None
    if first.dim() > 2 and tuple(first.shape[:2]) == (steps, images):
        return first
    if first.dim() > 1 and len(first) == steps * images:
        return first.view(steps, images, *first.shape[1:])
    return None


def _single(value: float | Tensor) -> bool:
    return isinstance(value, float) or value.numel() == 1


def _shapes(module: nn.Module) -> dict[str, tuple[int, ...]]:
    return {name: tuple(value.shape) for name, value in module.state_dict().items()}


def _refusal(what: str, remedy: str) -> UsageError:
    return UsageError(f"your network cannot be used: {what}", where=_FLAG, remedy=remedy)
