"""A path at the end of a command line."""

from __future__ import annotations

import pytest

from dfs_tui.view.commands import understood
from dfs_tui.view.typed_path import TypedPath, path_offers, quoted, typed_path


@pytest.mark.parametrize(
    ("line", "found"),
    [
        ("store ", TypedPath("store ", "")),
        (":store ~/a b", TypedPath("store ~/a ", "b")),
        ("store '/a b/'c", TypedPath("store ", "/a b/c")),
        ("store '/a b", TypedPath("store ", "/a b")),
        ("store /a\\ b/c", TypedPath("store ", "/a b/c")),
        ("store x as pho", None),
        ("retrieve a to ~/d", TypedPath("retrieve a to ", "~/d")),
        ("retrieve a", None),
        ("nodes ", None),
        ("store", None),
    ],
)
def test_it_is_found_where_the_line_takes_one(line: str, found: TypedPath | None) -> None:
    assert typed_path(line) == found


def test_the_line_goes_on_with_names_in_the_folder_and_is_read_back() -> None:
    typed = typed_path("store ~/p")
    assert typed is not None
    offers = path_offers(typed, ["pics/", "p a.txt", "other"], "/home/x")
    assert [offer.line for offer in offers] == ["store ~/pics/", "store '~/p a.txt'"]
    assert understood(offers[1].line).words == ("~/p a.txt",)
    (only,) = path_offers(TypedPath("store ", "/d/o"), ["pics/", "other"], "/home/x")
    assert only.line == "store /d/other"
    assert path_offers(TypedPath("store ", "/d/zz"), ["pics/"], "/home/x") == []


@pytest.mark.parametrize("path", ["~/a", "it's", "a b", '"', "a\\b", "$(x)"])
def test_whatever_it_is_called_it_is_one_word(path: str) -> None:
    assert understood(f"store {quoted(path)} {quoted(path)}").words == (path, path)
