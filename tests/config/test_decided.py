"""What decided a run, by name: nothing that means nothing for it."""

from __future__ import annotations

import msgspec

from snn_tui.config.decided import recipe_of, value_of, values_of
from snn_tui.config.loop import of_loop
from snn_tui.config.run_config import RunConfig
from snn_tui.runs.study import _key
from snn_tui.values.own_network import OwnNetwork

OWN = OwnNetwork(file="/code/nets.py", function="make", sha256="ab" * 32)


def with_network(own: OwnNetwork = OWN, seed: int = 0) -> RunConfig:
    return msgspec.structs.replace(RunConfig(), network=own, seed=seed)


def test_options_of_a_loop_are_what_it_says_itself_in_their_type() -> None:
    config = of_loop("mine", {"lr": 0.5, "beta": "learned", "seed": 3, "optimizer": "sgd"})
    assert [value_of(config, name) for name in ("lr", "beta", "seed", "optimizer", "layers", "epochs")] == [
        *(0.5, None, 3, "sgd", None, None)
    ]
    assert value_of(of_loop("mine", {"epochs": 2}, 7), "epochs") == 7
    assert value_of(RunConfig(), "layers") == RunConfig().layers


def test_a_network_of_ones_own_is_named_and_has_no_layers_of_this_program() -> None:
    values = values_of(with_network())
    assert values["network"] == "nets.py:make (abababab)"
    assert "layers" not in values
    assert value_of(with_network(), "beta") is None
    assert value_of(with_network(), "lr") == RunConfig().lr


def test_a_recipe_is_the_same_for_other_seeds_and_no_other_program_or_code() -> None:
    loops = [of_loop(f"net-s{seed}", {"lr": 0.1, "seed": seed}) for seed in (1, 2)]
    assert len(set(map(recipe_of, loops))) == 1
    assert recipe_of(of_loop("other", {"lr": 0.1})) != recipe_of(loops[0])
    changed = msgspec.structs.replace(OWN, sha256="cd" * 32)
    recipes = [with_network(), with_network(seed=1), with_network(changed), RunConfig()]
    assert len(set(map(recipe_of, recipes))) == 3


def test_a_study_takes_no_run_of_another_network_for_its_own() -> None:
    other = msgspec.structs.replace(OWN, function="other")
    moved = msgspec.structs.replace(OWN, file="/elsewhere/nets.py")
    assert len({_key(RunConfig()), _key(with_network()), _key(with_network(other))}) == 3
    assert _key(with_network(moved)) == _key(with_network())
