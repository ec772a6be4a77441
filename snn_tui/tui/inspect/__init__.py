"""Inspect: one picture through the network, step by step."""
