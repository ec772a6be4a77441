"""Train: the form for a new run, and a run as it goes."""
