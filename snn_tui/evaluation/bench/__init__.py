"""The engines and other libraries side by side: the same work in the same process, in turn.

`measure` is what `snn-tui bench` calls. `candidates` is what it times, `peers` are the other libraries,
`dense` counts and measures what a dense computation costs, and `memory` is a process of its own.
"""
