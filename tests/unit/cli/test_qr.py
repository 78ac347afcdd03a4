"""The QR code is read back by a library that has nothing to do with the one that made it."""

from __future__ import annotations

from pathlib import Path

import pytest
import zxingcpp

from dfs_core.cli.qr import BYTES_MAX, QUIET_ZONE, is_picture, lines_of, matrix_of, picture_of
from dfs_core.crypto.recovery import RecoverySheet
from dfs_core.crypto.secrets import ClusterSecrets
from dfs_core.model.ids import ClusterId

SHEET = RecoverySheet(ClusterId(bytes(range(16))), ClusterSecrets({1: b"\x11" * 32, 2: b"\x22" * 32}, 2))
SCALE = 3


def read(rows: list[list[bool]]) -> str:
    """What a camera would make of these modules."""
    pixels = b"".join(bytes(0 if dark else 255 for dark in row for _ in range(SCALE)) * SCALE for row in rows)
    image = memoryview(pixels).cast("B", shape=[len(rows) * SCALE, len(rows[0]) * SCALE])
    (found,) = zxingcpp.read_barcodes(image)
    return str(found.text)


def test_the_picture_of_a_sheet_is_the_sheet() -> None:
    assert RecoverySheet.parse(read(matrix_of(SHEET.picture_text()))) == SHEET


def test_what_a_terminal_shows_is_the_sheet() -> None:
    rows: list[list[bool]] = []
    for line in lines_of(SHEET.picture_text()):
        cells = line.removeprefix("\x1b[30;107m").removesuffix("\x1b[0m")
        assert set(cells) <= set(" ▀▄█")
        rows += [[cell in "▀█" for cell in cells], [cell in "▄█" for cell in cells]]
    assert RecoverySheet.parse(read(rows)) == SHEET


def test_there_is_nothing_around_the_code() -> None:
    rows = matrix_of("DFSR1-A")
    edges = [*rows[:QUIET_ZONE], *rows[-QUIET_ZONE:], *(row[:QUIET_ZONE] + row[-QUIET_ZONE:] for row in rows)]
    assert not any(module for edge in edges for module in edge)


def test_the_largest_text_fits_and_one_more_letter_does_not() -> None:
    assert matrix_of("A" * BYTES_MAX)
    with pytest.raises(ValueError, match=str(BYTES_MAX)):
        matrix_of("A" * (BYTES_MAX + 1))


def test_a_file_can_be_a_picture() -> None:
    assert picture_of("DFSR1-A", "svg").startswith(b"<?xml")
    assert picture_of("DFSR1-A", "png").startswith(b"\x89PNG")
    assert [is_picture(Path(name)) for name in ("a.svg", "a.PNG", "a.txt", "svg")] == [True, True, False, False]
