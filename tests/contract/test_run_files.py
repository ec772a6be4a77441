"""Files of a run directory are opened by `runs/files.py` alone, which follows no links."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import snn_tui

PACKAGE = Path(snn_tui.__file__).parent
ROOMS = ("api", "cli", "evaluation", "export", "inspector", "runs", "tui", "worker")

OPENS = {
    *("open", "fdopen", "read_text", "read_bytes", "write_text", "write_bytes", "touch", "mkfifo"),
    *("load_file", "save_file", "safe_open", "memmap", "fromfile", "symlink", "symlink_to", "copyfile"),
    *("np.load", "numpy.load", "torch.load", "pickle.load"),
}
"""Functions and methods by whose names something may be opened by its path."""

ALLOWED = {
    ("runs/files.py", "_open", "os.open"): "the one way in",
    ("runs/files.py", "create", "os.open"): "the one way in, for a new file",
    ("runs/files.py", "replacing", "os.open"): "a new file, which then replaces another",
    ("runs/files.py", "replacing", "open"): "its descriptor",
    ("runs/files.py", "_sync_folder", "os.open"): "a folder",
    ("export/curves/tensorboard.py", "__init__", "open"): "a new file of an export",
    ("worker/on_end/webhook.py", "_post", "urllib.request.build_opener(NoRedirects).open"): "an address",
    ("worker/on_end/command.py", "_opened", "open"): "its descriptor",
    ("runs/manage.py", "_opened", "os.open"): "folders",
    ("runs/kernel_store.py", "_opened", "os.open"): "folders",
    ("runs/job.py", "_is_submitit", "Path(f'/proc/{pid}/cmdline').read_bytes"): "the kernel's file",
    ("runs/lock.py", "_proc_stat", "Path(f'/proc/{pid}/stat').read_bytes"): "the kernel's file",
    ("runs/lock.py", "_boot_id", "Path('/proc/sys/kernel/random/boot_id').read_text"): "the kernel's file",
    ("worker/trainer.py", "make_way", "AUTOGROUP.write_text"): "the kernel's file",
    ("evaluation/bench/memory.py", "_measure", "_PEAK_RESET.write_text"): "the kernel's file",
    ("evaluation/bench/memory.py", "_status", "Path('/proc/self/status').read_text"): "the kernel's file",
    ("cli/app.py", "_silence_stdout", "os.open"): "the null device",
    ("cli/launch.py", "open_closed_streams", "os.open"): "the null device",
    ("cli/launch.py", "open_closed_streams", "open"): "the null device",
    ("cli/train_only.py", "_lose", "os.open"): "the null device",
    ("inspector/server.py", "main", "os.fdopen"): "the standard output",
    ("inspector/server.py", "main", "open"): "the standard input",
    ("inspector/answers.py", "answer", "self._runs.open"): "the cache of opened runs",
    ("inspector/cache.py", "get", "self.open"): "the cache of opened runs",
}
"""What may open something else: file, function, call, and what it opens."""

DESCRIPTORS = {"open_regular", "open_to_append"}
"""What gives a descriptor, which the built-in `open` may then be called with."""


def test_run_files_are_opened_in_one_place() -> None:
    assert set(_openings()) == set(ALLOWED)


def _openings() -> Iterator[tuple[str, str, str]]:
    for room in ROOMS:
        for path in sorted((PACKAGE / room).rglob("*.py")):
            tree = ast.parse(path.read_text(encoding="utf-8"))
            name = path.relative_to(PACKAGE).as_posix()
            for function, call in _calls(tree, ""):
                called = call.func
                full = ast.unparse(called)
                if OPENS & {full, full.rpartition(".")[2]} and not _of_a_descriptor(call):
                    yield name, function, full


def _calls(node: ast.AST, function: str) -> Iterator[tuple[str, ast.Call]]:
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.Call):
            yield function, child
        named = isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef)
        yield from _calls(child, child.name if named else function)  # type: ignore[attr-defined]


def _of_a_descriptor(call: ast.Call) -> bool:
    first = call.args[0] if call.args else None
    return isinstance(first, ast.Call) and getattr(first.func, "id", "") in DESCRIPTORS
