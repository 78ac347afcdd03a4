"""Where the dashboard keeps what it remembers: one small file in the platform's folder for state."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

BYTES_MAX = 1 << 20


def place() -> Path:
    """`DFS_TUI_STATE`, or dashboard.json below DFS_HOME or the platform's folder for state."""
    chosen = os.environ.get("DFS_TUI_STATE")
    if chosen:
        return Path(chosen).expanduser()
    home = os.environ.get("DFS_HOME")
    if home:
        return Path(home).expanduser() / "dashboard.json"
    from platformdirs import user_state_path

    return user_state_path("dfs") / "dashboard.json"


def read(path: Path) -> str | None:
    """The file's text; None when there is none. OSError, ValueError: it cannot be read."""
    try:
        if path.stat().st_size > BYTES_MAX:
            raise ValueError("it is far too long")
        return path.read_text(encoding="utf-8")
    except (FileNotFoundError, NotADirectoryError):
        return None


def write(path: Path, text: str) -> None:
    """Replace the file by this text, whole or not at all. OSError: it is as it was."""
    path.parent.mkdir(parents=True, exist_ok=True)
    number, name = tempfile.mkstemp(prefix=".dashboard-", dir=path.parent)
    try:
        with os.fdopen(number, "w", encoding="utf-8") as file:
            file.write(text)
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
