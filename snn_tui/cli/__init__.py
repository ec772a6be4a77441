"""The command line, `--train-only`, and one file a command. It owns the standard streams."""
