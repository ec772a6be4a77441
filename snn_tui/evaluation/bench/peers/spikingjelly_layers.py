"""The network in SpikingJelly, layer by layer over all steps: its multi-step mode `m`."""

from __future__ import annotations

from spikingjelly.activation_based import encoding, functional, layer, neuron, surrogate
from torch import Tensor, nn

from snn_tui.evaluation.bench.peers import NotPossible, PeerNetwork
from snn_tui.snn.engines import Recipe
from snn_tui.snn.network import ARCTAN_ALPHA, NetworkSpec, SpikingNetwork


class SpikingJellyLayers(PeerNetwork):
    """See `PeerNetwork`. Neurons are `LIFNode` with `decay_input` off, reset by subtraction without gradient.

    With tau = 1 / (1 - beta) its membrane is H[t + 1] = beta V[t] + I[t + 1] with V = H - threshold S, so
    that a spike takes beta times the threshold off the next membrane, and not all of it. It is
    `ParametricLIFNode` for a learned beta, and `IFNode` where the membrane is kept whole. The fast sigmoid is
    `SoftSign`, whose gradient is slope / 2 times as large.
    """

    def __init__(self, network: SpikingNetwork, recipe: Recipe) -> None:
        super().__init__(network, recipe)
        self.synapses = nn.ModuleList(layer.SeqToANNContainer(*part.children()) for part in self.synapses)
        hidden = [_neurons(self.spec, self.spec.beta, self.spec.learn_beta) for _ in self.synapses[:-1]]
        readout = _neurons(self.spec, 1.0 if self.spec.integrate else self.spec.beta, False)
        self.neurons = nn.ModuleList([*hidden, readout])
        self.encoder = encoding.PoissonEncoder(step_mode="m")

    def forward(self, images: Tensor, num_steps: int) -> tuple[Tensor, Tensor]:
        """See `PeerNetwork.forward`."""
        functional.reset_net(self)
        spikes = images.unsqueeze(0).repeat(num_steps, 1, 1, 1, 1)
        if self.recipe.encoding == "rate":
            spikes = self.encoder(spikes)
        currents = spikes
        for synapses, neurons in zip(self.synapses, self.neurons, strict=True):
            currents = synapses(spikes)
            spikes = neurons(currents)
        return currents, spikes

    @property
    def differences(self) -> str:
        """See `PeerNetwork.differences`."""
        spec = self.spec
        reset = f"a spike takes {spec.beta:g} x the threshold off the next membrane"
        scaled = f"SoftSign, its gradient {spec.slope / 2:g} times as large"
        return "; ".join([reset] * (spec.beta < 1) + [scaled] * (spec.surrogate != "arctan"))


def _neurons(spec: NetworkSpec, beta: float, learn_beta: bool) -> nn.Module:
    shared = {
        "v_threshold": spec.threshold,
        "v_reset": None,
        "surrogate_function": surrogate.ATan(ARCTAN_ALPHA)
        if spec.surrogate == "arctan"
        else surrogate.SoftSign(spec.slope),
        "detach_reset": True,
        "step_mode": "m",
    }
    made: nn.Module
    if beta == 1.0 and not learn_beta:
        made = neuron.IFNode(**shared)
    elif not 0.0 < beta < 1.0:
        raise NotPossible(f"it has no leaky neurons of beta {beta:g}")
    elif learn_beta:
        made = neuron.ParametricLIFNode(init_tau=1 / (1 - beta), decay_input=False, **shared)
    else:
        made = neuron.LIFNode(tau=1 / (1 - beta), decay_input=False, **shared)
    return made
