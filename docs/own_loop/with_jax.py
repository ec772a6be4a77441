"""JAX: a layer of leaky neurons and a leaky readout that does not spike, trained on the CPU."""

import jax
import jax.numpy as jnp
import numpy as np

import snn_tui

STEPS, EPOCHS, BATCHES, LR = 10, 2, 20, 0.1


@jax.custom_jvp
def fires(above):
    """1 where a membrane is above its threshold; its derivative is that of a fast sigmoid."""
    return (above > 0).astype(jnp.float32)


@fires.defjvp
def _(primals, tangents):
    return fires(primals[0]), tangents[0] / (1 + 10 * jnp.abs(primals[0])) ** 2


def forward(weights, spikes):
    """Spikes `[T, B, 64]` to the spikes and membranes of the hidden layer and the membranes of the output."""

    def step(state, frame):
        hidden, output = state
        hidden = 0.9 * hidden + frame @ weights["fc1"]
        spiked = fires(hidden - 1)
        output = 0.9 * output + spiked @ weights["fc2"]
        return (hidden - spiked, output), (spiked, hidden, output)

    batch = spikes.shape[1]
    return jax.lax.scan(step, (jnp.zeros((batch, 32)), jnp.zeros((batch, 2))), spikes)[1]


@jax.jit
def learn(weights, spikes, labels):
    """The loss, and the weights after a step of gradient descent."""

    def loss_of(weights):
        scores = jax.nn.log_softmax(forward(weights, spikes)[2][-1])
        return -jnp.take_along_axis(scores, labels[:, None], 1).mean()

    loss, gradients = jax.value_and_grad(loss_of)(weights)
    return loss, jax.tree.map(lambda weight, gradient: weight - LR * gradient, weights, gradients)


def images(rng, count):
    """Images `[B, 8, 8]` that are bright above (0) or below (1), their spikes and their labels."""
    labels = rng.integers(2, size=count)
    bright = (np.arange(8)[None, :, None] >= 4) == (labels[:, None, None] == 1)
    pixels = 0.1 + 0.6 * bright + 0.2 * rng.random((count, 8, 8))
    return pixels, (rng.random((STEPS, count, 64)) < pixels.reshape(count, 64)).astype(np.float32), labels


rng = np.random.default_rng(0)
weights = {"fc1": jnp.array(rng.normal(0, 0.2, (64, 32))), "fc2": jnp.array(rng.normal(0, 0.2, (32, 2)))}
with snn_tui.start("jax", config={"lr": LR}, epochs=EPOCHS, classes=["above", "below"]) as run:
    for _ in range(EPOCHS):
        for _ in range(BATCHES):
            _, spikes, labels = images(rng, 32)
            loss, weights = learn(weights, spikes, labels)
            run.batch(loss=loss, lr=LR, images=len(labels))
        pixels, inputs, labels = images(rng, 128)
        hidden, charged, membranes = forward(weights, inputs)
        right = membranes[-1].argmax(1) == labels
        run.epoch(accuracy=right.mean(), firing_rates={"lif": hidden.mean()})
        run.trace(
            pixels[0],
            input_spikes=inputs[:, 0].reshape(STEPS, 8, 8),
            spikes={"lif": hidden[:, 0]},
            membranes={"lif": charged[:, 0], "out": membranes[:, 0]},
            label=int(labels[0]),
            name="image 0",
        )
    run.checkpoint(weights)
