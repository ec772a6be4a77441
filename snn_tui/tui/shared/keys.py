"""Every key of every screen, in one table: it makes the bindings, the footer, the help and the palette."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from textual.binding import Binding, BindingType


@dataclass(frozen=True)
class Key:
    """One key.

    Args:
        keys: Textual's names of the keys, separated by commas.
        action: The action it runs, on the screen the table belongs to.
        label: What the footer calls it.
        help: What `?` and the palette say it does.
        shown: How the key is written; made of `keys` if empty.
        footer: Whether the footer has it.
        group: What the footer calls it together with its neighbours of the same group.
    """

    keys: str
    action: str
    label: str
    help: str
    shown: str = ""
    footer: bool = True
    group: str = ""

    @property
    def display(self) -> str:
        """How the key is written for people."""
        return self.shown or self.keys.split(",")[0]

    def binding(self) -> Binding:
        """The key as Textual wants it."""
        return Binding(
            self.keys,
            self.action,
            self.label,
            show=self.footer,
            key_display=self.display,
            tooltip=self.help,
            group=Binding.Group(self.group, compact=True) if self.group else None,
        )


TRAIN = (
    Key("s", "start", "start", "Start training with what the form says."),
    Key("n", "new", "new run", "Fill in the form for a new run."),
    Key("escape", "back", "back", "Leave the field, or go from the form back to the run.", shown="esc"),
    Key("space", "pause", "pause", "Pause the run, or let it go on.", shown="space"),
    Key("x", "stop", "stop", "Stop the run after a checkpoint; asks first."),
    Key("r", "resume", "resume", "Go on with a stopped, failed or crashed run from its last checkpoint."),
    Key("pageup,up", "epochs(-5)", "earlier", "Earlier epochs in the table.", shown="pgup", footer=False),
    Key("pagedown,down", "epochs(5)", "later", "Later epochs in the table.", shown="pgdn", footer=False),
    Key("i", "inspect", "inspect", "Inspect this run's checkpoint."),
    Key("v", "chart", "chart", "Where there is room for one chart: change between loss and validation."),
)
"""On Train."""

INSPECT = (
    Key("left", "step(-1)", "step", "One time step back.", shown="←", group="step"),
    Key("right", "step(1)", "step", "One time step on.", shown="→", group="step"),
    Key("home", "rewind", "first", "To before the first time step.", footer=False),
    Key("end", "finish", "last", "To the last time step.", footer=False),
    Key("space", "play", "play", "Play the time steps, or hold.", shown="space"),
    Key("plus,equals_sign", "speed(1)", "faster", "Play faster.", shown="+", footer=False),
    Key("minus", "speed(-1)", "slower", "Play slower.", shown="-", footer=False),
    Key("n", "move(1)", "image", "Next image of the filter.", group="image"),
    Key("p", "move(-1)", "image", "Previous image of the filter.", group="image"),
    Key("g", "jump", "go to", "Jump to an image by its index.", footer=False),
    Key("f", "filter", "filter", "Show all images, only wrong ones, false negatives or false positives."),
    Key("v", "split", "split", "Change between test, val and train.", footer=False),
    Key("c", "layer", "layer", "Which layer's spikes to show: the input's, or a hidden layer's by channels."),
    Key("t", "raster", "raster", "The layer's neurons against time, or back.", footer=False),
    Key("m", "map", "map", "What moved the verdict, over the picture: each class's colour for its places."),
    Key("r", "encode", "draw", "Code the picture into spikes again, with new random numbers.", footer=False),
    Key("R", "first_draw", "first draw", "Back to the draw that evaluation counted.", footer=False),
    Key("o", "open", "open", "Open a PNG or JPEG of your own; esc or n returns."),
    Key("escape", "back", "back", "From a picture of your own back to the images.", shown="esc"),
    Key(
        "w", "download", "download", "Download PneumoniaMNIST, where phantoms stand in for it.", footer=False
    ),
)
"""On Inspect."""

DATA = (
    Key(
        "left",
        "across(-1)",
        "move",
        "Image to the left; coded: a step back.",
        shown="←",
        group="move",
    ),
    Key(
        "right",
        "across(1)",
        "move",
        "Image to the right; coded: a step on.",
        shown="→",
        group="move",
    ),
    Key("up", "down(-1)", "up", "A row of images up.", footer=False),
    Key("down", "down(1)", "down", "A row of images down.", footer=False),
    Key("pageup", "page(-1)", "earlier", "A page of images up.", shown="pgup", footer=False),
    Key("pagedown", "page(1)", "later", "A page of images down.", shown="pgdn", footer=False),
    Key("n", "move(1)", "image", "Next image of the class.", footer=False),
    Key("p", "move(-1)", "image", "Previous image of the class.", footer=False),
    Key("c", "class", "class", "Change between normal and pneumonia.", footer=False),
    Key("g", "jump", "go to", "Jump to an image by its index.", footer=False),
    Key("v", "split", "split", "Change between train, val and test."),
    Key("enter", "open", "encode", "Code the chosen image into spikes.", shown="enter"),
    Key("escape", "back", "back", "From the encoder back to the images.", shown="esc"),
    Key("space", "play", "play", "Play the time steps, or hold.", shown="space"),
    Key("home", "rewind", "first", "To before the first time step.", footer=False),
    Key("end", "finish", "last", "To the last time step.", footer=False),
    Key("plus,equals_sign", "speed(1)", "faster", "Play faster.", shown="+", footer=False),
    Key("minus", "speed(-1)", "slower", "Play slower.", shown="-", footer=False),
    Key("e", "coding", "coding", "Change between rate, latency and direct coding."),
    Key("comma", "steps(-1)", "fewer", "Code over one time step less.", shown=",", footer=False),
    Key("full_stop", "steps(1)", "more", "Code over one time step more.", shown=".", footer=False),
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
        "w", "download", "download", "Download PneumoniaMNIST, where phantoms stand in for it.", footer=False
    ),
)
"""On Data."""

MODEL = (
    Key("up", "choose(-1)", "slider", "The slider above.", shown="up", footer=False),
    Key("down", "choose(1)", "slider", "The slider below.", shown="down", footer=False),
    Key("left", "turn(-1)", "slider", "Move the slider down by a step.", shown="←", group="slider"),
    Key("right", "turn(1)", "slider", "Move the slider up by a step.", shown="→", group="slider"),
    Key("home", "set(0)", "lowest", "The slider to its lowest value.", footer=False),
    Key("end", "set(1)", "highest", "The slider to its highest value.", footer=False),
    Key("i", "input", "input", "Put in a current, or a train of spikes."),
    Key("m", "reset", "reset", "What a spike does: subtract, zero or none."),
    Key("r", "draw", "draw", "Another train of spikes of the same rate.", footer=False),
    Key("d", "defaults", "defaults", "All sliders back to what the network has."),
    Key("v", "view", "view", "Where there is room for one: network, neuron or kernels."),
)
"""On Model."""

RUNS = (
    Key("enter", "open", "open", "Open this run on Train.", shown="enter"),
    Key("space", "mark", "mark", "Mark this run, to compare it with others; or unmark it.", shown="space"),
    Key("slash", "filter", "filter", "Show runs that have some words in name, state or note.", shown="/"),
    Key("escape", "back", "back", "Drop the filter; without one, unmark all.", shown="esc"),
    Key("v", "view", "facts", "Where there is room for one: change between curves and facts."),
    Key("r", "resume", "resume", "Continue this run from its last checkpoint, where it was interrupted."),
    Key("i", "inspect", "inspect", "Inspect this run's checkpoint."),
    Key("m", "results", "results", "Show this run's scores on Results."),
    Key("s", "sort(1)", "sort", "Sort by the next column."),
    Key("S", "sort(-1)", "sort back", "Sort by the column before.", footer=False),
    Key("t", "turn", "turn", "Sort the other way round.", footer=False),
    Key("c", "curve(1)", "curve", "Draw the next of loss, accuracy, sensitivity, specificity and AUC."),
    Key("C", "curve(-1)", "curve", "Draw the curve before.", footer=False),
    Key("plus,equals_sign", "smooth(1)", "smooth", "Smooth the curves more.", shown="+", group="smooth"),
    Key("minus", "smooth(-1)", "smooth", "Smooth the curves less.", shown="-", group="smooth"),
    Key("n", "note", "note", "Write a line about this run, or change it."),
    Key("R", "rename", "rename", "Rename this run.", footer=False),
    Key("d", "delete", "delete", "Delete this run with all its files; asks first."),
    Key("u", "unmark", "unmark", "Unmark all runs.", footer=False),
    Key("up", "cursor(-1)", "up", "To the run above.", footer=False),
    Key("down", "cursor(1)", "down", "To the run below.", footer=False),
    Key("pageup", "page(-1)", "page up", "One page of runs up.", shown="pgup", footer=False),
    Key("pagedown", "page(1)", "page down", "One page of runs down.", shown="pgdn", footer=False),
    Key("home", "page(-1000)", "first", "To the first run.", footer=False),
    Key("end", "page(1000)", "last", "To the last run.", footer=False),
)
"""On Runs."""


RESULTS = (
    Key("left", "threshold(-1)", "threshold", "Lower the threshold by half a spike.", "←", group="threshold"),
    Key("right", "threshold(1)", "threshold", "Raise the threshold by half a spike.", "→", group="threshold"),
    Key("minus", "next_image(-1)", "lower", "Lower it until one more image counts as pneumonia.", "-", False),
    Key("plus,equals_sign", "next_image(1)", "higher", "Raise it until one image less does.", "+", False),
    Key("b", "best", "best", "The threshold with the best sum of sensitivity and specificity here."),
    Key("0", "evaluated", "reset", "Back to the threshold that evaluation uses."),
    Key("up", "choose(-1)", "up", "The mistake above.", footer=False),
    Key("down", "choose(1)", "down", "The mistake below.", footer=False),
    Key("pageup", "choose(-10)", "up", "Ten mistakes up.", "pgup", False),
    Key("pagedown", "choose(10)", "down", "Ten mistakes down.", "pgdn", False),
    Key("enter", "inspect", "inspect", "Open the chosen mistake in Inspect.", footer=False),
    Key("v", "split", "split", "Change between test and val."),
    Key("a", "balance", "all", "Judge all images, or those that the run's balancing keeps.", footer=False),
    Key("r", "redraw", "draws", "Code the images into spikes eight times more.", footer=False),
    Key("u", "update", "update", "Judge again, by the run's newest checkpoint.", footer=False),
    Key("tab", "page(1)", "page", "The next page, where there is no room for all at once."),
    Key("shift+tab", "page(-1)", "page", "The page before.", "s-tab", False),
    Key("e", "export", "export", "Write a report (HTML) and a table of all images (CSV)."),
)
"""On Results."""


@dataclass(frozen=True)
class Place:
    """One screen.

    Args:
        key: The key that leads to it from everywhere.
        title: Its name in the header.
        purpose: What the palette says it is for.
        words: What `?` says of it.
        keys: Its own keys.
    """

    key: str
    title: str
    purpose: str
    words: str
    keys: tuple[Key, ...]


PLACES = {
    "train": Place(
        "1",
        "Train",
        "start a run and watch it",
        "Train starts a run and shows it as it goes. The trainer is a process of its own: leaving the "
        "screens does not stop it, and opening them again finds it. Loss: each batch is dim, their moving "
        "average bright, val loss one mark an epoch. Epochs: all scores are on val; the test split is read "
        "once, at the end. Pneumonia is the positive class. Firing: spikes a neuron and time step.",
        TRAIN,
    ),
    "inspect": Place(
        "2",
        "Inspect",
        "look inside a decision",
        "Inspect shows one picture to the network, step by step. At each step every pixel spikes with the "
        "probability of its brightness; the output neuron that fires more often in all steps is the "
        "verdict, and the membrane breaks ties. Draw 0 of the random spikes is the one that evaluation "
        "counts; r takes another. Spread: what 32 draws say. A membrane above the threshold fires, and is "
        "lowered by the threshold a step later.",
        INSPECT,
    ),
    "data": Place(
        "3",
        "Data",
        "look at the images and their coding",
        "Data shows the images of the run that Train shows, or of the form for a new one. Classes: solid is "
        "what undersampling keeps, light what it leaves out. Enter codes the chosen image: "
        "rate spikes at each step with the probability of the brightness, latency once, the brighter the "
        "earlier (snnTorch's spikegen), direct feeds the brightness as a current. Raster: pixels from top to "
        "bottom, steps from left to right; where there are more pixels than rows, evenly chosen ones. The "
        "average of rate coding comes nearer to the image with every step; off by is their mean distance. "
        "Latency has no average: there the earlier spike is the brighter.",
        DATA,
    ),
    "model": Place(
        "4",
        "Model",
        "look at the network and turn its neuron's knobs",
        "Model shows the network of the run that Train shows, else of the newest that was trained. MACs: "
        "multiplications with an addition if nothing is left out; spike adds: additions that spikes really "
        "cause, since a synapse without a spike costs nothing. Firing: spikes a neuron and step over 128 "
        "images of val; dead never fired, saturated fired at 95 % of all steps or more; below, how many "
        "neurons have which rate. Kernels: blue is below zero, orange above. The leaky neuron "
        "is the one the network is made of (snnTorch's Leaky): up and down choose a slider, left and right "
        "move it.",
        MODEL,
    ),
    "results": Place(
        "5",
        "Results",
        "judge a run, and how far to trust it",
        "Results judges a run's checkpoint by val, and by test once the run is finished, on the images that "
        "its own balancing keeps. The verdict is pneumonia where its neuron's lead in spikes is above the "
        "threshold; moving it changes everything here at once. A threshold chosen on test says so: what it "
        "gives is no result. Choose it on val (b), then look at test. Intervals: 95 % of 2,000 bootstrap "
        "resamples of the images within each class. Reliability: p is pneumonia's share of all output "
        "spikes, ECE its mean distance from the truth. Steps: the verdict if it had to decide earlier; "
        "accuracy has settled where it stays within 0.01. Re-encoding: the same images with other random "
        "spikes. Mistakes: the most confident errors first; fired is normal:pneumonia.",
        RESULTS,
    ),
    "runs": Place(
        "6",
        "Runs",
        "find, compare and tidy up runs",
        "Runs lists all runs of the folder and those that came with the program. The scores are on val, "
        "after the latest epoch; test is the one evaluation at the end. Trend: accuracy on val, from its "
        "lowest to its highest. Marked runs bear letters: their curves are drawn over each other, and only "
        "what differs between them is listed. Without marks both show the run of the cursor. The smoothed "
        "curve is a moving average, corrected for its start. A note is kept in the run's folder.",
        RUNS,
    ),
}
"""The screens by mode, in the order of the header."""

APP = (
    *(
        Key(place.key, f"go('{mode}')", place.title, f"Go to {place.title}: {place.purpose}.", footer=False)
        for mode, place in PLACES.items()
    ),
    Key("question_mark", "help", "help", "Show or hide this help.", shown="?"),
    Key("l", "choose_run", "runs", "Choose which run to look at, shipped ones included."),
    Key("ctrl+p", "command_palette", "palette", "Find any action by name.", shown="^p", footer=False),
    Key("D", "toggle_theme", "theme", "Change between the dark and the light theme.", footer=False),
    Key("q", "leave", "quit", "Leave. A run that is going on is left running."),
)
"""On every screen. Help comes first: where it is narrow, the footer's end is cut off."""


def bindings(keys: Iterable[Key]) -> list[BindingType]:
    """The bindings of a table."""
    return [key.binding() for key in keys]
