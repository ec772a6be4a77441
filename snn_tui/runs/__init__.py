"""Run directories: what is written, read, followed and started. Standard library and msgspec only."""
