"""SpikingJelly: a convolution and a readout of IF neurons, step by step, recorded by a hook."""

import torch
from spikingjelly.activation_based import functional, layer, neuron, surrogate

import snn_tui

STEPS, EPOCHS, BATCHES = 6, 2, 15
torch.manual_seed(0)
network = torch.nn.Sequential(
    layer.Conv2d(1, 4, 3, padding=1),
    neuron.IFNode(surrogate_function=surrogate.ATan()),
    layer.MaxPool2d(2),
    layer.Flatten(),
    layer.Linear(64, 2),
    neuron.IFNode(surrogate_function=surrogate.ATan(), store_v_seq=True),
)
functional.set_step_mode(network, "m")
optimizer = torch.optim.Adam(network.parameters(), lr=1e-2)

recorded = {}
for name, index in (("conv", 1), ("out", 5)):
    network[index].register_forward_hook(lambda _, __, spikes, name=name: recorded.update({name: spikes}))


def images(count):
    """Images `[B, 1, 8, 8]` that are bright above (0) or below (1), and their labels."""
    labels = torch.randint(2, (count,))
    bright = (torch.arange(8)[None, None, :, None] >= 4) == (labels[:, None, None, None] == 1)
    return (0.1 + 0.6 * bright + 0.2 * torch.rand(count, 1, 8, 8)), labels


with snn_tui.start("spikingjelly", config={"lr": 1e-2}, epochs=EPOCHS, classes=["above", "below"]) as run:
    for _ in range(EPOCHS):
        for _ in range(BATCHES):
            pixels, labels = images(32)
            # Direct coding: the same currents at each step.
            rates = network(pixels.expand(STEPS, -1, -1, -1, -1)).mean(0)
            loss = torch.nn.functional.cross_entropy(rates, labels)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            functional.reset_net(network)
            run.batch(loss=loss, images=len(labels))
        pixels, labels = images(128)
        with torch.no_grad():
            rates = network(pixels.expand(STEPS, -1, -1, -1, -1)).mean(0)
        run.epoch(
            accuracy=(rates.argmax(1) == labels).float().mean(),
            firing_rates={name: spikes.mean() for name, spikes in recorded.items()},
        )
        run.trace(
            pixels[0],
            input_spikes=pixels[0].expand(STEPS, -1, -1, -1),
            spikes={name: spikes[:, 0] for name, spikes in recorded.items()},
            membranes=network[5].v_seq[:, 0],
            label=int(labels[0]),
            name="image 0",
        )
        functional.reset_net(network)
    run.checkpoint(network.state_dict())
