"""Tasks of any kind that a frame between the screens and the inspector may hold."""

from __future__ import annotations

from hypothesis import strategies as st

from snn_tui.values.task import Task

_text = st.text(st.characters(codec="utf-8"), max_size=20)

TASKS = st.builds(
    Task,
    name=_text,
    classes=st.tuples(_text, _text),
    positive=st.integers(0, 1),
    channels=st.integers(1, 4),
    side=st.integers(1, 4096),
)
