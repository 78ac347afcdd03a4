"""Paths to keys and back: names survive, order is the keys' own, and nothing climbs out of a folder."""

from __future__ import annotations

import os
import socket
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dfs_core.client import FileUnusable, Found, InvalidInput, Problem, Root, check_distinct, path_below, root_of, walk
from dfs_core.model.ids import check_key


def names() -> st.SearchStrategy[str]:
    """Names that a file may have and a key's part can be."""
    characters = st.characters(exclude_characters="/\0", exclude_categories=["Cs"])
    return st.text(characters, min_size=1, max_size=12).filter(lambda name: name not in (".", ".."))


ODD = ["a b", "line\nbreak", "-rf", "--help", "ünïcödé", "日本", "tab\t", "*", "'quote\"", "\\", "~", "$HOME", " "]


def test_a_file_is_its_base_name_below_the_prefix(tmp_path: Path) -> None:
    (tmp_path / "a.jpg").write_bytes(b"")
    path = str(tmp_path / "a.jpg")
    assert root_of(path) == Root(path, "a.jpg", False)
    assert root_of(path, prefix="photos").key == "photos/a.jpg"
    assert root_of(path, prefix="photos/2024/").key == "photos/2024/a.jpg"
    assert root_of(path, key="other/name").key == "other/name"


def test_a_folder_is_its_name_and_what_is_in_it_below(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "photos" / "2024").mkdir(parents=True)
    (tmp_path / "photos" / "2024" / "a.jpg").write_bytes(b"x")
    for path in (str(tmp_path / "photos"), f"{tmp_path}/photos/"):
        root = root_of(path, recursive=True)
        assert root.key == "photos"
        assert [item.key for item in walk(root) if isinstance(item, Found)] == ["photos/2024/a.jpg"]
    assert root_of(str(tmp_path / "photos"), key="pix/", recursive=True).key == "pix"
    monkeypatch.chdir(tmp_path / "photos")
    assert root_of(".", recursive=True).key == "photos"


def test_a_folder_without_r_says_r(tmp_path: Path) -> None:
    with pytest.raises(FileUnusable, match="-r"):
        root_of(str(tmp_path))


def test_what_has_no_name_or_an_impossible_one_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match="--key"):
        root_of("/", recursive=True)
    with pytest.raises(FileUnusable, match="No such file"):
        root_of(str(tmp_path / "missing"))
    (tmp_path / "a").write_bytes(b"")
    with pytest.raises(InvalidInput):
        root_of(str(tmp_path / "a"), prefix="../up")


def test_two_paths_with_one_key_are_refused() -> None:
    with pytest.raises(InvalidInput, match="one by one"):
        check_distinct([Root("x/a", "a", False), Root("y/a", "a", True)])
    check_distinct([Root("x/a", "a", False), Root("y/b", "b", False)])


def test_odd_names_are_found_with_their_bytes_intact(tmp_path: Path) -> None:
    for name in ODD:
        (tmp_path / name).write_bytes(name.encode())
    found = [item for item in walk(Root(str(tmp_path), "t", True)) if isinstance(item, Found)]
    assert {item.key for item in found} == {f"t/{name}" for name in ODD}
    assert all(Path(item.path).read_bytes().decode() == item.key.removeprefix("t/") for item in found)


def test_what_is_no_file_is_reported_and_the_rest_is_found(tmp_path: Path) -> None:
    (tmp_path / "good").write_bytes(b"x")
    (tmp_path / "to good").symlink_to("good")
    (tmp_path / "dangling").symlink_to("nowhere")
    (tmp_path / "folder").mkdir()
    (tmp_path / "to folder").symlink_to("folder")
    os.mkfifo(tmp_path / "fifo")
    with socket.socket(socket.AF_UNIX) as bound:
        bound.bind(str(tmp_path / "socket"))
    with open(os.fsencode(tmp_path) + b"/not utf-8 \xff", "wb"):  # noqa: PTH123 - a name that no Path prints
        pass
    items = list(walk(Root(str(tmp_path), "t", True)))
    assert [item.key for item in items if isinstance(item, Found)] == ["t/good", "t/to good"]
    reasons = {Path(item.name).name: str(item.error) for item in items if isinstance(item, Problem)}
    assert "a link to nothing" in reasons["dangling"]
    assert "a link to a folder" in reasons["to folder"]
    assert "a fifo" in reasons["fifo"]
    assert "a socket" in reasons["socket"]
    assert "UTF-8" in reasons["not utf-8 \udcff"]
    assert len(reasons) == 5


def test_a_folder_that_cannot_be_read_is_one_problem(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "locked").mkdir()
    (tmp_path / "open").write_bytes(b"x")
    scandir = os.scandir

    def refuse(path: str) -> object:
        if path.endswith("locked"):
            raise PermissionError(13, "Permission denied", path)
        return scandir(path)

    monkeypatch.setattr(os, "scandir", refuse)  # root may read everything, so permissions alone would not do
    items = list(walk(Root(str(tmp_path), "t", True)))
    assert [item.key for item in items if isinstance(item, Found)] == ["t/open"]
    assert [str(item.error) for item in items if isinstance(item, Problem)] == [
        f"{tmp_path / 'locked'}: Permission denied"
    ]


def test_keys_are_found_in_the_order_in_which_keys_are_listed(tmp_path: Path) -> None:
    for path in ("a/z", "a.b", "a-b", "a/b/c", "ab", "ä", "Z", "a b", "a0"):
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_bytes(b"")
    keys = [item.key for item in walk(Root(str(tmp_path), "t", True)) if isinstance(item, Found)]
    assert keys == sorted(keys, key=str.encode)
    assert len(keys) == 9


@given(st.lists(names(), min_size=1, max_size=5), st.lists(names(), max_size=3))
def test_a_key_below_a_prefix_and_its_path_below_a_folder_say_the_same(parts: list[str], prefix: list[str]) -> None:
    key = check_key("/".join([*prefix, *parts]))
    assert path_below(Path("/target"), "/".join(prefix), key) == Path("/target", *parts)


@given(st.text(max_size=40))
def test_no_text_makes_a_path_outside_of_the_folder(text: str) -> None:
    try:
        path = path_below(Path("/no/such/target"), "", text)
    except InvalidInput:
        return
    assert os.path.normpath(path) == str(path)
    assert path.is_relative_to("/no/such/target/")


def test_a_link_on_the_way_is_not_written_through(tmp_path: Path) -> None:
    (tmp_path / "outside").mkdir()
    (tmp_path / "target").mkdir()
    (tmp_path / "target" / "link").symlink_to(tmp_path / "outside")
    for key in ("link/file", "link"):
        with pytest.raises(InvalidInput, match="through the link"):
            path_below(tmp_path / "target", "", key)
