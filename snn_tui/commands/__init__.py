"""The commands behind `snn-tui NAME`; `cli` puts them together."""
