"""The configuration of a run: options, presets, layer notation, files. Standard library and msgspec only."""
