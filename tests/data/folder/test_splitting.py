"""Sharing images out to splits."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from snn_tui.config import grouping
from snn_tui.data.folder.splitting import SHARES, assign
from snn_tui.data.groups import of_files
from snn_tui.errors import UsageError


def shared(labels: list[int], names: list[str], seed: int = 0) -> list[str]:
    """The split of each image."""
    return assign(labels, names, seed, SHARES)


def test_every_class_is_shared_out_70_to_10_to_20() -> None:
    labels = [0] * 100 + [1] * 50 + [2] * 1000
    splits = shared(labels, [str(index) for index in range(1150)])
    assert Counter(zip(labels, splits, strict=True)) == {
        (0, "train"): 70,
        (0, "val"): 10,
        (0, "test"): 20,
        (1, "train"): 35,
        (1, "val"): 5,
        (1, "test"): 10,
        (2, "train"): 700,
        (2, "val"): 100,
        (2, "test"): 200,
    }


def test_three_images_of_a_class_are_one_a_split() -> None:
    assert sorted(shared([0] * 3, ["a", "b", "c"])) == ["test", "train", "val"]
    assert sorted(shared([0] * 2, ["a", "b"])) == ["test", "train"]
    assert shared([0], ["a"]) == ["train"]


def test_the_seed_alone_decides() -> None:
    names = [f"cat/{index}.png" for index in range(40)]
    labels = [0] * 40
    first = dict(zip(names, shared(labels, names, 7), strict=True))
    assert dict(zip(names[::-1], shared(labels, names[::-1], 7), strict=True)) == first
    assert dict(zip(names, shared(labels, names, 8), strict=True)) != first
    # What a seed draws must be the same in years to come, on every machine.
    assert [name for name in names if first[name] == "val"] == VAL_OF_SEED_7


VAL_OF_SEED_7 = ["cat/11.png", "cat/19.png", "cat/25.png", "cat/36.png"]


@given(
    st.lists(st.tuples(st.integers(0, 3), st.integers(0, 12)), min_size=1, max_size=200), st.integers(0, 5)
)
def test_no_group_is_in_two_splits(images: list[tuple[int, int]], seed: int) -> None:
    labels = [label for label, _ in images]
    names = [f"patient {group}" for _, group in images]
    where: dict[str, set[str]] = {}
    for name, split in zip(names, shared(labels, names, seed), strict=True):
        where.setdefault(name, set()).add(split)
    assert all(len(splits) == 1 for splits in where.values())


def test_groups_of_many_sizes_come_near_the_shares() -> None:
    rng = np.random.default_rng(0)
    names = [f"p{number}" for number in rng.integers(0, 400, 3000)]
    labels = [int(name[1:]) % 3 == 0 for name in names]
    counts = Counter(zip(labels, shared(list(map(int, labels)), names), strict=True))
    for label in (False, True):
        total = labels.count(label)
        assert counts[label, "train"] / total == pytest.approx(0.7, abs=0.02)
        assert counts[label, "val"] / total == pytest.approx(0.1, abs=0.02)
        assert counts[label, "test"] / total == pytest.approx(0.2, abs=0.02)


def test_groups_are_named_by_a_regular_expression() -> None:
    paths = ["a/person1_x.png", "b/person1_y.png", "b/person12_z.png", "b/other.png"]
    assert of_files(paths, None) == (paths, 0)
    names, unmatched = of_files(paths, r"person(\d+)_")
    assert names[:3] == ["1", "1", "12"]
    assert unmatched == 1
    assert len(set(names)) == 3
    assert of_files(paths, r"person\d+")[0][:3] == ["person1", "person1", "person12"]
    assert of_files(["x7y"], r"(z)?(\d)")[0] == ["7"]


def test_what_is_no_regular_expression_is_said() -> None:
    with pytest.raises(UsageError, match="no regular expression") as caught:
        of_files([], "person(")
    assert caught.value.where == "--group-by"
    assert caught.value.remedy


def test_a_pattern_that_takes_without_end_is_given_up() -> None:
    with pytest.raises(UsageError, match="takes too long in the names of 1 file") as caught:
        grouping.search("(a|aa)+$", ["a" * 60 + ".png"], seconds=0.2)
    assert caught.value.where == "--group-by"


def test_names_of_any_bytes_are_searched() -> None:
    assert grouping.search(r"(\w+)_|x", ["a_1", "x", "no", "\udcff-\u00e9_"]) == ["a", "x", None, "\u00e9"]
