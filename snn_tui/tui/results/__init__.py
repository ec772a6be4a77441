"""Results: a run judged by val or test, with a threshold that moves, and how far to trust it."""
