"""Which files of a folder could be images of which class and split; nothing is opened here."""

from __future__ import annotations

import itertools
import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

from snn_tui.data.folder import left_out
from snn_tui.data.folder.left_out import LeftOut
from snn_tui.data.folder.names import class_name
from snn_tui.data.npz import reason
from snn_tui.data.picture.unusable import unreadable
from snn_tui.errors import DataError
from snn_tui.values.dataset import SPLITS
from snn_tui.values.task import MOST_CLASSES
from snn_tui.values.words import comparable, listed, printable

MAX_FILES = 2_000_000
MAX_DEPTH = 32

SPLIT_NAMES = {
    "train": "train",
    "training": "train",
    "val": "val",
    "valid": "val",
    "validation": "val",
    "test": "test",
    "testing": "test",
}
"""Names of folders, whatever their case, that are taken for a split."""

_SYSTEM = {"thumbs.db", "ehthumbs.db", "desktop.ini", "icon\r", "__macosx", "$recycle.bin", "lost+found"}

REMEDY = "give a folder with a folder of pictures for each class, or with train, val and test that have those"


@dataclass(frozen=True, slots=True)
class Candidate:
    """A file in a class folder.

    Args:
        path: Relative to the data set's folder, with `/` between the folders.
        split: The split it is in; empty where the folder has no splits.
        label: Index of its class.
        stamp: Its size, and the nanoseconds when it was modified and when its entry was changed.
    """

    path: str
    split: str
    label: int
    stamp: tuple[int, int, int]


@dataclass(frozen=True, eq=False)
class Layout:
    """What a folder holds.

    Args:
        root: The folder.
        classes: Names of the classes, in the order of the labels.
        splits: Names of the splits that are folders of it; none where it has class folders at once.
        files: All files that may be images, by split and path.
        left_out: The other files.
    """

    root: Path
    classes: tuple[str, ...]
    splits: tuple[str, ...]
    files: list[Candidate]
    left_out: LeftOut = field(default_factory=LeftOut)


def scan(root: Path) -> Layout:
    """List the files of a data set's folder.

    Args:
        root: Holds class folders; or folders train, val and test (val may be missing) that do. Class folders
            may hold further folders.

    Raises:
        DataError: It cannot be listed, or has no such folders, a test without a train, two folders for one
            split or class, fewer than two classes, more than `MOST_CLASSES`, or more than `MAX_FILES` files.
    """
    omitted = LeftOut()
    folders = _folders(root, "", omitted)
    split_folders = _splits(root, folders)
    if split_folders:
        for name in sorted(set(folders) - set(split_folders.values())):
            omitted.add(left_out.OUTSIDE, f"{name}/")
        where = {split: f"{name}/" for split, name in split_folders.items()}
        inside = {split: _folders(root, prefix, omitted) for split, prefix in where.items()}
    else:
        where, inside = {"": ""}, {"": folders}
    classes, labels = _labels(
        root, {where[split] + name: name for split, names in inside.items() for name in names}
    )
    files: list[Candidate] = []
    class_folders = [where[split] + name for split, names in inside.items() for name in names]
    real = {folder: _real(root, folder) for folder in class_folders}
    for split in (*SPLITS, ""):
        for name in inside.get(split, []):
            folder = where[split] + name
            others = [path for path in real.values() if path != real[folder]]
            for path, stamp in _walk(root, folder, omitted, (), _Bounds(real[folder], others)):
                if len(files) == MAX_FILES:
                    raise fault(root, f"it has more than {MAX_FILES:,} files", "give a folder with fewer")
                files.append(Candidate(path, split, labels[name], stamp))
    order = {split: index for index, split in enumerate(("", *SPLITS))}
    files.sort(key=lambda file: (order[file.split], os.fsencode(file.path)))
    return Layout(root, classes, tuple(split for split in SPLITS if split in split_folders), files, omitted)


def fault(root: Path, what: str, remedy: str = REMEDY) -> DataError:
    """The error that says what is wrong with a folder."""
    return DataError(what, where=printable(str(root), 500), remedy=remedy)


def _folders(root: Path, prefix: str, omitted: LeftOut) -> list[str]:
    """Names of the folders in `root/prefix`, sorted; its files are no images."""
    names = []
    try:
        entries = _entries(root / prefix)
    except OSError as error:
        raise fault(root / prefix, reason(error), "make it readable, or give another folder") from error
    for entry in entries:
        if _is_system(entry.name):
            omitted.add(left_out.HIDDEN, prefix + entry.name)
        elif entry.is_symlink() and _within(_real(root, ""), _real(root, prefix + entry.name)):
            omitted.add(left_out.OTHERS, f"{prefix}{entry.name}/")
        elif _is_folder(entry):
            names.append(entry.name)
        else:
            omitted.add(left_out.OUTSIDE, prefix + entry.name)
    return names


def _splits(root: Path, folders: list[str]) -> dict[str, str]:
    """The folder of each split; empty where the folders are classes."""
    splits: dict[str, str] = {}
    for name in folders:
        split = SPLIT_NAMES.get(comparable(name))
        if split in splits:
            what = f"{printable(splits[split])} and {printable(name)} are both taken for {split}"
            raise fault(root, what, f"rename one of them: the images of {split} are to be in one folder")
        if split:
            splits[split] = name
    for split, other in (("train", "test"), ("test", "train"), ("train", "val")):
        if other in splits and split not in splits:
            what = f"there is a folder {printable(splits[other])}, but none called {split}"
            one_level = "or, for a split by a fixed draw, put the class folders of all images into one folder"
            raise fault(root, what, f"make the folder {split} with the same class folders, {one_level}")
    return splits


def _labels(root: Path, folders: dict[str, str]) -> tuple[tuple[str, ...], dict[str, int]]:
    """The names of the classes, and the label of each name of a class folder.

    Args:
        root: The data set's folder, for what is said.
        folders: Names of the class folders by their paths.
    """
    first: dict[str, str] = {}
    in_split: dict[tuple[str, str], str] = {}
    for path, name in sorted(folders.items()):
        form = comparable(name)
        known = in_split.setdefault((path.rpartition("/")[0], form), path)
        if known == path:
            known = first.setdefault(form, path)
            if class_name(folders[known]) == class_name(name):
                continue
        what = f"the class folders {printable(known)} and {printable(path)} differ only by case or accents"
        raise fault(root, what, "give both the same name, or put their pictures into one")
    names = sorted({class_name(name) for name in folders.values()})
    if len(names) != len(first) or "" in names:
        raise fault(root, "class folders have names that look alike in print", "rename them")
    if len(names) > MOST_CLASSES:
        raise fault(root, f"it has {len(names)} class folders, and {MOST_CLASSES} is the most")
    if len(names) < 2:
        raise fault(root, *_too_few(root, list(folders)))
    return tuple(names), {name: names.index(class_name(name)) for name in folders.values()}


def _too_few(root: Path, paths: list[str]) -> tuple[str, str]:
    if not paths:
        return "no class folders in it", REMEDY
    only = sorted(paths)[0]
    what = f"{printable(only)} is its only class folder, and there is nothing to tell it from"
    try:
        below = [entry.name for entry in _entries(root / only) if _is_folder(entry)]
    except OSError:
        below = []
    if len(below) > 1 and len(paths) == 1:
        names = listed([printable(name) for name in below[:3]])
        return what, f"give {printable(str(root / only), 500)} itself, which holds {names}"
    return what, REMEDY


class _Bounds(NamedTuple):
    """What links in a class folder may not lead to, or pictures of other classes and splits would come in.

    Args:
        own: The class folder, without links.
        others: All other class folders, without links.
    """

    own: str
    others: list[str]

    def crossed_by(self, target: str) -> bool:
        """Whether a folder holds the class folder, or holds another one or is in it."""
        return (_within(self.own, target) and self.own != target) or any(
            _within(other, target) or _within(target, other) for other in self.others
        )


def _real(root: Path, path: str) -> str:
    return os.path.realpath(root / path)


def _within(path: str, folder: str) -> bool:
    """Whether a path is a folder's or begins in it; both without links."""
    return path == folder or path.startswith(folder.rstrip("/") + "/")


def _walk(
    root: Path, folder: str, omitted: LeftOut, above: tuple[tuple[int, int], ...], bounds: _Bounds
) -> Iterator[tuple[str, tuple[int, int, int]]]:
    """Paths and stamps of the ordinary files in `root/folder` and the folders below it."""
    try:
        status = os.stat(root / folder)
        entries = _entries(root / folder)
    except OSError as error:
        omitted.add(unreadable(reason(error)), f"{folder}/")
        return
    here = (status.st_dev, status.st_ino)
    if here in above or len(above) > MAX_DEPTH:
        omitted.add(left_out.LINKS, f"{folder}/")
        return
    for entry in entries:
        path = f"{folder}/{entry.name}"
        if _is_system(entry.name):
            omitted.add(left_out.HIDDEN, path)
            continue
        try:
            status = entry.stat()
        except OSError as error:
            omitted.add(unreadable(reason(error)), path)
            continue
        if stat.S_ISDIR(status.st_mode):
            if entry.is_symlink() and bounds.crossed_by(_real(root, path)):
                omitted.add(left_out.OTHERS, f"{path}/")
            else:
                yield from _walk(root, path, omitted, (*above, here), bounds)
        elif stat.S_ISREG(status.st_mode):
            yield path, (status.st_size, status.st_mtime_ns, status.st_ctime_ns)
        else:
            omitted.add(left_out.NO_FILE, path)


def _entries(folder: Path) -> list[os.DirEntry[str]]:
    with os.scandir(folder) as entries:
        # One more than allowed is enough to know that there are too many.
        return sorted(itertools.islice(entries, MAX_FILES + 1), key=lambda entry: os.fsencode(entry.name))


def _is_folder(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_dir()
    except OSError:
        return False


def _is_system(name: str) -> bool:
    return name.startswith(".") or name.lower() in _SYSTEM
