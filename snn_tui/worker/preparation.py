"""Everything a trainer needs before its first batch. Nothing is written, so it also tells whether it can."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from snn_tui.config.build import check_layers
from snn_tui.config.files import from_json
from snn_tui.config.own_network import FLAG, difference
from snn_tui.config.run_config import RunConfig
from snn_tui.errors import RunError, SnnTuiError
from snn_tui.runs.cpu_contention import wait_without_spinning
from snn_tui.runs.files import read_bounded
from snn_tui.runs.kernel_store import KernelStore
from snn_tui.runs.named_weights import INIT_FROM, weights_of
from snn_tui.runs.ranks import Rank
from snn_tui.runs.resume import Refusal
from snn_tui.runs.rundir import RunDir
from snn_tui.values.dataset import DatasetSummary
from snn_tui.worker.memory import check_memory, fits
from snn_tui.worker.teachers import open_teachers

if TYPE_CHECKING:
    import torch
    from torch import Tensor

    from snn_tui.data.dataset import Dataset
    from snn_tui.snn.encoding import Batch
    from snn_tui.training.evaluate import Images
    from snn_tui.training.group import SingleProcess
    from snn_tui.training.loop import Trainer

RESUME_LIMIT = 512 * 1024 * 1024

CHECKED_IMAGES = 8
"""Images of each of two batches that an engine on an accelerator is compared with the reference on."""

OnStep = Callable[[str, float | None], None]
"""Called with what is being prepared and its share done, None if unknown; what it raises is passed on."""


@dataclass(frozen=True)
class Prepared:
    """A trainer at the position it begins from.

    Args:
        trainer: The trainer.
        device: What it computes on.
        dataset: What it is trained on.
        engine: Name of the engine.
        engine_note: Why a faster engine was not taken.
        images: Images of train.
        threads: How many of this process compute on the CPU.
        devices: Processes that train together.
        engine_fault: What a faster engine computed wrongly on this device; part of the note.
    """

    trainer: Trainer
    device: torch.device
    dataset: DatasetSummary
    engine: str
    engine_note: str
    images: int
    threads: int
    devices: int
    engine_fault: str = ""

    @property
    def depends_on_threads(self) -> bool:
        """Whether the number of threads decides in which order torch adds numbers up, and so their last bits.

        The fused engine adds them up in the same order whatever the number is.
        """
        return self.device.type == "cpu" and self.engine != "fused"

    @property
    def device_name(self) -> str:
        """The device, with the name of a graphics card; of several processes that of rank 0."""
        device, several = self.device, self.devices > 1
        name = f"{self.devices} x {device.type}" if several else str(device)
        return f"{name} ({self.device_model})" if device.type == "cuda" else name

    @property
    def device_model(self) -> str:
        """The name of a graphics card; of other devices their kind."""
        import torch

        return torch.cuda.get_device_name(self.device) if self.device.type == "cuda" else self.device.type


def prepare(
    config: RunConfig,
    run: RunDir | None,
    on_step: OnStep,
    rank: Rank | None = None,
    group: SingleProcess | None = None,
    root: Path | None = None,
) -> Prepared:
    """Load images and resume state, and build the network and its engine.

    Args:
        config: The configuration to train with; a resumed run's own may still be another one.
        run: The run directory; its resume state is loaded, if there is one. None for a run not made yet.
        on_step: Called while images are loaded or downloaded.
        rank: Which of several processes this is; None where the configuration says it all.
        group: Connects them; None for one process, and where nothing is to be trained.
        root: Where runs are kept, for a run not made yet; None where that is not known.

    Raises:
        SnnTuiError: The images, device, engine or resume state cannot be used.
    """
    rank = rank or rank_0(config)
    on_step("loading torch", None)
    wait_without_spinning()
    import torch

    from snn_tui.data.balance import balance, class_weights, summary
    from snn_tui.data.registry import load
    from snn_tui.evaluation.own_network import network_for
    from snn_tui.snn.batch_norm import share_statistics
    from snn_tui.snn.device import resolve, resolve_shared
    from snn_tui.snn.engines import Recipe
    from snn_tui.snn.engines.registry import checked, choose
    from snn_tui.snn.own_network import OwnNetwork
    from snn_tui.training.checkpoint import load_initial, load_weights
    from snn_tui.training.loop import Trainer

    begun = run is not None and os.path.lexists(run.resume_state)
    if begun and (words := difference(config)):
        raise RunError(words, where=FLAG, remedy="give the file as it was, or start a new run")
    torch.use_deterministic_algorithms(True, warn_only=True)
    # Memory is not filled before use, as torch would do then: nothing here reads what it did not write.
    torch.utils.deterministic.fill_uninitialized_memory = False  # type: ignore[attr-defined]
    if rank is None:
        device = resolve(config.device)
    else:
        share_cores(rank.local_size)
        device = resolve_shared(config.device, rank.local_rank, rank.local_size, bound=not rank.launched)
    if device.type == "cuda":
        torch.cuda.set_device(device)
    on_step("loading images", None)
    loaded = load(config, on_step)
    used = balance(loaded, config.balance, config.seed)
    network = network_for(config, used.task)
    root = run.path.parent if run is not None else root
    if config.init_from is not None and root is not None and not begun:
        named, weights = weights_of(config.init_from, root, INIT_FROM)
        put_in = load_weights if isinstance(network, OwnNetwork) else load_initial
        put_in(network, weights, f"--init-from {named.name}")
    network = network.to(device)
    teachers = open_teachers(config, root, used.task, device) if root is not None else None
    on_step("compiling the engine", None)
    recipe = Recipe.of(config, used.task, class_weights(used) if config.class_weights == "balanced" else None)
    chosen = choose(config.engine, network, recipe, precision=config.precision, store=KernelStore())
    if device.type == "cpu":  # a GPU says itself that its memory is used up
        check_memory(config, chosen.engine.name, loaded.task.side)
    splits = _splits(used, device)
    train = splits["train"]
    chosen = checked(
        chosen,
        network,
        recipe,
        config.precision,
        lambda: _few_images(train),
        lambda: _first_images(train, max(1, config.batch_size // config.devices)),
    )
    if group is not None and group.size > 1:
        share_statistics(network, group.exchange)
    trainer = Trainer(config, network, chosen.engine, splits, group, teachers)
    if run is not None and begun:
        on_step("loading the checkpoint", None)
        trainer.load_state(read_resume_state(run))
    return Prepared(
        trainer,
        device,
        summary(loaded, used, config.balance, config.class_weights),
        chosen.engine.name,
        chosen.note,
        len(splits["train"]),
        torch.get_num_threads(),
        config.devices,
        chosen.fault,
    )


def load_modules() -> None:
    """Load what `prepare` needs: most of the time that it takes, where images are at hand."""
    import snn_tui.data.registry
    import snn_tui.snn.engines.registry
    import snn_tui.training.loop  # noqa: F401


def rank_0(config: RunConfig) -> Rank | None:
    """Rank 0 of the processes that a trainer starts on its machine; None where it is the only one."""
    if config.devices == 1:
        return None
    return Rank(rank=0, size=config.devices, local_rank=0, local_size=config.devices, launched=True)


def share_cores(processes: int) -> None:
    """Compute with this process's part of the machine's cores, unless the environment says with how many.

    Args:
        processes: That compute on this machine.
    """
    import torch

    if "OMP_NUM_THREADS" not in os.environ:
        torch.set_num_threads(max(1, _threads_alone() // processes))


@cache
def _threads_alone() -> int:
    """Threads that torch takes where one process has the machine."""
    import torch

    return torch.get_num_threads()


def check_new(config: RunConfig, on_step: OnStep, rank: Rank | None = None, root: Path | None = None) -> None:
    """Check that a new run could begin, as far as that is known without a download, before it is made.

    Torch is loaded only where a device, an engine or another run was named, or where memory may not suffice.

    Args:
        config: The configuration to train with.
        on_step: Called while images are loaded.
        rank: As for `prepare`.
        root: As for `prepare`.

    Raises:
        SnnTuiError: The images, device or engine cannot be used.
    """
    from snn_tui.data import folds, registry

    if not registry.at_hand(config):
        return
    plain = config.device in ("auto", "cpu") and config.engine == "auto" and config.precision == "float32"
    plain = plain and (config.devices == 1 or config.device == "cpu")
    plain = plain and config.network is None and config.init_from is None and config.teacher is None
    if plain and fits(config, config.engine):
        if config.synthetic and config.fold is None:  # generated images cannot be wrong
            return
        dataset = registry.read(config, on_step)
        folds.set_apart(dataset, config.fold, config.group_by)
        task = dataset.task
        check_layers(config, task.side, task.channels)
        if fits(config, config.engine, task.side):
            return
    prepare(config, None, on_step, rank, root=root)


def check_main(run: str = "") -> int:
    """Say for `runs.resume.check_trainable` whether a trainer could begin or go on; nothing is written.

    The configuration is read from the standard input; a `Refusal` is written to the output.

    Args:
        run: The run directory; empty for a run not made yet.

    Returns:
        0, or the exit code of what stands in the way.
    """
    try:
        config = from_json(sys.stdin.buffer.read())
        if run:
            prepare(config, RunDir(Path(run)), lambda what, share: None)
        else:
            check_new(config, lambda what, share: None)
    except SnnTuiError as error:
        refusal = Refusal(error.what, error.where, error.remedy, error.exit_code)
        sys.stdout.buffer.write(msgspec.json.encode(refusal))
        return error.exit_code
    return 0


def read_resume_state(run: RunDir) -> dict[str, Any]:
    """The resume state of a run.

    Raises:
        RunError: It is missing, unreadable, too large, or not what a trainer wrote.
    """
    from snn_tui.training.checkpoint import state_from_bytes

    return state_from_bytes(read_bounded(run.resume_state, RESUME_LIMIT), str(run.resume_state))


def _few_images(train: Images) -> list[tuple[Batch, Tensor]]:
    """Two batches of the images that are trained on, to compare an engine with the reference on."""
    import torch

    count = max(1, min(len(train) // 2, CHECKED_IMAGES))
    numbers = torch.arange(min(len(train), 2 * count))
    return [train.pick(indices, draw=1) for indices in torch.split(numbers, count)]


def _first_images(train: Images, count: int) -> tuple[Batch, Tensor]:
    """A batch of so many of the images that are trained on, or of all where there are fewer."""
    import torch

    return train.pick(torch.arange(min(len(train), count)), draw=1)


def _splits(dataset: Dataset, device: torch.device) -> dict[str, Images]:
    from snn_tui.training.evaluate import Images

    return {name: Images.of(split, name, device, dataset.task) for name, split in dataset.splits.items()}
