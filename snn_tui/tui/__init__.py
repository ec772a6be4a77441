"""The screens. Nothing here imports torch: training and tracing are other processes."""
