"""The network in Norse: a loop over time steps of its cells, which take and return their state."""

from __future__ import annotations

import warnings

import torch
from torch import Tensor, nn

from snn_tui.evaluation.bench.peers import NotPossible, PeerNetwork
from snn_tui.snn.engines import Recipe
from snn_tui.snn.network import SpikingNetwork

with warnings.catch_warnings():
    warnings.simplefilter("ignore", FutureWarning)  # it calls torch.jit.script, which torch deprecates
    from norse.torch import (
        IAFCell,
        IAFFeedForwardState,
        IAFParameters,
        LIFBoxCell,
        LIFBoxParameters,
        PoissonEncoder,
    )
    from norse.torch.functional.reset import reset_subtract


class NorseCells(PeerNetwork):
    """See `PeerNetwork`. Neurons are `LIFBoxCell`, the leaky neuron without a synaptic current.

    With dt / tau = 1 - beta its membrane is V[t + 1] = beta V[t] + (1 - beta) I[t + 1]: 1 - beta times that
    of the reference, and so is its threshold here. As in SpikingJelly, a spike takes beta times the threshold
    off the next membrane. Its SuperSpike is the fast sigmoid of slope 1 (Norse 1.1 ignores alpha), and there
    is no arctan. A readout that keeps all of its membrane is `IAFCell`, which is reset to zero.
    """

    def __init__(self, network: SpikingNetwork, recipe: Recipe) -> None:
        super().__init__(network, recipe)
        spec = self.spec
        gain = 1 - spec.beta
        if not gain:
            raise NotPossible("its leaky cell has no beta of 1")
        device = next(network.parameters()).device
        self.leaks = nn.ParameterList()
        cells: list[nn.Module] = []
        for number in range(len(self.synapses)):
            readout = number == len(self.synapses) - 1
            threshold = torch.tensor(spec.threshold, device=device)
            if readout and spec.integrate:
                cells.append(IAFCell(IAFParameters(v_th=threshold, v_reset=torch.zeros((), device=device))))
                continue
            leak = torch.tensor(gain, device=device)
            if spec.learn_beta and not readout:
                leak = nn.Parameter(leak)
                self.leaks.append(leak)
            parameters = LIFBoxParameters(
                tau_mem_inv=leak,
                v_leak=torch.zeros((), device=device),
                v_th=threshold * gain,
                reset_method=reset_subtract,
            )
            cells.append(LIFBoxCell(parameters, dt=1.0))
        self.cells = nn.ModuleList(cells)

    def forward(self, images: Tensor, num_steps: int) -> tuple[Tensor, Tensor]:
        """See `PeerNetwork.forward`."""
        encoded = PoissonEncoder(num_steps, f_max=1000)(images) if self.recipe.encoding == "rate" else None
        states = [None] * len(self.cells)
        if self.spec.integrate:  # the cell's own first state would be the tensor that it is reset to
            states[-1] = IAFFeedForwardState(v=images.new_zeros(()))
        currents_out, spikes_out = [], []
        for step in range(num_steps):
            spikes = images if encoded is None else encoded[step]
            for layer, (synapses, cell) in enumerate(zip(self.synapses, self.cells, strict=True)):
                currents = synapses(spikes)
                spikes, states[layer] = cell(currents, states[layer])
            currents_out.append(currents)
            spikes_out.append(spikes)
        return torch.stack(currents_out), torch.stack(spikes_out)

    @property
    def differences(self) -> str:
        """See `PeerNetwork.differences`."""
        spec = self.spec
        parts = (
            f"a spike takes {spec.beta:g} x the threshold off the next membrane",
            "SuperSpike of slope 1",
            "batch norm's statistics are of one step at a time" * spec.norm,
            "readout reset to 0" * spec.integrate,
        )
        return "; ".join(part for part in parts if part)
