"""Every screen at both sizes is what it was when somebody looked at it last."""

from __future__ import annotations

import pytest
from rich.cells import cell_len

from .make_screens import FOLDER, SIZES, path_of, screens

AGAIN = "look at it, then write it again: python -m tests.tui.make_screens"


@pytest.mark.parametrize("size", SIZES, ids=[f"{width}x{height}" for width, height in SIZES])
async def test_every_screen_is_as_it_was(size: tuple[int, int]) -> None:
    found = await screens(size)
    kept = {path.name for path in FOLDER.glob(f"*-{size[0]}x{size[1]}.txt")}
    assert kept == {path_of(name, size).name for name in found}, AGAIN
    for name, text in found.items():
        assert text == path_of(name, size).read_text(encoding="utf-8"), f"{name} changed; {AGAIN}"
        assert all(cell_len(line) <= size[0] for line in text.splitlines()), name
        assert not any(char < " " and char != "\n" for char in text), name
