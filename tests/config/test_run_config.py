"""Options: every value checked with the same sentence, whoever gives it, and the file's precedence."""

from __future__ import annotations

import codecs
import contextlib
import json
import os
from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from snn_tui.config.build import WITHOUT_SPIKES, build, check_layers, rebuild
from snn_tui.config.files import TOML_LIMIT, from_json, read_toml, to_json
from snn_tui.config.paths import holds_class_folders
from snn_tui.config.run_config import OPTIONS, RunConfig
from snn_tui.config.schedule import learning_rate
from snn_tui.errors import UsageError

WORDS = {
    "data": st.text(st.characters(exclude_categories=["Cc", "Cs", "Zl", "Zp"]), min_size=1),
    "devices": st.integers(1, 4),
    "device": st.sampled_from(["auto", "cpu", "mps", "cuda", "cuda:0", "cuda:17"]),
    "name": st.from_regex(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}", fullmatch=True),
    "labels": st.from_regex(r"a{0,9}b, ?c{1,9}", fullmatch=True),
    "size": st.sampled_from([28, 32]),
    "group_by": st.sampled_from([r"(person\d+)_", "^.{4}"]),
    "fold": st.sampled_from(["1/5", "2/2", "10/99"]),
    "init_from": st.from_regex(r"[a-z/-]{1,9}(@[0-9a-f]{8})?", fullmatch=True),
    "teacher": st.from_regex(r"[a-z/-]{1,9}(@[0-9a-f]{8})?(,[a-z/-]{1,9})?", fullmatch=True),
    "exit": st.sampled_from(["off", "auto", "0", "0.005"]),
    "layers": st.sampled_from(["12C5-MP2-32C3-MP2", "4C3", "8C3-AP2-16C5-16C1-MP2-GAP"]),
}


def allowed(name: str) -> st.SearchStrategy[object]:
    """Values an option takes."""
    option = OPTIONS[name]
    if name in WORDS:
        return WORDS[name]
    if option.choices:
        return st.sampled_from([option.kind(choice) for choice in option.choices])
    if option.kind is int:
        return st.integers(int(option.low or 0), int(option.high or 0))
    return st.floats(option.low, option.high)


def devices_fit(given: dict[str, object]) -> bool:
    """Whether devices can share out a batch, and no one of them is named."""
    devices, batch, device = given.get("devices", 1), given.get("batch_size", 64), given.get("device", "auto")
    assert isinstance(devices, int)
    assert isinstance(batch, int)
    return devices <= batch and (devices == 1 or device in ("auto", "cuda", "cpu"))


def names_a_run_twice(teachers: str) -> bool:
    """Whether two of the teachers have the same name."""
    names = [name.partition("@")[0] for name in teachers.split(",")]
    return len(set(names)) < len(names)


def fit_for_its_neurons(given: dict[str, object]) -> dict[str, object]:
    """Without options that these neurons, penalty, loss, teachers or number of steps decide or leave idle."""
    decided = set(WITHOUT_SPIKES) if given.get("neuron") == "relu" else set()
    if not given.get("spike_penalty"):
        decided.add("spike_target")
    if given.get("neuron") == "relu" or given.get("num_steps") == 1:
        decided.add("exit")
    if not given.get("teacher"):
        decided.add("teacher_share")
    if given.get("loss") != "current":
        decided.add("loss_steps")
    if given.get("neuron") == "relu" or 1 in (given.get("num_steps"), given.get("train_steps")):
        decided.add("random_steps")
    return {name: value for name, value in given.items() if name not in decided}


any_options = st.fixed_dictionaries({}, optional={name: allowed(name) for name in OPTIONS})
settings_ = any_options.map(fit_for_its_neurons).filter(
    lambda given: (
        not (str(given.get("dataset")).startswith("demo") and given.get("data"))
        and not (given.get("dataset") == "own" and not given.get("data"))
        and not (
            given.get("labels")
            and not (given.get("data") and given.get("dataset", "own") in ("own", "pneumoniamnist"))
        )
        and not (
            given.get("class_weights") == "balanced"
            and given.get("sampling", "balanced" if given.get("preset") == "plus" else "once") == "balanced"
        )
        and not (given.get("group_by") and not given.get("data"))
        # A path such as ~ or / is a folder with folders on the machine that runs this.
        and not holds_class_folders(str(given.get("data") or ""), str(given.get("dataset")))
        and devices_fit(given)
        and not (given.get("teacher") and given.get("devices", 1) != 1)
        and not names_a_run_twice(str(given.get("teacher") or ""))
        and (given.get("size") != 32 or str(given.get("dataset")).startswith("demo-"))
        # The layers of plus need the padding that comes with them.
        and not (given.get("preset") == "plus" and given.get("padding") == "none" and "layers" not in given)
    )
)


def test_the_defaults_are_the_published_studys() -> None:
    assert build({}) == RunConfig()
    config = build({})
    assert (config.epochs, config.batch_size, config.lr, config.num_steps, config.beta) == (
        20,
        128,
        1e-3,
        20,
        0.6,
    )
    assert (config.balance, config.dataset, config.keep) == ("undersample", "pneumoniamnist", "last")
    assert [learning_rate(config, epoch) for epoch in (1, 10, 11, 20)] == pytest.approx(
        [1e-3, 1e-3, 1e-4, 1e-4]
    )


@given(settings_)
def test_a_configuration_comes_back_from_its_file(given: dict[str, object]) -> None:
    config = build(given)
    assert from_json(to_json(config)) == config
    assert {name: getattr(config, name) for name in given} == given


@given(settings_)
def test_numbers_may_be_typed(given: dict[str, object]) -> None:
    assert build({name: str(value) for name, value in given.items()}) == build(given)


def test_every_field_is_an_option_and_has_help() -> None:
    assert {*OPTIONS, "loop", "network"} == set(RunConfig.__struct_fields__)
    assert all(option.help.endswith(".") and option.allowed for option in OPTIONS.values())


@pytest.mark.parametrize("char", ["\n", "\r", "\x00", "\x1b", "\x7f", "\x9b", "\u2028", "\u2029"], ids=ascii)
@pytest.mark.parametrize("name", [name for name, option in OPTIONS.items() if option.kind is str])
def test_no_text_of_a_configuration_has_a_line_break_or_control_character(name: str, char: str) -> None:
    value = f"a{char}rm -rf ~"
    with pytest.raises(UsageError, match="control character") as refusal:
        build({name: value})
    assert refusal.value.where == OPTIONS[name].flag
    with pytest.raises(UsageError, match="control character") as refusal:
        from_json(json.dumps({name: value}).encode())
    assert refusal.value.where == OPTIONS[name].flag
    assert str(refusal.value).isprintable()


BAD = [
    ("epochs", "0", "a whole number from 1 to 10000"),
    ("epochs", "10001", "a whole number from 1 to 10000"),
    ("epochs", "2.5", "a whole number from 1 to 10000"),
    ("epochs", 2.0, "a whole number from 1 to 10000"),
    ("epochs", True, "a whole number from 1 to 10000"),
    ("epochs", "many", "a whole number from 1 to 10000"),
    ("batch_size", -1, "a whole number from 1 to 8192"),
    ("lr", "0", "a number from 1e-07 to 1"),
    ("lr", "nan", "a number from 1e-07 to 1"),
    ("lr", "inf", "a number from 1e-07 to 1"),
    ("lr", 10**400, "a number from 1e-07 to 1"),
    ("lr", [1], "a number from 1e-07 to 1"),
    ("beta", 1.01, "a number from 0 to 1"),
    ("seed", 2**32, "a whole number from 0 to 4294967295"),
    ("seed", "9" * 5000, "a whole number from 0 to 4294967295"),
    ("balance", "over", "undersample or none"),
    ("dataset", 3, "organsmnist, own for your own, demo, or demo- and"),
    ("preset", "big", "paper"),
    ("device", "gpu", "auto, cpu, cuda, cuda:N or mps"),
    ("device", "cuda:", "auto, cpu, cuda, cuda:N or mps"),
    ("device", "cuda:0\n", "auto, cpu, cuda, cuda:N or mps"),
    ("data", "", "a path"),
    ("data", "a\0b", "a path"),
    ("data", "/tmp/\udcff.npz", "a path"),  # a file name that is no Unicode: JSON could not carry it
    ("name", "../up", "letters, digits"),
    ("name", "-x", "letters, digits"),
    ("name", "a b", "letters, digits"),
    ("name", "x" * 65, "letters, digits"),
]


@pytest.mark.parametrize(("name", "value", "range_"), BAD)
def test_a_bad_value_is_refused_with_the_allowed_range(name: str, value: object, range_: str) -> None:
    with pytest.raises(UsageError) as error:
        build({name: value})
    assert error.value.where == "--" + name.replace("_", "-")
    assert range_ in error.value.remedy
    assert len(str(error.value)) < 150


def test_what_is_given_by_hand_wins_over_the_file_and_the_file_over_the_preset() -> None:
    config = build({"epochs": "3", "seed": None}, toml={"epochs": 5, "seed": 7, "lr": 1})
    assert (config.epochs, config.seed, config.lr, config.num_steps) == (3, 7, 1.0, 20)
    assert isinstance(config.lr, float)


@pytest.mark.parametrize(
    ("typo", "meant"), [("epoch", "epochs"), ("batchsize", "batch_size"), ("Seed", "seed")]
)
def test_an_unknown_option_is_refused_with_the_one_that_was_meant(typo: str, meant: str) -> None:
    with pytest.raises(UsageError, match=typo) as error:
        build({}, toml={typo: 1})
    assert meant in error.value.remedy


def test_an_option_like_no_other_is_refused_with_all_there_are() -> None:
    with pytest.raises(UsageError) as error:
        build({}, toml={"zzz": 1})
    assert "epochs" in error.value.remedy
    assert "num_steps" in error.value.remedy


def test_the_demo_reads_no_file() -> None:
    with pytest.raises(UsageError, match="--data"):
        build({"dataset": "demo", "data": "x.npz"})


@pytest.mark.parametrize("options", [{"preset": "plus"}, {"sampling": "balanced"}])
def test_rare_classes_do_not_count_twice(options: dict[str, object]) -> None:
    with pytest.raises(UsageError, match="would count twice") as error:
        build({**options, "class_weights": "balanced"})
    assert (error.value.where, "--sampling once" in error.value.remedy) == ("--class-weights", True)
    config = build({**options, "class_weights": "balanced", "sampling": "once"})
    begun = msgspec.structs.replace(config, sampling="balanced")
    assert rebuild(begun, {"epochs": 50}).sampling == "balanced"  # a run that was begun so can go on


@pytest.mark.parametrize("preset", ["paper", "plus"])
def test_the_dense_twin_of_a_preset_has_its_shape_and_recipe(preset: str) -> None:
    spiking, twin = build({"preset": preset}), build({"preset": preset, "neuron": "relu"})
    others = {name for name in OPTIONS if getattr(spiking, name) != getattr(twin, name)}
    assert others <= {"neuron", *WITHOUT_SPIKES}
    assert (twin.num_steps, twin.train_steps, twin.encoding, twin.loss) == (1, 1, "direct", "current")
    assert twin.title == f"{preset}-relu-s0"
    assert rebuild(twin, {"epochs": 50}).epochs == 50


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"num_steps": 20}, "has one time step"),
        ({"train_steps": 4}, "has one time step"),
        ({"encoding": "rate"}, "has the pixels' brightness as its input"),
        ({"loss": "rate"}, "has no output spikes"),
        ({"spike_penalty": 1.0}, "has no spikes to penalise"),
        ({"spike_penalty": 1.0, "spike_target": 0.1}, "has no spikes to penalise"),
    ],
)
def test_what_a_network_without_spikes_cannot_have_is_refused(options: dict[str, object], words: str) -> None:
    with pytest.raises(UsageError, match=words):
        build({**options, "neuron": "relu"})
    with pytest.raises(UsageError, match=words):
        build({"neuron": "relu"}, toml=options)


def test_a_target_of_spikes_that_are_not_penalised_is_refused() -> None:
    with pytest.raises(UsageError, match="spikes are not penalised") as error:
        build({"spike_target": 0.1})
    assert (error.value.where, error.value.exit_code) == ("--spike-target", 2)
    assert build({"spike_target": 0.1, "spike_penalty": 2.0}).spike_target == 0.1


@pytest.mark.parametrize(
    ("options", "where"),
    [
        ({"loss_steps": "every"}, "--loss-steps"),
        ({"teacher_share": 0.9}, "--teacher-share"),
        ({"random_steps": "uniform", "num_steps": 1}, "--random-steps"),
        ({"random_steps": "uniform", "neuron": "relu"}, "--random-steps"),
        ({"teacher": "a,b, a"}, "--teacher"),
    ],
)
def test_options_without_effect_are_refused(options: dict[str, object], where: str) -> None:
    for by_hand, toml in ((options, {}), ({}, options)):
        with pytest.raises(UsageError) as error:
            build(by_hand, toml=toml)
        assert (error.value.where, error.value.exit_code) == (where, 2)


def test_what_a_preset_says_may_be_without_effect() -> None:
    assert build({"preset": "plus", "loss": "rate"}).loss_steps == "every"
    assert build({"preset": "plus", "loss": "rate", "loss_steps": "every"}).loss == "rate"


def test_titles_name_what_a_run_is() -> None:
    assert build({"seed": 4}).title == "paper-s4"
    assert build({"dataset": "demo"}).title == "paper-demo-s0"
    assert build({"name": "mine"}).title == "mine"


def test_toml_names_may_have_either_dash(tmp_path: Path) -> None:
    path = tmp_path / "run.toml"
    path.write_text("batch-size = 64\nnum_steps = 5\nlr = 1e-2\n")
    config = build({}, toml=read_toml(path))
    assert (config.batch_size, config.num_steps, config.lr) == (64, 5, 0.01)


def test_files_of_windows_editors_are_read(tmp_path: Path) -> None:
    path = tmp_path / "run.toml"
    path.write_bytes(codecs.BOM_UTF8 + b"epochs = 5\r\nseed = 3\r\n")
    config = build({}, toml=read_toml(path))
    assert (config.epochs, config.seed) == (5, 3)
    assert from_json(codecs.BOM_UTF8 + to_json(config).replace(b"\n", b"\r\n")) == config


def test_a_file_of_options_in_another_encoding_says_how_to_save_it(tmp_path: Path) -> None:
    path = tmp_path / "run.toml"
    path.write_text("epochs = 5\n", encoding="utf-16")  # as `>` of Windows PowerShell writes it
    with pytest.raises(UsageError) as error:
        read_toml(path)
    assert error.value.remedy == "save it as UTF-8"


@pytest.mark.parametrize("content", [b"epochs = ", b"\xff\xfe", b"epochs = 1\nepochs = 2", b"\0"])
def test_a_file_that_is_no_toml_is_refused_by_name(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "run.toml"
    path.write_bytes(content)
    with pytest.raises(UsageError, match="not valid TOML") as error:
        read_toml(path)
    assert str(path) in error.value.where


@pytest.mark.parametrize(
    ("content", "what", "remedy"),
    [
        ("epochs = 'x'", "--epochs: 'x' is not allowed", "a whole number from 1 to 10000"),
        ("epoch = 3", "there is no option 'epoch'", "did you mean epochs?"),
        ("[epochs]\nfew = 1", "--epochs: {'few': 1} is not allowed", "a whole number from 1 to 10000"),
    ],
)
def test_what_a_file_must_not_say_is_told_with_the_file(
    tmp_path: Path, content: str, what: str, remedy: str
) -> None:
    path = tmp_path / "run.toml"
    path.write_text(content)
    with pytest.raises(UsageError) as error:
        read_toml(path)
    assert (error.value.where, error.value.what) == (f"--config {path}", what)
    assert remedy in error.value.remedy


@pytest.mark.parametrize(
    ("content", "what"),
    [
        ("epochs = " + "[" * 20_000, "nested too deeply"),
        ("epochs." + "a." * 20_000 + "a = 1", "a value too long to print is not allowed"),
        ("epochs = 0x" + "f" * 20_000, "a value too long to print is not allowed"),
        ("epochs = " + "9" * 20_000, "a number has too many digits"),
        ("lr = 1e999999", "inf is not allowed"),
        ("a" * 20_000 + " = 1", "there is no option 'aaa"),
        ("# " + "a" * TOML_LIMIT, "larger than 64 KiB"),
    ],
    ids=["lists", "tables", "number", "digits", "exponent", "name", "size"],
)
def test_a_file_of_options_is_bounded(tmp_path: Path, content: str, what: str) -> None:
    path = tmp_path / "run.toml"
    path.write_text(content)
    with pytest.raises(UsageError) as error:
        read_toml(path)
    assert what in error.value.what
    assert len(error.value.what) < 150
    assert (error.value.where, bool(error.value.remedy)) == (f"--config {path}", True)


def test_a_pipe_is_no_file_of_options(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "run.toml")
    with pytest.raises(UsageError, match="not a file"):
        read_toml(tmp_path / "run.toml")


def test_a_toml_file_that_is_not_there_is_refused_by_name(tmp_path: Path) -> None:
    for path in (tmp_path / "no.toml", tmp_path):
        with pytest.raises(UsageError) as error:
            read_toml(path)
        assert str(path) in error.value.where


@pytest.mark.parametrize(
    "content",
    [b"", b"[]", b"null", b"\xff", b'{"epochs": 0}', b'{"epochs": "x"}', b'{"more": 1}', b'{"lr": 1e999}'],
)
def test_a_file_that_is_no_configuration_is_refused(content: bytes) -> None:
    with pytest.raises(UsageError):
        from_json(content)


@given(st.binary(max_size=50) | st.from_type(dict[str, int]).map(msgspec.json.encode))
def test_no_bytes_do_worse_than_be_refused(content: bytes) -> None:
    with contextlib.suppress(UsageError):
        assert isinstance(from_json(content), RunConfig)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"dataset": "own"}, "none was given"),
        ({"dataset": "demo", "size": 64}, "the demo has images of 28 pixels"),
        ({"dataset": "octmnist", "size": 32}, "OCTMNIST has no images of 32 pixels"),
        ({"dataset": "demo-octmnist", "data": "x.npz"}, "reads no file"),
        ({"size": 7}, "7 is not allowed"),
        ({"size": 1025}, "1025 is not allowed"),
        ({"dataset": "octmnist", "data": "x.npz", "labels": "a,b"}, "a file of your own"),
        ({"data": "x.npz", "labels": "a,A"}, "the same name but for case or accents"),
        ({"data": "x.npz", "labels": "\u00e9,b,e\u0301"}, "the same name but for case or accents"),
        ({"data": "x.npz", "size": 8}, "leaves nothing of a picture of 8 by 8"),
        ({"dataset": "octmnist", "size": 224, "num_steps": 1000}, "values of an image in 1000 steps"),
    ],
)
def test_images_that_cannot_be_are_refused(options: dict[str, object], words: str) -> None:
    with pytest.raises(UsageError, match=words):
        build(options)


@pytest.mark.parametrize("dataset", ["pneumoniamnist", "breastmnist"])
def test_a_folder_of_pictures_is_no_set_of_medmnist(dataset: str, tmp_path: Path) -> None:
    data = str(tmp_path)
    (tmp_path / "cat").mkdir()
    assert build({"data": data}).dataset == build({"data": data, "dataset": "own"}).dataset == "own"
    with pytest.raises(UsageError, match="is no folder of pictures") as caught:
        build({"data": data, "dataset": dataset})
    assert caught.value.where == f"--dataset {dataset}"
    assert "leave it out, or give --dataset own" in caught.value.remedy
    # A run that was begun before this was refused is read, and goes on.
    old = from_json(to_json(RunConfig(data=data, dataset=dataset)))
    assert rebuild(old, {"epochs": 30}).dataset == dataset
    (tmp_path / f"{dataset}.npz").touch()
    assert build({"data": data, "dataset": dataset}).dataset == dataset


def test_layers_are_checked_for_the_size_of_images_once_it_is_known() -> None:
    config = build({"data": "x.npz", "layers": "4C5-MP2-4C5-MP2-4C5"})
    with pytest.raises(UsageError, match="leaves nothing of a picture of 28 by 28 pixels"):
        check_layers(config, 28)
    check_layers(config, 64)
    assert build({"dataset": "octmnist", "size": 64, "layers": config.layers}).size == 64


@pytest.mark.parametrize(
    ("options", "title"),
    [
        ({}, "paper-s0"),
        ({"size": 28}, "paper-s0"),
        ({"size": 64}, "paper-pneumoniamnist-64-s0"),
        ({"dataset": "chestmnist"}, "paper-chestmnist-s0"),
        ({"data": "there/my scans.npz"}, "paper-my-scans-s0"),
        ({"data": "there/folder/", "size": 64, "fold": "1/5"}, "paper-folder-64-s0-f1of5"),
        ({"dataset": "demo-retinamnist", "preset": "plus"}, "plus-demo-retinamnist-s0"),
    ],
)
def test_runs_are_named_after_their_images(options: dict[str, object], title: str) -> None:
    assert build(options).title == title


@pytest.mark.parametrize("options", [{"labels": "benign,malignant"}, {"group_by": "(p\\d+)_"}, {}])
def test_a_stored_configuration_is_read_back_without_the_place_of_its_images(options: dict[str, str]) -> None:
    config = build({"data": "somewhere/mine", **options})
    assert config.dataset == "own"
    apart = msgspec.structs.replace(config, data=None)
    assert from_json(to_json(apart)) == apart
    with pytest.raises(UsageError):
        build({name: getattr(apart, name) for name in OPTIONS})


@pytest.mark.parametrize(
    ("options", "reason"),
    [
        ({"neuron": "relu"}, "a network without spikes has no earlier step"),
        ({"num_steps": 1}, "an image that is judged after one step has no earlier step"),
    ],
)
def test_an_early_exit_needs_a_step_before_the_last(options: dict[str, object], reason: str) -> None:
    with pytest.raises(UsageError, match=reason):
        build(options | {"exit": "auto"})
    assert build(options | {"exit": "off"}).exit == "off"


@pytest.mark.parametrize("value", ["1", "0.", "-0.1", "1e-3", "soon"])
def test_an_early_exit_accepts_shares_alone(value: str) -> None:
    with pytest.raises(UsageError, match=r"--exit: .* is not allowed"):
        build({"exit": value})
