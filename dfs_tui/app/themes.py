"""The dashboard's own colours: one hue that leads the eye, three for states, the rest grey."""

from __future__ import annotations

from textual.theme import Theme

DARK = Theme(
    name="dfs-dark",
    primary="#6cb6ff",
    secondary="#8ddb8c",
    accent="#6cb6ff",
    success="#6bc46d",
    warning="#e0a84e",
    error="#f47067",
    foreground="#cdd3de",
    background="#11151c",
    surface="#1a202a",
    panel="#222a36",
    dark=True,
)

LIGHT = Theme(
    name="dfs-light",
    primary="#0b62c4",
    secondary="#2b7a3f",
    accent="#0b62c4",
    success="#1d7434",
    warning="#8a5c00",
    error="#c1292e",
    foreground="#1f2630",
    background="#fbfcfe",
    surface="#eef1f5",
    panel="#e2e7ee",
    dark=False,
)

THEMES = (DARK, LIGHT)
