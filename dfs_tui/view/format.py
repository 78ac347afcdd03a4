"""Numbers, times and names as a person reads them, and names made safe to print.

A key is data somebody else chose: it may hold escape sequences, line breaks, right-to-left overrides or four kilobytes
of text. `printable` is the only way such text reaches the screen: what comes out has no control or format characters,
no combining mark without a base, and is still recognisable. Sizes are binary (KiB, MiB), rates are sizes a second.
"""

from __future__ import annotations

import shlex
import time
import unicodedata
from collections.abc import Sequence

from rich.cells import cell_len, set_cell_size

COMBINING_MAX = 3  # marks piled on one letter beyond this are dropped: they would spill over the neighbouring rows
UNITS = ("B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB")
_DROPPED = frozenset(
    "\u200d\ufe0e\ufe0f"
)  # joiners and variation selectors: terminals disagree about the width they leave
_ESCAPED_CATEGORIES = frozenset(("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"))


def printable(text: str) -> str:
    """`text` with nothing in it that a terminal would act upon. Total, and the identity on ordinary names."""
    if text.isascii() and text.isprintable():
        return text
    parts: list[str] = []
    marks = 0
    for char in text:
        if unicodedata.combining(char) or unicodedata.category(char) in ("Mn", "Me"):
            marks += 1
            if char in _DROPPED or marks > COMBINING_MAX:
                continue
            parts.append(char if parts else "◌" + char)
            continue
        marks = 0
        if char in _DROPPED:
            continue
        parts.append(_visible(char) if unicodedata.category(char) in _ESCAPED_CATEGORIES else char)
    return "".join(parts)


def _visible(char: str) -> str:
    code = ord(char)
    if char == "\n":
        return "\\n"
    if char == "\t":
        return "\\t"
    if code <= 0xFF:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code <= 0xFFFF else f"\\U{code:08x}"


def clip(text: str, width: int, ellipsis: str = "…") -> str:
    """`text` in at most `width` cells; what does not fit is cut off at the end, behind an ellipsis."""
    if len(text) <= width and text.isascii():
        return text
    if cell_len(text) <= width:
        return text
    room = width - len(ellipsis)
    return set_cell_size(text, room).rstrip() + ellipsis if room > 0 else set_cell_size(text, max(width, 0))


def clip_middle(text: str, width: int, ellipsis: str = "…") -> str:
    """`text` in at most `width` cells, its middle left out: the end of a path tells files apart, its start folders."""
    if cell_len(text) <= width:
        return text
    room = width - len(ellipsis)
    if room < 4:
        return clip(text, width, ellipsis)
    head = room // 3
    start = set_cell_size(text, head).rstrip()
    tail_width = room - cell_len(start)
    tail = text[-tail_width:]
    while cell_len(tail) > tail_width:
        tail = tail[1:]
    return start + ellipsis + tail


def pad(text: str, width: int, align: str = "left") -> str:
    """`text` in exactly `width` cells; too long is cut without a sign (clip first)."""
    length = len(text) if text.isascii() else cell_len(text)
    if length > width:
        return set_cell_size(text, width)
    space = " " * (width - length)
    return space + text if align == "right" else text + space


def size(count: int) -> str:
    """12 B, 4.1 MiB, 312 GiB: three digits at most, -1 is unknown."""
    if count < 0:
        return "?"
    if count < 1024:
        return f"{count} B"
    value = float(count)
    unit = 0
    while value >= 999.5 and unit < len(UNITS) - 1:
        value /= 1024
        unit += 1
    return f"{value:.2f} {UNITS[unit]}" if value < 9.995 else f"{_digits(value)} {UNITS[unit]}"


def size_short(count: int) -> str:
    """4.1M, 312G: for narrow columns."""
    number, _, unit = size(count).partition(" ")
    if not unit:
        return number
    if "." in number and len(number) == 4:
        number = f"{float(number):.1f}"
    return number + unit[0]


def _digits(value: float) -> str:
    return f"{value:.1f}" if value < 99.95 else f"{value:.0f}"


def rate(bytes_per_s: float) -> str:
    """41.0 MiB/s; nothing at all reads as 0 B/s."""
    return f"{size(round(max(bytes_per_s, 0)))}/s"


def count(number: int) -> str:
    """1 204: thousands apart."""
    return f"{number:,}".replace(",", " ") if number >= 0 else "?"


def duration(seconds: float) -> str:
    """0.4 s, 14 s, 1 m 42 s, 3 h 05 m, 2 d: two units at most."""
    if seconds < 0:
        return "?"
    if seconds < 9.95:
        return f"{seconds:.1f} s"
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} m {whole % 60:02} s"
    if whole < 86400:
        return f"{whole // 3600} h {whole % 3600 // 60:02} m"
    return f"{whole // 86400} d"


def age(seconds: float) -> str:
    """How long ago, in one unit: 3 s, 14 m, 2 d, 1 y."""
    whole = max(int(seconds), 0)
    for limit, unit, name in ((60, 1, "s"), (3600, 60, "m"), (86400, 3600, "h"), (365 * 86400, 86400, "d")):
        if whole < limit:
            return f"{whole // unit} {name}"
    return f"{whole // (365 * 86400)} y"


def percent(done: int, total: int, *, ended: bool = False) -> str:
    """71%. A running transfer never says 100: it is done when the copies are, not when the bytes have left."""
    if total < 0:
        return ""
    share = 100 if total == 0 else int(100 * done / total)
    return f"{100 if ended else min(share, 99)}%"


def clock(wall_s: float) -> str:
    """12:03:44 in local time."""
    return time.strftime("%H:%M:%S", time.localtime(wall_s))


def short_id(hex_id: str) -> str:
    """The first eight digits: enough to tell nodes of one cluster apart."""
    return hex_id[:8]


def tilde(path: str, home: str) -> str:
    """`path` as people write it: with a tilde for their home folder."""
    home = home.rstrip("/")
    return "~" + path[len(home) :] if home and (path == home or path.startswith(home + "/")) else path


def in_a_shell(path: str) -> str:
    """A path that begins with a tilde or not, quoted so that a shell understands it: the tilde stays outside."""
    return f"~/{shlex.quote(path[2:]) if path[2:] else ''}" if path.startswith("~/") else shlex.quote(path)


def plural(number: int, one: str, many: str = "") -> str:
    """1 file, 2 files."""
    return f"{count(number)} {one if number == 1 else many or one + 's'}"


def listed(names: Sequence[str], many: str = "keys") -> str:
    """a, or a and b, or 12 keys: names while there are few."""
    if len(names) <= 2:
        return " and ".join(names)
    return f"{count(len(names))} {many}"


def named(names: Sequence[str]) -> str:
    """a, b and c: all of them, however many, because something is going to be done with each."""
    *before, last = names or ("",)
    return f"{', '.join(before)} and {last}" if before else last


def when(wall_s: float) -> str:
    """2026-11-25 12:03 in local time."""
    return time.strftime("%Y-%m-%d %H:%M", time.localtime(wall_s))


def exact_time(wall_s: float) -> str:
    """2026-11-25 12:03:44.113 in local time."""
    thousandths = int(wall_s * 1000 + 0.5)
    return f"{time.strftime('%Y-%m-%d %H:%M:%S', time.localtime(thousandths // 1000))}.{thousandths % 1000:03}"


def wrap(text: str, width: int) -> list[str]:
    """Words in lines of at most `width` cells; a longer word stands alone and is cut by whoever draws it."""
    lines: list[str] = []
    for word in printable(text).split():
        if lines and cell_len(lines[-1]) + 1 + cell_len(word) <= width:
            lines[-1] += f" {word}"
        else:
            lines.append(word)
    return lines
