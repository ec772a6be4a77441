"""The fused engine: kernels written for the network's own sizes, run on the CPU."""
