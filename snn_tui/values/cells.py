"""Cells of tables that a spreadsheet does not take for formulas."""

from __future__ import annotations

_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
"""How a cell begins that spreadsheets take for a formula, which could run commands; some take full width."""


def text_cell(text: str) -> str:
    """A text from a file or a person as a cell: behind an apostrophe where it could be taken for a formula.

    Numbers are not passed through here: `-0.5` is a number for a spreadsheet, too.
    """
    return f"'{text}" if text.startswith(_FORMULA) else text
