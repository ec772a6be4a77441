"""A run's events as plain lines."""

from __future__ import annotations

from snn_tui.config.run_config import RunConfig
from snn_tui.runs.lines import recipe_line


def test_the_recipe_names_what_a_run_learns_from_and_what_it_may_cost() -> None:
    assert recipe_line(RunConfig()) == ""
    config = RunConfig(
        teacher="one@12345678,/runs/two@12345678",
        teacher_share=0.3,
        init_from="one@12345678",
        augment_noise=0.2,
        bits=4,
        spike_penalty=0.5,
        spike_target=0.1,
        random_steps="uniform",
        exit="auto",
    )
    assert recipe_line(config).split("; ") == [
        "learns from one and /runs/two besides the labels (0.3 of the loss)",
        "begins with the weights of one",
        "noise of up to 0.2 on half of the images",
        "weights of 4 bits",
        "spikes above a rate of 0.1 penalised by 0.5",
        "each batch with 1 to 20 steps",
        "judged with --exit auto",
    ]
