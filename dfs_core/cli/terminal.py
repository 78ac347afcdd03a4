"""What may reach a terminal: names from files and peers cannot move the cursor, change colours or reorder text.

Control characters, bidirectional controls, invisible and unassigned characters are shown as escapes. Into a pipe or a
file, output is left as it is, because a program reads it; JSON escapes everything beyond ASCII by itself.
"""

from __future__ import annotations

import shutil
import sys

# Not "printable" to Python, but they only take room or join letters: spaces of all widths, zero-width (non-)joiners.
_HARMLESS = frozenset("\u00a0\u1680\u200c\u200d\u202f\u205f\u3000") | {chr(code) for code in range(0x2000, 0x200B)}
_SHORT = {"\n": "\\n", "\r": "\\r", "\t": "\\t"}


def safe(text: str) -> str:
    """`text` with everything a terminal could act upon as an escape, on one line."""
    if text.isprintable():
        return text
    return "".join(
        character if character.isprintable() or character in _HARMLESS else _escape(character) for character in text
    )


def _escape(character: str) -> str:
    code = ord(character)
    if character in _SHORT:
        return _SHORT[character]
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


def shown(text: str) -> str:
    """`text` for standard output: safe on a terminal, as it is anywhere else."""
    return safe(text) if sys.stdout.isatty() else text


def line_width() -> int:
    """How many columns a line of standard output may have: the terminal's, and 80 where there is none."""
    return shutil.get_terminal_size().columns if sys.stdout.isatty() else 80


def short_id(node: object) -> str:
    """As much of a node's id (hex) as people tell nodes apart by; --json has all of it."""
    return str(node)[:12]


def out(line: str, *, end: str = "\n") -> None:
    """One line on standard output, in UTF-8 whatever the locale says. BrokenPipeError when nobody reads it."""
    sys.stdout.buffer.write((line + end).encode("utf-8", "surrogateescape"))


def say(text: str) -> None:
    """One line on standard error, for a person."""
    sys.stdout.flush()
    sys.stderr.buffer.write(f"dfs-core: {safe(text)}\n".encode("utf-8", "replace"))
    sys.stderr.flush()
