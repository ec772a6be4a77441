"""A folder of class folders from its files to the data set, and every refusal on the way."""

from __future__ import annotations

import errno
import json
import os
import shutil
import unicodedata
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from data.folder.conftest import Make
from snn_tui.config.paths import open_file
from snn_tui.data import rows
from snn_tui.data.cache import Cache
from snn_tui.data.dataset import Dataset
from snn_tui.data.folder import layout, reading
from snn_tui.data.folder.reading import read_folder
from snn_tui.data.picture import decode
from snn_tui.errors import DataError, UsageError

SPLIT = {f"{split}/{name}": 3 for split in ("train", "val", "test") for name in ("cat", "dog")}


def files(dataset: Dataset) -> dict[str, Sequence[str]]:
    """The names of each split's files."""
    return {name: split.names for name, split in dataset.splits.items()}


def read(root: Path, cache: Cache, **options: object) -> Dataset:
    """Read the folder at 8 by 8."""
    return read_folder(root, cache=cache, **{"side": 8, **options})  # type: ignore[arg-type]


def refusal(root: Path, cache: Cache, **options: object) -> DataError:
    """What reading the folder is refused with."""
    with pytest.raises(DataError) as caught:
        read(root, cache, **options)
    assert caught.value.where.startswith(str(root))
    assert caught.value.remedy
    return caught.value


def test_the_folders_are_the_splits_and_the_classes(make: Make, cache: Cache) -> None:
    dataset = read(make(**SPLIT), cache)
    assert dataset.counts() == {split: {"cat": 3, "dog": 3} for split in ("train", "val", "test")}
    task = dataset.task
    assert (task.name, task.classes, task.kind, task.positive) == ("pets", ("cat", "dog"), "binary", 1)
    assert (task.channels, task.side) == (1, 8)
    assert (dataset.notice, dataset.report, dataset.synthetic) == ("", (), False)
    train = dataset.splits["train"]
    assert train.images.shape == (6, 8, 8)
    assert train.images.dtype == np.uint8
    assert train.labels.tolist() == [0, 0, 0, 1, 1, 1]
    assert train.ids.tolist() == list(range(6))
    for split, some in files(dataset).items():
        for image, file in zip(dataset.splits[split].images, some, strict=True):
            assert np.array_equal(image, decode.decode(Path(dataset.source, file), 8).pixels)


def test_class_folders_alone_are_split_by_a_fixed_draw(make: Make, cache: Cache) -> None:
    root = make(cat=20, dog=10, emu=10)
    images = read(root, cache)
    assert images.counts() == {
        "train": {"cat": 14, "dog": 7, "emu": 7},
        "val": {"cat": 2, "dog": 1, "emu": 1},
        "test": {"cat": 4, "dog": 2, "emu": 2},
    }
    assert (images.task.kind, images.task.positive) == ("multiclass", None)
    assert images.notice == "split by a fixed draw: 28 train, 4 val, 8 test"
    for split, some in files(images).items():
        found = images.splits[split]
        for image, label, file in zip(found.images, found.labels, some, strict=True):
            assert images.task.classes[label] == file.split("/")[0]
            assert np.array_equal(image, decode.decode(root / file, 8).pixels)
    # The draw must be the same in years to come, on every machine.
    assert files(images)["val"] == ("cat/000.png", "cat/008.png", "dog/001.png", "emu/001.png")


def test_without_val_an_eighth_of_train_is_set_apart(make: Make, cache: Cache) -> None:
    images = read(make(**{"train/cat": 16, "train/dog": 8, "test/cat": 2, "test/dog": 2}), cache)
    assert images.counts()["val"] == {"cat": 2, "dog": 1}
    assert images.counts()["test"] == {"cat": 2, "dog": 2}
    assert images.notice == "val is an eighth of train, by a fixed draw: 21 train, 3 val, 4 test"
    assert all(file.startswith("train/") for file in files(images)["val"])


def test_splits_may_have_the_other_usual_names(make: Make, cache: Cache) -> None:
    root = make(**{f"{name}/{of}": 1 for name in ("Training", "VALID", "Test") for of in ("a", "b")})
    assert [len(split) for split in read(root, cache).splits.values()] == [2, 2, 2]
    make(**{"val/a": 1})
    assert "are both taken for val" in refusal(root, cache).what


def test_groups_stay_together(make: Make, cache: Cache) -> None:
    root = make(cat=30, dog=30)
    images = read(root, cache, group_by=r"/(\d\d)")  # ten files of each class have the first two digits
    where: dict[str, set[str]] = {}
    for split, names in files(images).items():
        for name in names:
            where.setdefault(name.split("/")[1][:2], set()).add(split)
    assert where.keys() == {"00", "01", "02"}
    assert all(len(splits) == 1 for splits in where.values())


def test_files_without_a_group_are_counted(make: Make, cache: Cache) -> None:
    images = read(make(**SPLIT, **{"train/emu": 4}), cache, group_by="emu")
    assert "18 files without a match of --group-by" in images.notice


def test_persons_whom_a_drawn_split_divides_are_noticed_with_what_keeps_them_together(
    tmp_path: Path, cache: Cache
) -> None:
    advice = r"--group-by '(person\d+)_' keeps each person's images together"
    for folder in ("", "train/"):  # the latter has only its val drawn
        root = tmp_path / f"films{len(folder)}"
        for label, kind in enumerate(("NORMAL", "PNEUMONIA")):
            for index in range(24):
                path = root / f"{folder}{kind}/person{label}{index // 8}_{index}.png"
                path.parent.mkdir(parents=True, exist_ok=True)
                Image.fromarray(np.full((8, 8), 9 * label + index, np.uint8)).save(path)
        if folder:
            shutil.copytree(root / "train", root / "test")
        images = read(root, cache)
        assert advice in images.notice
        assert advice in images.full_report
        assert advice not in read(root, cache, group_by=r"(person\d+)_").notice
    shutil.copytree(root / "train", root / "val")
    assert advice not in read(root, cache).notice  # --group-by leaves the folder's own splits as they are


def test_a_folders_own_splits_stay_whatever_its_groups_are(make: Make, cache: Cache) -> None:
    root = make(**SPLIT)
    usual = read(root, cache)
    grouped = read(root, cache, group_by=r"(\d+)\.png")
    assert files(grouped) == files(usual)
    assert grouped.notice.startswith("--group-by leaves the folder's own splits as they are")


def test_one_colour_picture_makes_all_images_rgb(make: Make, cache: Cache) -> None:
    root = make(**SPLIT)
    Image.new("RGB", (9, 9), (200, 10, 10)).save(root / "val/dog/red.png")
    images = read(root, cache)
    assert images.task.channels == 3
    assert images.splits["train"].images.shape == (6, 8, 8, 3)
    grey = decode.decode(root / files(images)["train"][0], 8).pixels
    assert np.array_equal(images.splits["train"].images[0], np.dstack([grey] * 3))
    assert images.splits["val"].images[-1, 0, 0].tolist() == [200, 10, 10]
    assert images.report == ("1 of 19 pictures is in colour, so all images are RGB: val/dog/red.png",)


def test_links_bring_in_no_pictures_of_other_classes_or_splits(
    make: Make, cache: Cache, tmp_path: Path
) -> None:
    root = make(**SPLIT)
    usual = files(read(root, cache))
    (root / "train/cat/loop").symlink_to("../..")
    (root / "train/cat/dogs").symlink_to("../dog")
    (root / "train/dog/tests").symlink_to(root / "test/dog")
    (root / "train/dog/above").symlink_to(tmp_path)
    (root / "train/all").symlink_to("..")
    (tmp_path / "elsewhere").mkdir()
    shutil.copy(root / "val/dog/000.png", tmp_path / "elsewhere/more.png")
    (root / "val/dog/more").symlink_to(tmp_path / "elsewhere")
    images = read(root, cache)
    assert files(images) == {**usual, "val": (*usual["val"], "val/dog/more/more.png")}
    assert images.task.classes == ("cat", "dog")
    words = "5 files left out: 5 linked from above or from another class folder (train/all/, train/cat/dogs/"
    assert words in images.notice
    assert "train/cat/loop/, train/dog/above/, train/dog/tests/" in images.notice


def test_a_pattern_of_groups_that_fits_no_file_is_refused(make: Make, cache: Cache) -> None:
    for root in (make(**SPLIT), make(**{"../two/cat": 10, "../two/dog": 10}).parent / "two"):
        with pytest.raises(UsageError, match="patient_ is in the name of none of") as caught:
            read(root, cache, group_by="patient_")
        assert caught.value.exit_code == 2


def test_whatever_is_left_out_is_named(make: Make, cache: Cache) -> None:
    root = make(**SPLIT)
    for name in (".DS_Store", "train/.DS_Store", "train/cat/Thumbs.db", "train/cat/._000.png"):
        (root / name).write_bytes(b"x")
    (root / "readme.txt").write_text("hello")
    (root / "extra").mkdir()
    (root / "train/dog/list.csv").write_text("a,b")
    (root / "train/dog/cut.png").write_bytes((root / "train/dog/000.png").read_bytes()[:60])
    (root / "val/dog/gone.png").symlink_to(root / "nowhere")
    (root / "val/dog/round").symlink_to(root / "val/dog")
    os.mkfifo(root / "val/dog/pipe.png")
    images = read(root, cache)
    assert images.notice == (
        "11 files left out: 1 broken or cut short, 4 hidden or the system's own, 1 links in a circle,"
        " 1 no ordinary file, 1 no picture, 2 outside the class folders,"
        " 1 unreadable (no such file or folder)"
    )
    assert images.report == (
        "1 file left out, broken or cut short: train/dog/cut.png",
        "4 files left out, hidden or the system's own: .DS_Store, train/.DS_Store, train/cat/._000.png,"
        " train/cat/Thumbs.db",
        "1 file left out, links in a circle: val/dog/round/",
        "1 file left out, no ordinary file: val/dog/pipe.png",
        "1 file left out, no picture: train/dog/list.csv",
        "2 files left out, outside the class folders: readme.txt, extra/",
        "1 file left out, unreadable (no such file or folder): val/dog/gone.png",
    )
    assert images.counts()["train"] == {"cat": 3, "dog": 3}


def test_only_the_first_names_are_given(make: Make, cache: Cache) -> None:
    root = make(**SPLIT)
    for index in range(7):
        (root / f"train/cat/{index}.txt").write_text("hello")
    report = read(root, cache).report
    names = ", ".join(f"train/cat/{index}.txt" for index in range(5))
    assert report == (f"7 files left out, no picture: {names} and 2 more",)


def test_files_that_may_not_be_read_are_named(
    make: Make, cache: Cache, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = make(**SPLIT)

    def denied(path: Path) -> object:
        if path.name == "001.png":
            raise PermissionError(errno.EACCES, "Permission denied")
        return open_file(path)

    monkeypatch.setattr("snn_tui.data.picture.decode.open_file", denied)
    assert "6 files left out: 6 unreadable (permission denied)" in read(root, cache).notice
    monkeypatch.undo()  # once they may be read, they are
    assert len(read(root, cache).splits["train"]) == 6


def test_pictures_below_class_folders_belong_to_the_class(make: Make, cache: Cache) -> None:
    images = read(make(**SPLIT, **{"train/cat/patient 7/left": 2}), cache)
    assert images.counts()["train"] == {"cat": 5, "dog": 3}


def test_enlarged_pictures_are_named(make: Make, cache: Cache) -> None:
    images = read(make(**SPLIT), cache, side=11)
    assert images.full_report[0].startswith("18 pictures were enlarged to 11 by 11: train/cat/000.png")


def test_a_class_that_val_or_test_lacks_is_said(make: Make, cache: Cache) -> None:
    images = read(make(**SPLIT, **{"train/emu": 2, "val/emu": 1}), cache)
    assert images.counts()["test"] == {"cat": 3, "dog": 3, "emu": 0}
    assert images.notice == "test has no images of emu"


@pytest.mark.parametrize("name", ["Müller", "日本語", "👩🏽‍⚕️", "a b,c", "[bold]x[/]", "x\ny", "x\x1b[31m"])
def test_names_may_be_any_unicode(make: Make, cache: Cache, name: str) -> None:
    root = make(**{f"{name}/{split}/{of}": 2 for split in ("train", "val", "test") for of in (name, "zz")})
    images = read(root / name, cache)
    assert len(images.splits["test"]) == 4
    assert all(text.isprintable() for text in (*images.task.classes, images.source))


def test_names_that_are_no_text_are_printable(make: Make, cache: Cache) -> None:
    root = make(**SPLIT)
    for split in ("train", "val", "test"):
        os.rename(root / split / "dog", os.fsencode(root / split) + b"/d\xff")
    (root / "train/cat" / os.fsdecode(b"\xfe.png")).write_bytes(b"")
    images = read(root, cache)
    assert images.task.classes == ("cat", "d?")
    assert images.report == ("1 file left out, empty: train/cat/?.png",)
    json.dumps(images.report).encode()


def test_accents_written_in_two_ways_are_one_class(make: Make, cache: Cache) -> None:
    composed, apart = (unicodedata.normalize(form, "Zoë") for form in ("NFC", "NFD"))
    root = make(**SPLIT, **{f"train/{composed}": 2, f"val/{apart}": 2, f"test/{apart}": 2})
    assert read(root, cache).task.classes == (composed, "cat", "dog")
    make(**{f"test/{composed}": 1})
    assert "differ only by case or accents" in refusal(root, cache).what


@pytest.mark.parametrize("other", ["train/Cat", "test/CAT"])
def test_class_folders_that_differ_only_by_case_are_refused(make: Make, cache: Cache, other: str) -> None:
    error = refusal(make(**SPLIT, **{other: 2}), cache)
    assert other in error.what
    assert "differ only by case" in error.what


def test_a_folder_must_have_class_folders_with_pictures(make: Make, cache: Cache, tmp_path: Path) -> None:
    assert refusal(tmp_path / "gone", cache).what == "no such file or folder"
    root = tmp_path / "pets"
    root.mkdir()
    assert refusal(root, cache).what == "no class folders in it"
    Image.new("L", (9, 9)).save(root / "x.png")
    assert refusal(root, cache).what == "no class folders in it"
    (root / "cat").mkdir()
    assert "cat is its only class folder" in refusal(root, cache).what
    (root / "dog").mkdir()
    assert refusal(root, cache).what == "no picture in it (1 file left out: 1 outside the class folders)"
    for name in ("cat/x", "cat/y", "cat/z", "dog/x", "dog/y", "dog/z"):
        (root / f"{name}.png").write_text("hello")
    error = refusal(root, cache)
    assert (
        error.what
        == "no picture in it (7 files left out: 6 no picture despite the name, 1 outside the class folders)"
    )
    assert not cache.folder or not cache.folder.exists()


def test_a_class_without_pictures_is_refused(make: Make, cache: Cache) -> None:
    root = make(cat=5, dog=5, emu=0)
    assert refusal(root, cache).what.startswith("no picture of emu in it could be read")
    (root / "emu/broken.png").write_text("no picture")
    assert "1 no picture despite the name" in refusal(root, cache).what


@pytest.mark.parametrize(
    ("more", "what"),
    [
        ({"emu": 0}, "no picture of emu in it could be read"),
        ({f"class {index}": 1 for index in range(64)}, "it has 66 class folders, and 64 is the most"),
    ],
)
def test_what_the_names_say_is_refused_before_anything_is_decoded(
    make: Make, cache: Cache, monkeypatch: pytest.MonkeyPatch, more: dict[str, int], what: str
) -> None:
    monkeypatch.delattr("snn_tui.data.folder.store.decode_all")
    assert refusal(make(cat=9, dog=9, **more), cache).what == what


def test_too_many_files_are_refused_while_they_are_listed(
    make: Make, cache: Cache, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("snn_tui.data.folder.layout.MAX_FILES", 10)
    listed: list[str] = []
    walk = layout._walk
    monkeypatch.setattr(layout, "_walk", lambda root, name, *more: _noted(walk(root, name, *more), listed))
    assert refusal(make(cat=9, dog=9), cache).what == "it has more than 10 files"
    assert len(listed) == 11


def _noted(files: Iterator[Any], listed: list[str]) -> Iterator[Any]:
    for file in files:
        listed.append(file[0])
        yield file


def test_a_folder_that_changes_while_it_is_read(
    make: Make, cache: Cache, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = make(**SPLIT)
    before = len(read(root, Cache(cache.folder and cache.folder.parent / "other")).splits["train"])
    scan = layout.scan

    def scan_and_change(root: Path) -> layout.Layout:
        files = scan(root)
        (root / "train/cat/000.png").unlink()
        shutil.rmtree(root / "val/dog")
        return files

    monkeypatch.setattr(reading, "scan", scan_and_change)
    changed = read(root, cache)
    assert len(changed.splits["train"]) == before - 1
    assert "unreadable (no such file or folder)" in changed.notice
    assert not list(cache.folder.iterdir() if cache.folder and cache.folder.exists() else [])


def test_the_folder_that_holds_the_right_one_is_named(make: Make, cache: Cache) -> None:
    root = make(**{f"chest/{name}": 2 for name in SPLIT})
    error = refusal(root, cache)
    assert "chest is its only class folder" in error.what
    assert error.remedy == f"give {root / 'chest'} itself, which holds test, train and val"


@pytest.mark.parametrize(("there", "missing"), [("train", "test"), ("test", "train"), ("val", "train")])
def test_train_needs_a_test_and_the_reverse(make: Make, cache: Cache, there: str, missing: str) -> None:
    root = make(**{f"{there}/cat": 3, f"{there}/dog": 3})
    error = refusal(root, cache)
    assert error.what == f"there is a folder {there}, but none called {missing}"


def test_train_must_have_every_class(make: Make, cache: Cache) -> None:
    root = make(**SPLIT, **{"test/emu": 3})
    assert refusal(root, cache).what == "train has no images of emu, which other splits have"
    shutil.rmtree(root / "test/emu")
    shutil.rmtree(root / "val/cat")
    shutil.rmtree(root / "val/dog")
    assert refusal(root, cache).what == "val has no images"


def test_too_few_images_to_share_out_are_refused(make: Make, cache: Cache) -> None:
    error = refusal(make(cat=1, dog=2), cache)
    assert error.what == "3 images are too few to share out: they leave val without images"
    error = refusal(make(cat=10, dog=10), cache, group_by="cat|dog")
    assert "in 2 groups of --group-by, are too few to share out" in error.what
    assert error.remedy.startswith("give --group-by a pattern that makes more groups, or add pictures")


def test_too_many_classes_are_refused(make: Make, cache: Cache) -> None:
    assert "65 class folders" in refusal(make(**{f"c{index}": 1 for index in range(65)}), cache).what


def test_what_progress_raises_ends_the_reading(make: Make, cache: Cache) -> None:
    def stop(what: str, fraction: float | None) -> None:
        if fraction:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        read(make(cat=20, dog=20), cache, on_progress=stop)
    assert not cache.folder or not cache.folder.exists() or not list(cache.folder.iterdir())


def equal(first: Dataset, second: Dataset) -> bool:
    """Whether two data sets have the same images and labels."""
    return all(
        first.splits[split].checksum() == second.splits[split].checksum()
        for split in ("train", "val", "test")
    )


@pytest.mark.parametrize("colour", [False, True])
def test_large_sets_are_mapped(
    make: Make, cache: Cache, monkeypatch: pytest.MonkeyPatch, colour: bool
) -> None:
    root = make(cat=20, dog=20)
    if colour:
        Image.new("RGB", (9, 9), (200, 10, 10)).save(root / "dog/010.png")
    usual = read(root, Cache(cache.folder and cache.folder / "other"))
    monkeypatch.setattr(rows, "machine_memory", lambda: 1000)
    for _ in range(2):
        mapped = read(root, cache)
        assert equal(mapped, usual)
        assert all(rows.is_mapped(split.images) for split in mapped.splits.values())
    with pytest.raises(ValueError, match="read-only"):
        mapped.splits["train"].images[0].fill(0)


def test_large_sets_need_room_on_the_disk(
    make: Make, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setattr(rows, "machine_memory", lambda: 1000)
    with pytest.raises(DataError, match="cannot be kept on disk") as caught:
        read(make(cat=20, dog=20), Cache(tmp_path / "file/images"))
    assert "XDG_CACHE_HOME" in caught.value.remedy
