"""A neuron that learns to tell bright from dark in plain Python."""

import math
import random

import snn_tui

STEPS, EPOCHS, BATCHES = 20, 3, 50
random.seed(0)

with snn_tui.start("plain", config={"lr": 0.5}, epochs=EPOCHS, classes=["dark", "bright"]) as run:
    weight, bias = 0.0, 0.0
    for _ in range(EPOCHS):
        right = 0
        for _ in range(BATCHES):
            light = random.random()
            target = float(light > 0.5)
            guess = 1 / (1 + math.exp(-weight * light - bias))
            weight, bias = weight - 0.5 * (guess - target) * light, bias - 0.5 * (guess - target)
            right += (guess > 0.5) == (target > 0.5)
            run.batch(loss=-math.log(guess if target else 1 - guess), weight=weight)
        run.epoch(accuracy=right / BATCHES)
    light = 0.8
    spikes = [[int(random.random() < rate) for rate in (1 - light, light)] for _ in range(STEPS)]
    run.trace([[light] * 8] * 8, spikes=spikes, label=1, name="a bright one")
