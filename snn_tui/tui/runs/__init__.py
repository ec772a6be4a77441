"""Runs: all runs at a glance, compared and tidied up."""
