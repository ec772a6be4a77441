"""snnTorch: a layer of leaky neurons and a leaky readout, with its spikes and membranes."""

import snntorch
import torch
from snntorch import functional, surrogate

import snn_tui

STEPS, EPOCHS, BATCHES = 10, 2, 20
torch.manual_seed(0)
fc1, fc2 = torch.nn.Linear(64, 32), torch.nn.Linear(32, 2)
lif1 = snntorch.Leaky(beta=0.9, spike_grad=surrogate.fast_sigmoid())
lif2 = snntorch.Leaky(beta=0.9, spike_grad=surrogate.fast_sigmoid())
network = torch.nn.ModuleList([fc1, lif1, fc2, lif2])
optimizer = torch.optim.Adam(network.parameters(), lr=1e-2)
loss_function = functional.ce_rate_loss()


def forward(spikes):
    """Spikes `[T, B, 64]` to the spikes of both layers and the membranes of the output, `[T, B, ...]`."""
    membrane1, membrane2 = lif1.init_leaky(), lif2.init_leaky()
    hidden, outputs, membranes = [], [], []
    for step in spikes:
        spikes1, membrane1 = lif1(fc1(step), membrane1)
        spikes2, membrane2 = lif2(fc2(spikes1), membrane2)
        hidden.append(spikes1)
        outputs.append(spikes2)
        membranes.append(membrane2)
    return torch.stack(hidden), torch.stack(outputs), torch.stack(membranes)


def images(count):
    """Images `[B, 8, 8]` that are bright above (0) or below (1), and their labels."""
    labels = torch.randint(2, (count,))
    bright = (torch.arange(8)[None, :, None] >= 4) == (labels[:, None, None] == 1)
    return (0.1 + 0.6 * bright + 0.2 * torch.rand(count, 8, 8)), labels


config = {"lr": 1e-2, "beta": 0.9, "steps": STEPS}
with snn_tui.start("snntorch", config=config, epochs=EPOCHS, classes=["above", "below"]) as run:
    for _ in range(EPOCHS):
        for _ in range(BATCHES):
            pixels, labels = images(32)
            _, outputs, _ = forward(torch.bernoulli(pixels.flatten(1).expand(STEPS, -1, -1)))
            loss = loss_function(outputs, labels)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            run.batch(loss=loss, lr=1e-2, images=len(labels))
        pixels, labels = images(128)
        inputs = torch.bernoulli(pixels.flatten(1).expand(STEPS, -1, -1))
        with torch.no_grad():
            hidden, outputs, membranes = forward(inputs)
        right = outputs.sum(0).argmax(1) == labels
        rates = {"lif1": hidden.mean(), "out": outputs.mean()}
        run.epoch(accuracy=right.float().mean(), loss=loss_function(outputs, labels), firing_rates=rates)
        for index in range(3):
            run.trace(
                pixels[index],
                input_spikes=inputs[:, index].reshape(STEPS, 8, 8),
                spikes={"lif1": hidden[:, index], "out": outputs[:, index]},
                membranes=membranes[:, index],
                label=int(labels[index]),
                name=f"image {index}",
            )
    run.checkpoint(network.state_dict())
