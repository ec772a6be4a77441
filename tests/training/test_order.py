"""The order of an epoch: all images once, or both classes alike; always the same for the same seed."""

from __future__ import annotations

import torch

from snn_tui.config.build import build
from snn_tui.training.order import batch_generator, order_of

LABELS = torch.tensor([1] * 37 + [0] * 13)


def test_once_is_a_shuffle() -> None:
    config = build({"seed": 3})
    order = order_of(config, LABELS, 1)
    assert sorted(order.tolist()) == list(range(50))
    assert torch.equal(order, order_of(config, LABELS, 1))
    assert not torch.equal(order, order_of(config, LABELS, 2))
    # The order that runs trained before there were other ways have been shown.
    generator = torch.Generator().manual_seed((3 << 20) + 1)
    assert torch.equal(order, torch.randperm(50, generator=generator))


def test_balanced_has_both_classes_in_every_even_batch() -> None:
    order = order_of(build({"sampling": "balanced"}), LABELS, 4)
    assert len(order) == 50
    for batch in torch.split(order, 10):
        assert int(LABELS[batch].sum()) == 5
    shown = torch.bincount(order, minlength=50)
    assert int(shown[LABELS == 0].min()) >= 1  # the smaller class comes up to twice
    assert int(shown[LABELS == 0].max()) == 2
    assert int(shown[LABELS == 1].max()) == 1


def test_one_class_alone_is_shown_whole() -> None:
    order = order_of(build({"sampling": "balanced"}), torch.ones(9, dtype=torch.int64), 1)
    assert sorted(order.tolist()) == list(range(9))


def test_balanced_takes_any_number_of_classes_in_turn() -> None:
    labels = torch.tensor([0] * 20 + [1] * 3 + [3] * 7)  # class 2 has no image
    order = order_of(build({"sampling": "balanced"}), labels, 2)
    assert labels[order].tolist() == [0, 1, 3] * 10
    drawn = torch.bincount(order, minlength=30)
    assert drawn[20:23].tolist() in ([4, 3, 3], [3, 4, 3], [3, 3, 4])


def test_balanced_takes_labels_in_turn_and_images_without_one() -> None:
    labels = torch.tensor([[1, 0, 0]] * 4 + [[1, 1, 0]] * 2 + [[0, 0, 0]] * 6).float()
    order = order_of(build({"sampling": "balanced"}), labels, 1)
    assert len(order) == 12
    drawn = labels[order]
    assert bool(drawn[0::3, 0].all())
    assert bool(drawn[1::3, 1].all())
    assert not bool(drawn[2::3].any())


def test_no_two_batches_draw_alike() -> None:
    keys = ((0, 1, 1), (0, 1, 2), (0, 2, 1), (1, 1, 1))
    drawn = {batch_generator(*key).initial_seed() for key in keys}
    assert len(drawn) == 4
