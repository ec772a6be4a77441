"""`doctor`: what a report of a fault needs to say about this machine, to be pasted as it is."""

from __future__ import annotations

import json
import os
import platform
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from importlib import metadata
from pathlib import Path

import typer

from snn_tui import __version__
from snn_tui.cli import launch
from snn_tui.cli.common import Json, RunsDir, print_json, root_of
from snn_tui.config.paths import home_folder
from snn_tui.config.preferences import load_preferences
from snn_tui.config.user_files import user_folder
from snn_tui.render.attention import notice
from snn_tui.render.text import bytes_, clean
from snn_tui.runs.store import list_runs, shipped_runs

Facts = dict[str, str]
"""Facts by name, in the order of lines."""

_LIBRARIES = ("torch", "snntorch", "llvmlite", "medmnist", "textual", "rich", "typer", "msgspec", "numpy")
_OPTIONAL = ("textual-image", "pydicom", "optuna", "tensorboardX", "spikingjelly", "norse")
_SHOWN = ("NO_COLOR", "FORCE_COLOR", "OMP_NUM_THREADS", "CUDA_VISIBLE_DEVICES", "PYTHONPATH", "SNN_TUI_DATA")
_HIDDEN = ("SNN_TUI_ON_END", "SNN_TUI_WEBHOOK")
"""Variables of which only is said that they are set: they may hold secrets."""

_TORCH_SECONDS = 60.0
_MOST_FILES = 100_000
_ASK_TORCH = """
import json
facts = {}
import torch
facts["torch"] = torch.__version__
facts["threads"] = str(torch.get_num_threads())
facts["CUDA"] = f"{torch.version.cuda}, available" if torch.cuda.is_available() else "not available"
for number in range(torch.cuda.device_count()):
    of = torch.cuda.get_device_properties(number)
    facts[f"cuda:{number}"] = f"{of.name}, {of.total_memory >> 20} MiB, compute {of.major}.{of.minor}"
mps = getattr(torch.backends, "mps", None)
facts["MPS"] = "available" if mps and mps.is_available() else "not available"
print(json.dumps(facts))
"""
_ASK_LLVM = """
import json
from llvmlite import binding
facts = {"LLVM": ".".join(map(str, binding.llvm_version_info)), "processor": binding.get_host_cpu_name()}
features = binding.get_host_cpu_features()
known = ("avx2", "fma", "avx512f", "neon", "sve")
facts["vectors"] = " ".join(name for name in known if features.get(name)) or "-"
print(json.dumps(facts))
"""


def doctor(context: typer.Context, runs_dir: RunsDir = None, as_json: Json = False) -> int:
    """Print what to paste into a report of a fault: terminal, devices, caches, versions, preferences."""
    report = {
        "versions": _versions(),
        "terminal": _terminal(os.environ),
        "devices": {"cores": str(os.cpu_count()), **_asked(_ASK_TORCH, "torch")},
        "compiler of the fused engine": _asked(_ASK_LLVM, "llvmlite"),
        "files": _files(root_of(context, runs_dir)),
        "preferences": _preferences(),
        "environment": _environment(os.environ),
    }
    report = {
        section: {name: _tidy(value) for name, value in facts.items()} for section, facts in report.items()
    }
    if as_json:
        print_json(report)
        return 0
    launch.terminal_of(False)  # writes in what arrives
    for number, (section, facts) in enumerate(report.items()):
        typer.echo(("\n" if number else "") + section)
        for name, value in facts.items():
            typer.echo(f"  {name:<16} {value}")
    return 0


def _tidy(text: str) -> str:
    """A fact as it may be shown to others: no control characters, no home folder, which names a person."""
    home = home_folder()
    return clean(text if home is None or home == Path("/") else text.replace(str(home), "~"), 400)


def _versions() -> Facts:
    facts = {"snn-tui": __version__, "python": f"{platform.python_version()} ({sys.executable})"}
    facts["system"] = platform.platform()
    for name in (*_LIBRARIES, *_OPTIONAL):
        try:
            facts[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            if name in _LIBRARIES:
                facts[name] = "not installed"
    return facts


def _terminal(environ: Mapping[str, str]) -> Facts:
    terminal = launch.terminal_of(False)
    size = shutil.get_terminal_size((0, 0))
    within = [name for name, variable in (("tmux", "TMUX"), ("screen", "STY")) if environ.get(variable)]
    remote = bool(environ.get("SSH_CONNECTION") or environ.get("SSH_TTY"))
    sent = notice("", "", environ)
    sequences = [
        name for name, code in (("bell", "\a"), ("OSC 9", "]9;"), ("OSC 777", "]777;")) if code in sent
    ]
    return {
        "TERM": environ.get("TERM", "-"),
        "TERM_PROGRAM": environ.get("TERM_PROGRAM", "-"),
        "COLORTERM": environ.get("COLORTERM", "-"),
        "locale": next((environ[name] for name in ("LC_ALL", "LC_CTYPE", "LANG") if environ.get(name)), "-"),
        "encoding": sys.stdout.encoding or "-",
        "size": f"{size.columns}x{size.lines}" if size.columns else "not known",
        "is a terminal": "yes" if sys.stdout.isatty() else "no",
        "colours": terminal.colour,
        "characters": "unicode" if terminal.unicode else "ASCII",
        "within": ", ".join(within) or "-",
        "over SSH": "yes" if remote else "no",
        "notices": ", ".join(sequences) or "none",
    }


def _asked(code: str, library: str) -> Facts:
    """What a library says of itself, in a process of its own: a broken one may end it, or never answer."""
    try:
        answer = subprocess.run(
            [sys.executable, "-P", "-c", code],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=_TORCH_SECONDS,
            check=False,
        )
        if answer.returncode == 0:
            facts: Facts = json.loads(answer.stdout.splitlines()[-1])
            return facts
        last = answer.stderr.decode(errors="replace").strip().splitlines()[-1:]
        return {library: f"cannot be used: {last[0] if last else f'exit code {answer.returncode}'}"}
    except subprocess.TimeoutExpired:
        return {library: f"did not answer within {_TORCH_SECONDS:g} seconds"}
    except (OSError, ValueError, IndexError) as error:
        return {library: f"cannot be asked: {type(error).__name__}"}


def _files(root: Path) -> Facts:
    own, home = list_runs(root), home_folder()
    facts = {
        "runs": f"{len([run for run in own if not run.shipped])} in {root.absolute()}",
        "shipped": ", ".join(run.name for run in shipped_runs()) or "none",
    }
    cache = user_folder("cache", os.environ)
    for name in ("images", "kernels"):
        facts[f"cache of {name}"] = "-" if cache is None else _size(cache / name)
    if home is not None:
        sets = sorted(path.name for path in _inside(home / ".medmnist") if path.suffix == ".npz")
        facts["MedMNIST"] = ", ".join(sets) or f"none in {home / '.medmnist'}"
    free = shutil.disk_usage(root if root.is_dir() else Path.cwd()).free
    return facts | {"free disk": bytes_(free)}


def _inside(folder: Path) -> Iterator[Path]:
    try:
        yield from folder.iterdir()
    except OSError:
        return


def _size(folder: Path) -> str:
    files = size = 0
    for parent, _, names in os.walk(folder):
        for name in names:
            files += 1
            try:
                size += os.lstat(os.path.join(parent, name)).st_size
            except OSError:
                continue
        if files > _MOST_FILES:
            return f"more than {bytes_(size)}, {folder}"
    return f"{bytes_(size)} in {files} files, {folder}"


def _preferences() -> Facts:
    loaded = load_preferences()
    facts = {"file": str(loaded.path or "none: no home folder")}
    for name, source in loaded.sources.items():
        value = getattr(loaded.preferences, name)
        if isinstance(value, dict):
            value = ", ".join(f"{action} {keys}" for action, keys in sorted(value.items())) or "none"
        facts[name] = f"{value} ({source})"
    return facts | {f"wrong {number}": text for number, text in enumerate(loaded.warnings, 1)}


def _environment(environ: Mapping[str, str]) -> Facts:
    facts = {name: environ[name] for name in _SHOWN if name in environ}
    return facts | {name: "is set" for name in _HIDDEN if environ.get(name)} or {"-": "nothing that matters"}
