"""The command line, `--train-only`, and one file a command. It alone decides exit codes."""
