"""Data: the images by class, and how one of them becomes spikes."""
