"""The entry of Results in the list of screens: its name, its help and its keys."""

from __future__ import annotations

from snn_tui.tui.shared.keys import Key, ScreenInfo

RESULTS = ScreenInfo(
    name="results",
    digit="5",
    title="Results",
    purpose="judge a run, and how far to trust it",
    help=(
        "Results judges a run's checkpoint by val, and by test once the run is finished, on the images that "
        "its own balancing keeps. The verdict is the positive class where its neuron's lead in spikes is "
        "above the threshold; moving it changes everything here at once. A threshold chosen on test says "
        "so: what it gives is no result. Choose it on val (b), then look at test. Intervals: 95 % of 2,000 "
        "bootstrap resamples of the images within each class. Reliability: p is the positive class's share "
        "of all output spikes, ECE its mean distance from the truth. Steps: the verdict if it had to decide "
        "earlier; accuracy has settled where it stays within 0.01. Early exit (x): a verdict falls at "
        "the first step at which the lead in spikes a step is large enough. How large is chosen on val; "
        "--exit judges by it. Re-encoding: the same images with other "
        "random spikes. Without spikes (relu) scores are log-odds, and p is their sigmoid. Mistakes: the "
        "most confident errors first; fired is the spikes of both neurons, "
        "margin the lead, to which the membrane adds up to half a spike to break ties. With several classes "
        "or labels there is no threshold: the arrows choose a cell of the matrix, whose images are listed, "
        "and its row chooses the ROC curve. TP, FN, FP, TN: images that have the label or not, and for which "
        "it is predicted or not. In the list of labels - are missed, + are false, = are right. Costs, in "
        "µJ an image: here, in a dense network of the same shape, which multiplies and adds once a synapse, "
        "and in one whose activations have the b = ⌈log2(T+1)⌉ bits that a count of T steps can tell. "
        "Arithmetic: 4.6 pJ a MAC, 0.9 an AC (32 bit, 45 nm, Horowitz 2014), synapses alone; an input that "
        "is the same at each step is computed once (every step: NeuroBench's count). With memory: 12.5 pJ a "
        "byte (1 MB on the chip) for the weight of each operation, the input of each MAC, membranes and "
        "spikes, and a MAC a neuron and step. Of b bits: AC + (MAC - AC) b/32. Spikes pay where they come at "
        "fewer synapses a step than the number after <; bits moved: b/8T, where a spike moves a word of 8 "
        "bits (after Yan et al. 2024). The constants are set by SNN_TUI_PJ, such as mac=4.6,ac=0.9,byte=2.5."
    ),
    keys=(
        Key(
            "left",
            "across(-1)",
            "threshold",
            "Lower the threshold by half a spike; in a matrix, the cell to the left.",
            "←",
            group="threshold",
        ),
        Key(
            "right",
            "across(1)",
            "threshold",
            "Raise the threshold by half a spike; in a matrix, the cell to the right.",
            "→",
            group="threshold",
        ),
        Key(
            "minus",
            "next_image(-1)",
            "lower",
            "Lower it until one more image counts as positive.",
            "-",
            False,
        ),
        Key("plus,equals_sign", "next_image(1)", "higher", "Raise it until one image less does.", "+", False),
        Key("b", "best", "best", "The threshold with the best sum of sensitivity and specificity here."),
        Key("0", "evaluated", "reset", "Back to the threshold that evaluation uses, or to all mistakes."),
        Key("up", "along(-1)", "up", "The mistake above; in a matrix, the cell above.", footer=False),
        Key("down", "along(1)", "down", "The mistake below; in a matrix, the cell below.", footer=False),
        Key("n", "choose(1)", "down", "The next image of the list.", footer=False),
        Key("p", "choose(-1)", "up", "The previous image of the list.", footer=False),
        Key("pageup", "choose(-10)", "up", "Ten images up.", "pgup", False),
        Key("pagedown", "choose(10)", "down", "Ten images down.", "pgdn", False),
        Key("enter", "inspect", "inspect", "Open the chosen image in Inspect.", footer=False),
        Key("v", "split", "split", "Change between test and val."),
        Key(
            "a", "balance", "all", "Judge all images, or those that the run's balancing keeps.", footer=False
        ),
        Key(
            "x",
            "exits",
            "exit",
            "Early exit: accuracy against energy on val, and the lead that loses none.",
            footer=False,
        ),
        Key(
            "z",
            "large",
            "charts",
            "The charts one by one, large: zoom, pan and read values; tab is the next one.",
            footer=False,
        ),
        Key("r", "redraw", "draws", "Code the images into spikes eight times more.", footer=False),
        Key("u", "update", "update", "Judge again, by the run's newest checkpoint.", footer=False),
        Key("escape", "stop", "stop", "Stop judging.", symbol="esc"),
        Key("tab", "page(1)", "page", "The next page, where there is no room for all at once."),
        Key("shift+tab", "page(-1)", "page", "The page before.", "s-tab", False),
        Key("e", "export", "export", "Write a report (HTML) and a table of all images (CSV)."),
    ),
)
