"""What a run is decided by: options, presets, the layer notation. Standard library and msgspec only."""
