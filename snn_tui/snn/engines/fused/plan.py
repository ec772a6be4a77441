"""What the kernels are generated from: the sizes of a network and of its arrays."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property

from snn_tui.snn.engines import Recipe
from snn_tui.snn.engines.fused import events, norm
from snn_tui.snn.engines.fused.block import LANES, PAD, ROW_BITS, TABLE_LIMIT, Block, rounded
from snn_tui.snn.network import NetworkSpec

IMAGES_A_TASK = 8
"""Gradients are summed over so many images at once, and then over these sums in order: the result does not
depend on how many threads there are."""

HISTORY_LIMIT = 64 << 20
"""Bytes kept for one image on each thread: enough for 20 steps of the study's network on colour images of 224
pixels a side. It is faster than the batched engine there too, though far from any cache."""


@dataclass(frozen=True)
class Scratch:
    """An array that one thread works in.

    Args:
        bytes_each: Bytes of an element.
        elements: Elements of one time step.
        every_step: Whether it holds all time steps, one after the other.
        start: Whether the state before the first step, all zero, comes before them.
        kept: Whether it is kept for each image until its gradient is computed, where the network learns a
            layer at a time.
    """

    bytes_each: int
    elements: int
    every_step: bool = False
    start: bool = False
    kept: bool = False

    def size(self, num_steps: int) -> int:
        """Bytes of the whole array."""
        return self.bytes_each * self.elements * ((num_steps if self.every_step else 1) + self.start)


@dataclass(frozen=True)
class Plan:
    """All sizes of one network.

    Args:
        channels: Channels of the images.
        size: Height and width of the images.
        border: Rows and columns of zeros on each side of them.
        blocks: The blocks, first to last.
        classes: Output neurons.
        surrogate: As `NetworkSpec.surrogate`.
        learn_beta: As `NetworkSpec.learn_beta`.
        loss: As `Recipe.loss`.
        several_labels: As `Recipe.several_labels`.
        every_step: Whether the loss on currents is of those up to each step.
        penalised: Whether spikes are penalised.
    """

    channels: int
    size: int
    border: int
    blocks: tuple[Block, ...]
    classes: int
    surrogate: str
    learn_beta: bool
    loss: str
    several_labels: bool
    every_step: bool
    penalised: bool

    @classmethod
    def of(cls, spec: NetworkSpec, recipe: Recipe) -> Plan:
        """The plan of a network and how it learns."""
        blocks: list[Block] = []
        layers = spec.layers
        borders = [kernel // 2 * spec.padded for kernel in layers.kernels]
        planes, inputs, size = spec.channels, 1, spec.size + 2 * borders[0]
        rows = zip(layers.channels, layers.kernels, layers.pools, [*borders[1:], 0], strict=True)
        border_in = borders[0]
        for channels, kernel, pool, border in rows:
            first = not blocks
            block = Block(
                *(planes, inputs, size, kernel + (pool == "average"), channels, pool, border, border_in),
                first=first,
                direct=first and recipe.encoding == "direct",
                norm=spec.norm,
            )
            if block.event_driven:
                blocks[-1] = replace(blocks[-1], feeds_events=True)
            blocks.append(block)
            planes, inputs, size, border_in = 1, channels, block.side, border
        return cls(
            *(spec.channels, spec.size, borders[0], tuple(blocks), spec.classes, spec.surrogate),
            *(spec.learn_beta, recipe.loss, recipe.several_labels),
            recipe.loss == "current" and recipe.loss_steps == "every",
            recipe.spike_penalty > 0.0,
        )

    def obstacles(self, num_steps: int) -> list[str]:
        """What of this network there are no kernels for."""
        first, needed = self.blocks[0], self.history(num_steps)
        padding = f"padding around rate-coded images of {self.size} pixels a side"
        averages = first.pool == "average"
        large = first.kernel > LANES and not first.direct
        excess = (
            f"{needed >> 20} MB for each image and thread at {num_steps} steps and {self.size} pixels a side"
        )
        missing = {
            f"{padding} ({ROW_BITS - 2 * self.border} at most)": self.wide and self.border > 0,
            "a layer without neurons": any(block.size < 1 for block in self.blocks),
            f"a first kernel of {first.kernel - averages} pixels ({LANES - averages} at most)": large,
            "more weights than tables can be made of": first.table * 4 > TABLE_LIMIT,
            f"{excess} ({HISTORY_LIMIT >> 20} at most)": needed > HISTORY_LIMIT,
        }
        return [what for what, holds in missing.items() if holds]

    def history(self, num_steps: int) -> int:
        """Bytes that are kept for one image, over all steps."""
        return sum(array.size(num_steps) for array in self.scratch.values())

    @property
    def norm(self) -> bool:
        """Whether currents are batch-normalised."""
        return self.blocks[0].norm

    @property
    def direct(self) -> bool:
        """Whether the image's brightness is the input, the same at every step."""
        return self.blocks[0].direct

    @cached_property
    def pixels(self) -> int:
        """Elements between the input spikes of one time step and the next."""
        return rounded(self.channels * self.side**2, 64) + PAD

    @property
    def side(self) -> int:
        """Height and width of an image with its border."""
        return self.size + 2 * self.border

    @cached_property
    def wide(self) -> bool:
        """Whether the first block reads the bits of all pixels, not those of each row."""
        return self.blocks[0].wide

    @cached_property
    def image(self) -> int:
        """Pixels of an image, `[channel, row, column]`."""
        return self.channels * self.size**2

    @property
    def labels(self) -> int:
        """Losses that an image's is the mean of: one, or one for each label."""
        return self.classes if self.several_labels else 1

    @cached_property
    def features(self) -> int:
        """Inputs of the readout, in whole vectors."""
        return rounded(self.blocks[-1].neurons)

    @cached_property
    def scratch(self) -> dict[str, Scratch]:
        """The arrays that one thread works in, by name."""
        first = self.blocks[0].room
        arrays = {
            "thresholds": Scratch(2, self.pixels),
            "always": Scratch(2, self.pixels),
            "packed": Scratch(1, self.pixels),
            "rows": Scratch(8, self.channels * self.side),
            "pixels": Scratch(4, self.pixels, every_step=not self.direct, kept=True),
            "flat": Scratch(4, self.pixels),
            "same_winners": Scratch(1, first if self.direct else 0, kept=True),
            "out_spikes": Scratch(4, self.classes, every_step=True),
            "out_membranes": Scratch(4, self.classes, every_step=True, start=True),
            "out_currents": Scratch(4, self.classes, every_step=True),
            "out_errors": Scratch(4, self.classes, every_step=True),
        }
        if self.penalised:
            arrays["penalties"] = Scratch(4, len(self.blocks), kept=True)
        for number, block in enumerate(self.blocks):
            arrays |= {
                f"membranes{number}": Scratch(4, block.room, every_step=True, start=True, kept=True),
                f"spikes{number}": Scratch(4, block.spike_room, every_step=True, kept=not block.feeds_events),
                f"winners{number}": Scratch(1, block.room, every_step=True, kept=block.by_winners),
                f"active{number}": Scratch(*block.active, every_step=block.keeps_active, kept=True),
                f"errors{number}": Scratch(4, block.spike_room, kept=block.direct),
                f"cropped{number}": Scratch(4, block.room if block.border else 0),
                f"carry{number}": Scratch(4, block.room),
            }
            if block.norm or block.direct:
                arrays[f"currents{number}"] = Scratch(4, block.room, every_step=not block.direct, kept=True)
            if not block.by_winners:
                kinds = len(block.parities) * block.inputs
                arrays |= {
                    f"framed{number}": Scratch(4, block.framed_room, every_step=True),
                    f"kinds{number}": Scratch(4, kinds + 2),
                    f"places{number}": Scratch(4, block.size_in**2 * block.inputs, every_step=True),
                }
        return arrays

    @cached_property
    def parameters(self) -> dict[str, int]:
        """The arrays that the kernels read weights from: name to elements, all float32."""
        arrays = {
            "readout": self.classes * self.features,
            "readout_bias": self.classes,
            "betas": len(self.blocks),
            "class_weights": self.classes,
            "logs": self.classes + 1,
        }
        if self.penalised:
            arrays["spike_costs"] = len(self.blocks) + 1
        for number, block in enumerate(self.blocks):
            arrays[f"table{number}"] = block.table + PAD
            if block.norm:
                arrays[f"norm{number}"] = norm.ROWS * block.width
            if number:
                elements = block.gradient if block.by_winners else events.transposed_size(block)
                arrays[f"weights{number}"] = elements + PAD
        return arrays

    @cached_property
    def gradients(self) -> dict[str, int]:
        """Parts of a task's gradient, one after the other: name to elements, all float32."""
        arrays = {}
        for number, block in enumerate(self.blocks):
            arrays[f"weights{number}"] = block.gradient
            if not block.norm:
                arrays[f"bias{number}"] = block.width
            arrays[f"beta{number}"] = LANES
        return arrays | {
            "readout": self.classes * self.features,
            "readout_bias": rounded(self.classes),
            "loss": LANES,
        }

    @cached_property
    def frame(self) -> list[str]:
        """The names of all arrays of a kernel, in the order of its table of addresses."""
        return [
            *("images", "ids", "draws", "targets", "factors", "gradient", "fired"),
            *("spikes_out", "membranes_out", "currents_out"),
            *(f"moments{number}" for number in range(len(self.blocks))),
            *self.parameters,
            *self.scratch,
        ]

    @cached_property
    def columns(self) -> dict[str, int]:
        """Where in that table each array has its address."""
        return {name: index for index, name in enumerate(self.frame)}

    def gradient_parts(self) -> Iterator[tuple[str, int, int]]:
        """Name, first element and number of elements of each part of a gradient."""
        first = 0
        for name, elements in self.gradients.items():
            yield name, first, elements
            first += elements

    @cached_property
    def gradient_room(self) -> int:
        """Elements of one task's gradient."""
        return sum(self.gradients.values()) + PAD
