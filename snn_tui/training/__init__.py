"""Training: the loop, evaluation, metrics and checkpoints. Nothing here writes a file or prints."""
