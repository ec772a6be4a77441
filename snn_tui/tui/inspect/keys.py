"""The entry of Inspect in the list of screens: its name, its help and its keys."""

from __future__ import annotations

from dataclasses import replace

from snn_tui.tui.shared.keys import Key, ScreenInfo
from snn_tui.values.image_ref import PICTURE_KINDS

INSPECT = ScreenInfo(
    name="inspect",
    digit="2",
    title="Inspect",
    purpose="look inside a decision",
    help=(
        "Inspect shows one picture to the network, step by step. With rate coding every pixel spikes at "
        "each step with the probability of its brightness; with direct coding each step gets the picture "
        "itself, and nothing is random. The output neuron that fires most often in all steps is the "
        "verdict, and the membrane breaks ties; where an image may have several labels, those are predicted "
        "whose neurons fire in at least half of the steps. Draw 0 of the random spikes is the one that "
        "evaluation counts; r takes another. Spread: what 32 draws say. A membrane above the threshold "
        "fires, and is lowered by the threshold a step later. Map: what covering a place takes from the "
        "winner's lead, or from a label's lead over half of the steps, in spikes; full colour is 5 spikes "
        "or more. Margin: spikes that one neuron is ahead."
    ),
    keys=(
        Key("left", "step(-1)", "step", "One time step back.", symbol="←", group="step"),
        Key("right", "step(1)", "step", "One time step on.", symbol="→", group="step"),
        Key("home", "rewind", "first", "To before the first time step.", footer=False),
        Key("end", "finish", "last", "To the last time step.", footer=False),
        Key("space", "play", "play", "Play the time steps, or hold.", symbol="space"),
        Key("plus,equals_sign", "speed(1)", "faster", "Play faster.", symbol="+", footer=False),
        Key("minus", "speed(-1)", "slower", "Play slower.", symbol="-", footer=False),
        Key("n", "move(1)", "image", "Next image of the filter.", group="image"),
        Key("p", "move(-1)", "image", "Previous image of the filter.", group="image"),
        Key("g", "jump", "go to", "Jump to an image by its index.", footer=False),
        Key(
            "f",
            "filter",
            "filter",
            "Show all images, only wrong ones, false negatives or false positives; of several classes also "
            "right ones, the least sure first, and those of each class.",
        ),
        Key("v", "split", "split", "Change between test, val and train.", footer=False),
        Key(
            "c",
            "layer",
            "layer",
            "Which layer's spikes to show: the input's, or a hidden layer's by channels.",
        ),
        Key(
            "up",
            "channel(-1)",
            "channel",
            "The layer's previous channel alone, or output neurons that do not fit.",
            symbol="↑",
            group="channel",
        ),
        Key(
            "down",
            "channel(1)",
            "channel",
            "The layer's next channel alone, or output neurons that do not fit.",
            symbol="↓",
            group="channel",
        ),
        Key("t", "raster", "raster", "The layer's neurons against time, or back.", footer=False),
        Key(
            "u",
            "membranes",
            "membranes",
            "The layer's membranes, where a training loop of your own stored them, or its spikes again.",
        ),
        Key(
            "m",
            "map",
            "map",
            "What moved the verdict, over the picture: each class's colour for its places; of several "
            "classes what is for and against each that is predicted or true, one after the other.",
        ),
        Key(
            "b",
            "compare",
            "compare",
            "Choose a second run, to see at each step what both make of the image; again shows one.",
            footer=False,
        ),
        Key(
            "e",
            "export",
            "export",
            "Write the time steps as an asciinema cast and as an SVG picture that moves, into this folder.",
            footer=False,
        ),
        Key("a", "ascii", "ASCII", "Draw pictures as ASCII art, or in half blocks again."),
        Key(
            "r",
            "encode",
            "draw",
            "Code the picture into spikes again, with new random numbers.",
            footer=False,
        ),
        Key("R", "first_draw", "first draw", "Back to the draw that evaluation counted.", footer=False),
        Key(
            "o", "open", "open", f"Open a picture of your own, {PICTURE_KINDS}; esc or n returns.", rare=True
        ),
        Key(
            "i",
            "invert",
            "invert",
            "Invert the picture, black to white, for films that are stored so; again turns back.",
            footer=False,
        ),
        Key(
            "escape",
            "back",
            "back",
            "Stop judging a split; from a picture of your own back to the images.",
            symbol="esc",
        ),
        Key(
            "w",
            "download",
            "download",
            "Download the run's data set, where phantoms stand in for it.",
            footer=False,
        ),
    ),
)

TIME_ACTIONS = frozenset({"step", "rewind", "finish", "play", "speed", "raster"})
"""Actions that make sense only where there are time steps."""

_OTHER_HELP = {
    "layer": "Which layer's outputs to show: the input, or a hidden layer's by channels.",
    "compare": "Choose a second run, to see what both make of the image; again shows one.",
    "export": "Write what is seen here as an asciinema cast and as an SVG picture, into this folder.",
}

WITHOUT_STEPS = replace(
    INSPECT,
    help=(
        "Inspect shows one picture to the network. This one has no spikes (relu): the picture goes through "
        "it once, and nothing is random. From the logits of the output neurons follow the probabilities. The "
        "class with the largest is the verdict; where an image may "
        "have several labels, those of one half or more. The layers show their outputs, brighter where they "
        "are larger. Map: what covering a place takes from the winner's lead in log-odds, or from a label's. "
        "Margin: log-odds that one class is ahead."
    ),
    keys=tuple(
        replace(key, help=_OTHER_HELP.get(key.action, key.help))
        for key in INSPECT.keys
        if key.action_name not in {*TIME_ACTIONS, "encode", "first_draw"}
    ),
)
"""The entry for a network without spikes, for the help."""
