"""Completing a path."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from dfs_tui.view.complete import complete, expand, key_folders, split

FOLDERS: dict[str, Sequence[str]] = {
    "/": ("etc/", "home/"),
    "/home/": ("me/",),
    "/home/me/": ("notes.md", "notebook/", "pics/", ".config/", "Zoo/"),
    ".": ("docs/", "dist/"),
}


def listed(folder: str) -> Sequence[str]:
    return FOLDERS.get(folder, ())


@pytest.mark.parametrize(
    ("typed", "text", "choices"),
    [
        ("/ho", "/home/", ()),
        ("/home/", "/home/me/", ()),
        ("/home/me/no", "/home/me/note", ("notebook/", "notes.md")),
        ("/home/me/notes", "/home/me/notes.md", ()),
        ("~/pi", "~/pics/", ()),
        ("~", "~/", ()),
        ("~/", "~/", ("notebook/", "pics/", "Zoo/", "notes.md")),
        ("~/.", "~/.config/", ()),
        ("d", "d", ("dist/", "docs/")),
        ("/nowhere/x", "/nowhere/x", ()),
    ],
)
def test_it_goes_on_as_far_as_there_is_one_way(typed: str, text: str, choices: tuple[str, ...]) -> None:
    found = complete(typed, listed, "/home/me")
    assert (found.text, found.choices) == (text, choices)


def test_a_tilde_is_the_home_folder_only_at_the_start() -> None:
    assert expand("~/a", "/home/me") == "/home/me/a"
    assert expand("~", "/home/me/") == "/home/me"
    assert expand("/x/~/a", "/home/me") == "/x/~/a"
    assert split("~/a/b", "/home/me") == ("~/a/", "/home/me/a/", "b")


def test_keys_have_folders_as_well() -> None:
    keys = ("a", "photos/2024/x.raw", "photos/2025/y/z.raw", "photos/one.raw", "photographs/x")
    assert set(key_folders("", keys)) == {"photos/", "photographs/"}
    assert set(key_folders("photos/", keys)) == {"2024/", "2025/"}
    assert key_folders("nothing/", keys) == ()
