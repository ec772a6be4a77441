"""Statistics of predictions on a split: intervals, curves, calibration, tests. Stdlib and msgspec only."""
