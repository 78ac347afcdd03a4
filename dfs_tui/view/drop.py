"""From the text of a drop or paste to the paths that were meant.

A terminal turns dropped files into text, each in its own way: raw with line breaks (kitty), shell-quoted with spaces
(GNOME Terminal, Konsole), backslash-escaped (iTerm2, Ghostty), in double quotes (Windows Terminal), only spaces
escaped (WezTerm), unquoted with spaces (foot, Alacritty), as `file://` addresses. The forms contradict each other, so
no grammar can decide: every reading is tried, and **what exists on disk decides**. `exists` is handed in, so nothing
here touches a disk. A reading counts only if every path in it exists; a paste that is not a list of paths gives none.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Callable, Iterator
from urllib.parse import unquote, urlsplit

TEXT_MAX = 256 * 1024  # a longer paste is text, not a drop
PATHS_MAX = 4096
WORDS_MAX = 512  # of an unquoted line: the search below is quadratic in them

Exists = Callable[[str], bool]


def paths_in(text: str, exists: Exists, *, home: str = "") -> tuple[str, ...]:
    """The existing paths that `text` names, in order, each once; empty when it is not a drop.

    `home` is what a leading `~` stands for. `exists` may be asked about anything, the same path more than once.
    """
    if not text.strip() or len(text) > TEXT_MAX or "\0" in text:
        return ()
    for typed in (
        text,
        text.removeprefix("cd "),
    ):  # iTerm2 types a whole command when a folder is dropped with a modifier
        for reading in _readings(typed, exists, home):
            if reading:
                return tuple(dict.fromkeys(reading))[:PATHS_MAX]
    return ()


def _readings(text: str, exists: Exists, home: str) -> Iterator[list[str] | None]:
    whole = text.strip("\r\n")
    for candidate in (whole, whole.strip()):
        yield _all_exist([_local(candidate, home)], exists)
    lines = [line for line in re.split(r"[\r\n]+", text) if line.strip()]
    yield _all_exist([_local(line, home) for line in lines], exists)
    yield _all_exist([_local(line.strip(), home) for line in lines], exists)
    yield _shell_words(lines, exists, home)
    yield _all_exist([_local(_unescape(line.strip(), " "), home) for line in lines], exists)
    yield _greedy(lines, exists, home)


def _all_exist(paths: list[str], exists: Exists) -> list[str] | None:
    return paths if paths and all(path and exists(path) for path in paths) else None


def _local(word: str, home: str) -> str:
    """A word as a path: file addresses decoded, a leading tilde replaced, one pair of quotes around it taken off."""
    if len(word) >= 2 and word[0] == word[-1] and word[0] in "'\"":
        word = word[1:-1]
    if word.startswith("file:"):
        parts = urlsplit(word)
        if parts.netloc in ("", "localhost"):
            # A dropped address is escaped throughout, so "?" and "#" in it are parts of the name.
            rest = word[len("file:") :].removeprefix("//").removeprefix("localhost")
            return unquote(rest)
        return ""
    if home and (word == "~" or word.startswith("~/")):
        return home + word[1:]
    return word


def _unescape(text: str, chars: str = "") -> str:
    return re.sub(r"\\([" + re.escape(chars) + "])" if chars else r"\\(.)", r"\1", text)


def _shell_words(lines: list[str], exists: Exists, home: str) -> list[str] | None:
    """The words a shell would read, `$'…'` included, in its two readings of a backslash."""
    for posix in (True, False):
        words: list[str] = []
        try:
            for line in lines:
                words += shlex.split(line, comments=False, posix=posix)
        except ValueError:  # a quote that never ends: some other form
            continue
        found = _all_exist([_local(word, home) for word in words], exists)
        if found:
            return found
    return None


def _greedy(lines: list[str], exists: Exists, home: str) -> list[str] | None:
    """Unquoted paths with spaces in them, joined by spaces: the longest run of words that exists, again and again."""
    found: list[str] = []
    for line in lines:
        words = line.strip().split(" ")
        if len(words) > WORDS_MAX:
            return None
        start = 0
        while start < len(words):
            if not words[start]:
                start += 1
                continue
            for end in range(len(words), start, -1):
                joined = " ".join(words[start:end])
                path = next((p for p in _spellings(joined, home) if p and exists(p)), None)
                if path is not None:
                    found.append(path)
                    start = end
                    break
            else:
                return None
    return found or None


def _spellings(text: str, home: str) -> Iterator[str]:
    stripped = text.strip()
    yield _local(stripped, home)
    yield _local(_unescape(stripped, " '"), home)
    yield _local(_unescape(stripped), home)
