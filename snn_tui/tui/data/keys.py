"""The entry of Data in the list of screens: its name, its help and its keys."""

from __future__ import annotations

from snn_tui.tui.shared.keys import Key, ScreenInfo

DATA = ScreenInfo(
    name="data",
    digit="3",
    title="Data",
    purpose="look at the images and their coding",
    help=(
        "Data shows the images of the run that Train shows, or of the form for a new one. Classes: solid is "
        "what undersampling keeps, light what it leaves out. Enter codes the chosen image: "
        "rate spikes at each step with the probability of the brightness, latency once, the brighter the "
        "earlier (snnTorch's spikegen), direct feeds the brightness as a current. Raster: pixels from top to "
        "bottom, steps from left to right; where there are more pixels than rows, evenly chosen ones. The "
        "average of rate coding comes nearer to the image with every step; off by is their mean distance. "
        "Latency has no average: there the earlier spike is the brighter. Audit: up and down choose a "
        "finding, left and right its pairs of images."
    ),
    keys=(
        Key(
            "left",
            "across(-1)",
            "move",
            "Image to the left; coded: a step back; audit: the pair before.",
            symbol="←",
            group="move",
        ),
        Key(
            "right",
            "across(1)",
            "move",
            "Image to the right; coded: a step on; audit: the next pair.",
            symbol="→",
            group="move",
        ),
        Key("up", "down(-1)", "up", "A row of images up, or a finding.", footer=False),
        Key("down", "down(1)", "down", "A row of images down, or a finding.", footer=False),
        Key("pageup", "page(-1)", "earlier", "A page of images up.", symbol="pgup", footer=False),
        Key("pagedown", "page(1)", "later", "A page of images down.", symbol="pgdn", footer=False),
        Key("n", "move(1)", "image", "Next image of the class.", footer=False),
        Key("p", "move(-1)", "image", "Previous image of the class.", footer=False),
        Key("c", "class", "class", "To the next class.", footer=False),
        Key("g", "jump", "go to", "Jump to an image by its index.", footer=False),
        Key("v", "split", "split", "Change between train, val and test."),
        Key("a", "audit", "audit", "Look for images that make a score too good, and show them."),
        Key("enter", "open", "encode", "Code the chosen image into spikes.", symbol="enter"),
        Key("escape", "back", "back", "From the encoder or the audit back to the images.", symbol="esc"),
        Key("space", "play", "play", "Play the time steps, or hold.", symbol="space"),
        Key("home", "rewind", "first", "To before the first time step.", footer=False),
        Key("end", "finish", "last", "To the last time step.", footer=False),
        Key("plus,equals_sign", "speed(1)", "faster", "Play faster.", symbol="+", footer=False),
        Key("minus", "speed(-1)", "slower", "Play slower.", symbol="-", footer=False),
        Key("e", "coding", "coding", "Change between rate, latency and direct coding."),
        Key("comma", "steps(-1)", "fewer", "Code over one time step less.", symbol=",", footer=False),
        Key("full_stop", "steps(1)", "more", "Code over one time step more.", symbol=".", footer=False),
        Key("t", "ask_steps", "steps", "Say over how many time steps to code, 1 to 100.", footer=False),
        Key("z", "zoom", "raster", "The raster alone, or with the rest."),
        Key("r", "encode", "draw", "Rate coding: draw new random numbers.", footer=False),
        Key("R", "first_draw", "first draw", "Rate coding: the draw that evaluation counted.", footer=False),
        Key("i", "linear", "linear", "Latency coding: logarithmic or linear.", footer=False),
        Key("u", "tau", "tau", "Latency coding: another time constant.", footer=False),
        Key("h", "threshold", "threshold", "Latency coding: another threshold.", footer=False),
        Key(
            "x",
            "clip",
            "clip",
            "Latency coding: dark pixels spike last, or not at all.",
            footer=False,
        ),
        Key(
            "w",
            "download",
            "download",
            "Download PneumoniaMNIST, where phantoms stand in for it.",
            footer=False,
        ),
    ),
)
