"""Norse: LIF neurons, and a leaky integrator that does not spike and is read by its voltage."""

import norse.torch as norse
import torch

import snn_tui

STEPS, EPOCHS, BATCHES = 12, 2, 15
torch.manual_seed(0)
fc1, fc2 = torch.nn.Linear(64, 32), torch.nn.Linear(32, 2, bias=False)
lif, readout = norse.LIFCell(), norse.LICell()
network = torch.nn.ModuleList([fc1, lif, fc2, readout])
optimizer = torch.optim.Adam(network.parameters(), lr=1e-2)


def forward(spikes):
    """Spikes `[T, B, 64]` to those of the hidden layer and the voltages of the output, `[T, B, ...]`."""
    state1, state2 = None, None
    hidden, voltages = [], []
    for step in spikes:
        spikes1, state1 = lif(2 * fc1(step), state1)
        voltage, state2 = readout(fc2(spikes1), state2)
        hidden.append(spikes1)
        voltages.append(voltage)
    return torch.stack(hidden), torch.stack(voltages)


def images(count):
    """Images `[B, 8, 8]` that are bright above (0) or below (1), and their labels."""
    labels = torch.randint(2, (count,))
    bright = (torch.arange(8)[None, :, None] >= 4) == (labels[:, None, None] == 1)
    return (0.1 + 0.6 * bright + 0.2 * torch.rand(count, 8, 8)), labels


with snn_tui.start("norse", config={"lr": 1e-2}, epochs=EPOCHS, classes=["above", "below"]) as run:
    for _ in range(EPOCHS):
        for _ in range(BATCHES):
            pixels, labels = images(32)
            _, voltages = forward(torch.bernoulli(pixels.flatten(1).expand(STEPS, -1, -1)))
            loss = torch.nn.functional.cross_entropy(voltages[-1], labels)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            run.batch(loss=loss, images=len(labels))
        pixels, labels = images(128)
        inputs = torch.bernoulli(pixels.flatten(1).expand(STEPS, -1, -1))
        with torch.no_grad():
            hidden, voltages = forward(inputs)
        right = voltages[-1].argmax(1) == labels
        run.epoch(accuracy=right.float().mean(), firing_rates={"lif": hidden.mean()})
        run.trace(
            pixels[0],
            input_spikes=inputs[:, 0].reshape(STEPS, 8, 8),
            spikes={"lif": hidden[:, 0]},
            membranes=voltages[:, 0],
            label=int(labels[0]),
            name="image 0",
        )
    run.checkpoint(network.state_dict())
