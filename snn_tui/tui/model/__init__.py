"""Model: the network with its costs and its firing, its neuron, and its first kernels."""
