"""A run's checkpoint brought back to life and judged."""
