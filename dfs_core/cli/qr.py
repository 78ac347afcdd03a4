"""A QR code on a terminal and in a file, with nothing but what a terminal and the library can do.

Two rows of modules share a line of text: the upper half of a character cell and the lower one. Colours are set, black
on white whatever the terminal's own are, since a scanner wants dark on light and a quiet zone around it.
"""

from __future__ import annotations

from pathlib import Path

import segno

QUIET_ZONE = 4  # modules of nothing around the code, as the standard wants
BYTES_MAX = 3391  # letters and digits that fit the largest code at this level of correction
_BLACK_ON_WHITE, _AS_BEFORE = "\x1b[30;107m", "\x1b[0m"
_HALVES = {(False, False): " ", (True, False): "▀", (False, True): "▄", (True, True): "█"}


def matrix_of(text: str) -> list[list[bool]]:
    """The code's modules, dark ones True, with the quiet zone. ValueError: more than `BYTES_MAX` characters."""
    if len(text) > BYTES_MAX:
        raise ValueError(f"a QR code holds {BYTES_MAX} characters, not {len(text)}")
    return [[bool(module) for module in row] for row in _code(text).matrix_iter(border=QUIET_ZONE)]


def lines_of(text: str) -> list[str]:
    """The code as lines for a terminal."""
    rows = matrix_of(text)
    if len(rows) % 2:
        rows.append([False] * len(rows[0]))
    return [
        _BLACK_ON_WHITE + "".join(_HALVES[pair] for pair in zip(upper, lower, strict=True)) + _AS_BEFORE
        for upper, lower in zip(rows[::2], rows[1::2], strict=True)
    ]


def picture_of(text: str, kind: str) -> bytes:
    """The code as a picture: `kind` "svg" or "png"."""
    import io

    made = io.BytesIO()
    _code(text).save(made, kind=kind, scale=8, border=QUIET_ZONE)
    return made.getvalue()


def is_picture(path: Path) -> bool:
    """Whether a file of this name is to hold a picture."""
    return path.suffix.lower() in (".svg", ".png")


def _code(text: str) -> segno.QRCode:
    return segno.make_qr(text, error="m")
