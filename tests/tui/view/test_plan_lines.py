"""What a store would do, in words."""

from __future__ import annotations

import pytest

from dfs_tui.view.cells import text_of
from dfs_tui.view.glyphs import ASCII
from dfs_tui.view.plan import Conflict, Found, Plan, Scan, plan
from dfs_tui.view.plan_lines import conflict_line, room_lines

FOUR = Scan(("/d",), tuple(Found(f"/d/{name}", f"d/{name}", 100) for name in ("a", "b", "c", "new")))
ALL = {"d/a", "d/b", "d/c"}
KNOWN = {"d/a": True, "d/b": False}


def said(existing: set[str], conflict: Conflict = Conflict.SAME) -> str:
    made = plan(FOUR, "", existing, conflict=conflict, same=lambda file: KNOWN.get(file.key))
    return text_of(conflict_line(made, "~")).strip()


@pytest.mark.parametrize(
    ("existing", "conflict", "text"),
    [
        (set(), Conflict.SAME, ""),
        ({"d/a"}, Conflict.SAME, "1 key exists already: a (same content: skipped)"),
        ({"d/b"}, Conflict.SAME, "1 key exists already: b (gets a new version)"),
        ({"d/c"}, Conflict.SAME, "1 key exists already: c (to compare)"),
        ({"d/c"}, Conflict.VERSION, "1 key exists already: c (gets a new version)"),
        ({"d/c"}, Conflict.RENAME, "1 key exists already: c (becomes c-2)"),
        (ALL, Conflict.SAME, "3 keys exist: 1 same (skipped), 1 new version, 1 to compare"),
        (ALL, Conflict.VERSION, "3 keys exist: 3 new versions"),
        (ALL, Conflict.RENAME, "3 keys exist: 3 renamed"),
    ],
)
def test_what_happens_to_keys_that_exist_is_counted(existing: set[str], conflict: Conflict, text: str) -> None:
    assert said(existing, conflict) == text


@pytest.mark.parametrize(
    ("free_bytes", "texts"),
    [
        (-1, ["size    4 files, 400 B x 3 copies = 1.17 KiB"]),
        (1199, ["of 1.17 KiB free", "! this will not fit: free space or add a node"]),
        (1200, ["of 1.17 KiB free  ! tight"]),
        (1333, ["of 1.30 KiB free  ! tight"]),
        (1334, ["of 1.30 KiB free"]),
    ],
)
def test_the_room_that_is_needed_is_compared_with_what_is_free(free_bytes: int, texts: list[str]) -> None:
    lines = [text_of(line).strip() for line in room_lines(made(), 3, free_bytes, ASCII)]
    assert len(lines) == len(texts)
    for line, text in zip(lines, texts, strict=True):
        assert line.endswith(text)


def made() -> Plan:
    return plan(FOUR, "", ())
