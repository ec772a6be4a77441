"""What the verdicts on a split come to: metrics, intervals, curves. Standard library and msgspec only."""
