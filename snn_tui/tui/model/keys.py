"""The entry of Model in the list of screens: its name, its help and its keys."""

from __future__ import annotations

from snn_tui.tui.shared.keys import Key, ScreenInfo

MODEL = ScreenInfo(
    name="model",
    digit="4",
    title="Model",
    purpose="look at the network and turn its neuron's knobs",
    help=(
        "Model shows the network of the run that Train shows, else of the newest that was trained. MACs: "
        "multiplications with an addition if nothing is left out; done: those that really are, mostly as "
        "additions, since a synapse without a spike costs nothing and a current that is the same at each "
        "step is computed once; what they cost is on Results. Firing: spikes a neuron and step over 128 "
        "images of val; dead never fired, saturated fired at 95 % of all steps or more; below, how many "
        "neurons have which rate. Kernels: blue is below zero, orange above; of images in colour grey is "
        "zero. The leaky neuron is the one the network is made of, unless it has no spikes (relu): that of "
        "snnTorch. Up and down choose a slider, left and right move it."
    ),
    keys=(
        Key("up", "choose(-1)", "slider", "The slider above.", symbol="up", footer=False),
        Key("down", "choose(1)", "slider", "The slider below.", symbol="down", footer=False),
        Key("left", "turn(-1)", "slider", "Move the slider down by a step.", symbol="←", group="slider"),
        Key("right", "turn(1)", "slider", "Move the slider up by a step.", symbol="→", group="slider"),
        Key("home", "set(0)", "lowest", "The slider to its lowest value.", footer=False),
        Key("end", "set(1)", "highest", "The slider to its highest value.", footer=False),
        Key("i", "input", "input", "Put in a current, or a train of spikes."),
        Key("m", "reset", "reset", "What a spike does: subtract, zero or none."),
        Key("r", "draw", "draw", "Another train of spikes of the same rate.", footer=False),
        Key("d", "defaults", "defaults", "All sliders back to what the network has."),
        Key("v", "view", "view", "Where there is room for one: network, neuron or kernels."),
    ),
)
