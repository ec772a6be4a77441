"""The keys of charts, the same on every screen that has them."""

from __future__ import annotations

from snn_tui.tui.shared.keys import Key

CHART_KEYS = (
    Key("left", "chart_cursor(-1)", "read", "Read the values one column to the left.", "←", False),
    Key("right", "chart_cursor(1)", "read", "Read the values one column to the right.", "→", False),
    Key(
        "z",
        "chart_zoom(1)",
        "zoom",
        "Zoom into the chart, about the cursor; or wheel.",
        footer=False,
    ),
    Key("Z", "chart_zoom(-1)", "zoom", "Zoom out of the chart.", footer=False),
    Key("less_than_sign", "chart_pan(-1)", "pan", "Move the window of a zoomed chart left.", "<", False),
    Key("greater_than_sign", "chart_pan(1)", "pan", "Move the window of a zoomed chart right.", ">", False),
    Key("left_square_bracket", "chart_zoom_y(-1)", "zoom", "More of the y axis.", "[", False),
    Key("right_square_bracket", "chart_zoom_y(1)", "zoom", "Less of the y axis, larger.", "]", False),
    Key("0", "chart_reset", "all", "All of the chart again, without a cursor.", footer=False),
    Key("X", "chart_unit", "x axis", "The x axis by epoch, step or time.", footer=False),
    Key("g", "chart_log", "log", "The y axis linear or logarithmic.", footer=False),
    Key("o", "chart_outliers", "outliers", "Leave outliers beyond the y axis, or show all.", footer=False),
)
"""Cursor, window and scales of a chart."""

SMOOTH_KEYS = (
    Key("plus,equals_sign", "smooth(1)", "smooth", "Smooth the curves more.", symbol="+", group="smooth"),
    Key("minus", "smooth(-1)", "smooth", "Smooth the curves less.", symbol="-", group="smooth"),
)
"""How much curves are smoothed; kept for each curve, also between sessions."""

CHART_ACTIONS = {key.action_name for key in (*CHART_KEYS, *SMOOTH_KEYS)}
"""Actions of the keys of charts."""
