"""Drops as terminals deliver them. The disk is a set; what is in it decides."""

from __future__ import annotations

import shlex
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dfs_tui.view.drop import PATHS_MAX, TEXT_MAX, paths_in

A, SPACE, QUOTE, DQUOTE = "/pics/a.raw", "/pics/my beach.raw", "/pics/it's.raw", '/pics/say "hi".raw'
FOLDER, UMLAUT, BACKSLASH, PERCENT = "/pics/2024", "/pics/größe.raw", "/pics/back\\slash", "/pics/50%20off.raw"
BREAK, HASH, DOLLAR = "/pics/two\nlines.raw", "/pics/a#b?c.raw", "/pics/$HOME (1).raw"
DISK = {A, SPACE, QUOTE, DQUOTE, FOLDER, UMLAUT, BACKSLASH, PERCENT, BREAK, HASH, DOLLAR, "/home/me/notes.md"}


def found(text: str) -> tuple[str, ...]:
    return paths_in(text, DISK.__contains__, home="/home/me")


SHAPES = {
    "kitty: raw, one": (A, (A,)),
    "kitty: raw with a space": (SPACE, (SPACE,)),
    "kitty: raw, joined by line breaks": (f"{A}\n{SPACE}\n{QUOTE}", (A, SPACE, QUOTE)),
    "a name with a line break in it": (BREAK, (BREAK,)),
    "iTerm2: backslashes and a space at the end": (r"/pics/my\ beach.raw /pics/a.raw ", (SPACE, A)),
    "iTerm2: an escaped apostrophe": (r"/pics/it\'s.raw ", (QUOTE,)),
    "iTerm2: double quotes by preference": (f'"{SPACE}" "{A}" ', (SPACE, A)),
    "iTerm2: cd, typed": (f"cd {FOLDER}\n", (FOLDER,)),
    "iTerm2: cd with an escaped space": ("cd /pics/my\\ beach.raw\n", (SPACE,)),
    "GNOME Terminal: each quoted, a space behind": (f"'{SPACE}' '{A}' ", (SPACE, A)),
    "GNOME Terminal: an apostrophe in quotes": ("'/pics/it'\\''s.raw' ", (QUOTE,)),
    "GNOME Terminal: not local, as an address": (f"'file://{quote(SPACE)}' ", (SPACE,)),
    "Konsole: quoted only where needed, line breaks as returns": (f"{A} '{SPACE}'\r", (A, SPACE)),
    "Konsole: Paste Location, an address": (f"file://{quote(UMLAUT)}", (UMLAUT,)),
    "addresses, one a line, CRLF": (f"file://{quote(A)}\r\nfile://localhost{quote(SPACE)}\r\n", (A, SPACE)),
    "an address with escaped signs": (f"file://{quote(HASH)}", (HASH,)),
    "an address of a name with a percent sign": (f"file://{quote(PERCENT)}", (PERCENT,)),
    "a raw name that looks escaped": (PERCENT, (PERCENT,)),
    "Windows Terminal: quotes only around spaces": (f'"{SPACE}" {A}', (SPACE, A)),
    "Windows Terminal in WSL": (f"'{SPACE}'", (SPACE,)),
    "WezTerm: only spaces escaped": (r"/pics/my\ beach.raw /pics/it's.raw ", (SPACE, QUOTE)),
    "Alacritty: raw and a space": (f"{SPACE} ", (SPACE,)),
    "Alacritty: two drops together": (f"{SPACE} \n{A} ", (SPACE, A)),
    "foot: unquoted, apostrophes escaped": (r"/pics/my beach.raw /pics/it\'s.raw /pics/a.raw", (SPACE, QUOTE, A)),
    "Ghostty: shell-escaped, a line break each": (f"/pics/my\\ beach.raw\n{A}\n", (SPACE, A)),
    "VS Code: one path in quotes": (f"'{SPACE}'", (SPACE,)),
    "kitty: a folder and a file": (f"{FOLDER}\n{A}", (FOLDER, A)),
    "iTerm2: a folder": (f"{FOLDER} ", (FOLDER,)),
    "iTerm2: three at once": (f"/pics/my\\ beach.raw {A} {FOLDER} ", (SPACE, A, FOLDER)),
    "GNOME Terminal: a folder and a file": (f"'{FOLDER}' '{A}' ", (FOLDER, A)),
    "GNOME Terminal: addresses": (f"'file://{quote(SPACE)}' 'file://{quote(FOLDER)}' ", (SPACE, FOLDER)),
    "Konsole: a folder": (f"{FOLDER} ", (FOLDER,)),
    "Konsole: several addresses, as keys": (f"file://{quote(A)} file://{quote(SPACE)}", (A, SPACE)),
    "Windows Terminal: a folder and a file": (f'{FOLDER} "{SPACE}"', (FOLDER, SPACE)),
    "VS Code: a folder": (f"'{FOLDER}'", (FOLDER,)),
    "VS Code: an address": (f"file://{quote(SPACE)}", (SPACE,)),
    "double quotes inside a name": (shlex.quote(DQUOTE), (DQUOTE,)),
    "a backslash in a name, raw": (BACKSLASH, (BACKSLASH,)),
    "a backslash in a name, quoted": (shlex.quote(BACKSLASH), (BACKSLASH,)),
    "a dollar and brackets, escaped": (r"/pics/\$HOME\ \(1\).raw", (DOLLAR,)),
    "a folder with a slash behind it": (f"{FOLDER} ", (FOLDER,)),
    "home": ("~/notes.md", ("/home/me/notes.md",)),
    "the same file twice": (f"{A}\n{A}", (A,)),
}  # fmt: skip


@pytest.mark.parametrize("shape", SHAPES)
def test_a_drop_is_understood_as(shape: str) -> None:
    text, paths = SHAPES[shape]
    assert found(text) == paths


@pytest.mark.parametrize(
    "text",
    [
        "",
        "  \n ",
        "hello world",
        "/pics/not there.raw",
        f"{A} and some words",
        f"{A}\n/pics/missing.raw",
        "'/pics/a.raw",
        "https://example.org/pics/a.raw",
        "file://elsewhere/pics/a.raw",
        "/pics/a.raw\0",
        "x" * (TEXT_MAX + 1),
    ],
)
def test_what_is_not_a_list_of_existing_paths_is_no_drop(text: str) -> None:
    assert found(text) == ()


def test_an_enormous_drop_is_bounded() -> None:
    text = "\n".join(f"/n/{number}" for number in range(PATHS_MAX + 10))
    assert len(paths_in(text, lambda path: path.startswith("/n/") and "\n" not in path)) == PATHS_MAX


names = st.text(st.characters(codec="utf-8", exclude_categories=("Cs", "Cc")), min_size=1, max_size=12).filter(
    lambda name: name.strip() == name and "/" not in name
)


@given(st.lists(names, min_size=1, max_size=4, unique=True))
def test_shell_quoted_paths_are_understood_whatever_they_are_called(leaves: list[str]) -> None:
    disk = {f"/d/{name}" for name in leaves}
    text = " ".join(shlex.quote(f"/d/{name}") for name in leaves) + " "
    assert set(paths_in(text, disk.__contains__)) == disk


@given(st.lists(names, min_size=1, max_size=4, unique=True))
def test_addresses_are_understood_whatever_they_name(leaves: list[str]) -> None:
    disk = {f"/d/{name}" for name in leaves}
    text = "\r\n".join(f"file://{quote(f'/d/{name}')}" for name in leaves)
    assert set(paths_in(text, disk.__contains__)) == disk


@given(st.text(max_size=200))
def test_no_text_breaks_the_parser_or_names_what_does_not_exist(text: str) -> None:
    assert all(path in DISK for path in found(text))
