"""Which runs a query finds, and what it says where it is wrong."""

from __future__ import annotations

import time

import msgspec
import pytest

from runs.samples import scores
from snn_tui.config.loop import of_loop
from snn_tui.config.run_config import RunConfig
from snn_tui.errors import UsageError
from snn_tui.runs.query import LONGEST, LONGEST_PATTERN, parse
from snn_tui.runs.summary import RunSummary, best_scores

RUN = RunSummary(
    name="2026-11-23T2150-plus-s12",
    path="/runs/plus-s12",
    state="failed",
    epoch=3,
    epochs=20,
    val=scores(0.5),  # accuracy 0.75, no AUC
    test=None,
    started_at=None,
    dataset="PneumoniaMNIST",
    synthetic=False,
    shipped=False,
    trained=True,
    note="Too slow",
    kind="binary",
    config=RunConfig(preset="plus", lr=5e-4, batch_size=64, loss="ce-spikes", seed=12),
    best={"accuracy": 0.95, "loss": 0.25},
    tags=("Paper", "x"),
)


@pytest.mark.parametrize(
    "line",
    [
        "",
        "slow plus",
        '"too slow"',
        "2150-plus",
        "acc>0.7",
        "acc>=0.75 acc<=.75 acc=0.75 accuracy:0.75",
        "acc>0.9 state:failed",
        "last.acc<0.9 best.acc>0.9 best.loss<0.3 val.loss>.4 val_loss=0.5",
        "lr<1e-3 preset=plus tag:x name~regex state:failed",
        "LR<1e-3 batch-size=64 batch_size!=128 seed=12",
        "name~s[12]+$ name~^2026 note~SLOW tag~^pap",
        "tag:paper tag=x tag!=y",
        'note="too slow" dataset:pneu kind=binary epoch>2',
        "init_from=none loss:ce loss~spikes",
        "auc!=0.9",
    ],
)
def test_a_run_is_found_only_by_all_terms(line: str) -> None:
    expected = not any(wrong in line for wrong in ("name~regex", "acc>0.9 state"))
    assert parse(line).matches(RUN) is expected


@pytest.mark.parametrize(
    "line",
    ["fast", "auc>0", "test.acc>0", "tag:pap", "lr>=1e-3", "epoch>3", "state!=failed", "note=slow", "seed:1"],
)
def test_a_run_that_lacks_it_is_not_found(line: str) -> None:
    assert not parse(line).matches(RUN)


def test_a_whole_number_of_hundreds_of_digits_is_a_large_number() -> None:
    large = msgspec.structs.replace(RUN, config=of_loop("mine", {"size": 10**400}))
    assert parse("loop.size>1e300 loop.size~e\\+308").matches(large)
    assert not parse("loop.size<1e300").matches(large)


def test_settings_of_a_loop_find_loops_alone() -> None:
    mine = msgspec.structs.replace(RUN, config=of_loop("mine", {"lr": 1e-4}))
    assert parse("loop.lr<1").matches(mine)
    assert parse("lr<1").matches(RUN)
    assert not parse("loop.lr<1").matches(RUN)


def test_a_run_without_configuration_is_found_by_no_option_only() -> None:
    bare = msgspec.structs.replace(RUN, config=None)
    assert not parse("lr<1").matches(bare)
    assert parse("state:failed").matches(bare)


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("plus acc>", "a value is missing after acc>, at position 10"),
        ("  >0.9", "a field is missing before the operator, at position 3"),
        ("acc>high", "high is no number, at position 5"),
        ("acc>nan", "nan is no number, at position 5"),
        ("state<3", "state is no number, so < does not fit, at position 6"),
        ("loss<1", "loss is no number, so < does not fit (the score is val.loss), at position 5"),
        ("acurracy>0.9", "is called acurracy (did you mean accuracy?), at position 1"),
        ('note:"too', "a double quote is not closed, at position 6"),
        ('"too', "a double quote is not closed, at position 1"),
        ("name~a(b", "the regular expression is wrong (missing ), unterminated subpattern), at position 7"),
        ('name~"(?x)(a|a) +b"', "the regular expression sets flags, at position 6"),
        ('name~"(?x:(a|a) +b)"', "the regular expression sets flags, at position 6"),
        ("name~(a+)+b", "the regular expression repeats a group, at position 6"),
        ("name~a*a*a*a*b", "more than 3 repeats, at position 6"),
        ("name~" + "a" * (LONGEST_PATTERN + 1), f"more than {LONGEST_PATTERN} characters, at position 6"),
        ("a" * (LONGEST + 1), f"more than {LONGEST} characters"),
    ],
)
def test_what_is_wrong_is_said_in_a_sentence_with_its_position(line: str, says: str) -> None:
    with pytest.raises(UsageError) as raised:
        parse(line, "--query")
    assert says in raised.value.what
    assert raised.value.where == "--query"
    assert raised.value.remedy


def test_no_regular_expression_takes_long() -> None:
    run = msgspec.structs.replace(RUN, note="a" * 10_000)
    before = time.process_time()
    assert not parse("note~a*a*a*b").matches(run)
    assert time.process_time() - before < 5


def test_best_scores_are_the_smallest_loss_and_the_highest_of_all_others() -> None:
    epochs = [
        msgspec.structs.replace(scores(loss), accuracy=accuracy)
        for loss, accuracy in ((0.5, 0.7), (0.3, 0.9), (None, 0.8))
    ]
    best = best_scores(epochs)
    assert best["loss"] == 0.3
    assert best["accuracy"] == 0.9
    assert "auc" not in best
    assert best_scores([]) == {}
