"""The crash model itself: what a sync makes safe, and that nothing else does."""

from __future__ import annotations

from pathlib import Path

import pytest

from dfs_core.testing.crash_disk import RecordingDisk, Step, Tree, make_tree, read_tree, states_after


@pytest.fixture
def root(tmp_path: Path) -> Path:
    folder = tmp_path / "disk"
    folder.mkdir()
    return folder


def states(root: Path, *steps: Step, start: Tree | None = None) -> list[dict[str, bytes | None]]:
    """Names relative to the root."""
    found = states_after(root, start or {}, steps)
    return [{str(Path(name).relative_to(root)): data for name, data in tree.items()} for tree in found]


def test_an_unsynced_file_may_be_absent_empty_cut_zero_or_whole(root: Path) -> None:
    file = f"{root}/a"
    found = states(root, Step("create", file), Step("write", file, data=b"tea!"))
    assert found == [{"a": b""}, {"a": b"te"}, {"a": bytes(4)}, {"a": b"tea!"}, {}]


def test_a_synced_file_is_whole_but_may_lack_its_name(root: Path) -> None:
    file = f"{root}/a"
    found = states(root, Step("create", file), Step("write", file, data=b"tea!"), Step("sync", file))
    assert found == [{"a": b"tea!"}, {}]


def test_a_synced_folder_keeps_its_names(root: Path) -> None:
    file = f"{root}/a"
    steps = [
        Step("create", file),
        Step("write", file, data=b"tea!"),
        Step("sync", file),
        Step("sync_folder", str(root)),
    ]
    assert states(root, *steps) == [{"a": b"tea!"}]


def test_a_rename_is_done_or_not_and_safe_once_the_folder_of_the_new_name_is_synced(root: Path) -> None:
    start: Tree = {f"{root}/old": None, f"{root}/new": None, f"{root}/old/a": b"tea"}
    rename = Step("rename", f"{root}/new/a", f"{root}/old/a")
    moved, stayed = {"old": None, "new": None, "new/a": b"tea"}, {"old": None, "new": None, "old/a": b"tea"}
    assert states(root, rename, start=start) == [moved, stayed]
    assert states(root, rename, Step("sync_folder", f"{root}/old"), start=start) == [moved, stayed]
    assert states(root, rename, Step("sync_folder", f"{root}/new"), start=start) == [moved]


def test_what_is_in_a_lost_folder_is_lost(root: Path) -> None:
    folder = f"{root}/f"
    steps = [Step("make_folder", folder), Step("create", f"{folder}/a"), Step("sync_folder", folder)]
    assert states(root, *steps) == [{"f": None, "f/a": b""}, {}]
    assert states(root, *steps, Step("sync_folder", str(root))) == [{"f": None, "f/a": b""}]


def test_an_unlink_may_be_undone_until_its_folder_is_synced(root: Path) -> None:
    start: Tree = {f"{root}/a": b"tea"}
    unlink = Step("unlink", f"{root}/a")
    assert states(root, unlink, start=start) == [{}, {"a": b"tea"}]
    assert states(root, unlink, Step("sync_folder", str(root)), start=start) == [{}]


def test_changes_of_names_are_lost_in_any_combination(root: Path) -> None:
    found = states(root, Step("create", f"{root}/a"), Step("create", f"{root}/b"))
    assert sorted("".join(sorted(tree)) for tree in found) == ["", "a", "ab", "b"]


def test_syncing_everything_makes_all_names_safe(root: Path) -> None:
    assert len(states(root, Step("create", f"{root}/a"), Step("sync_everything", ""))) == 1


def test_recorded_steps_lead_to_what_is_on_disk(root: Path, tmp_path: Path) -> None:
    disk = RecordingDisk()
    disk.ensure_folder(f"{root}/f")
    disk.write_new(f"{root}/f/a", b"tea")
    disk.link(f"{root}/f/a", f"{root}/f/b")
    disk.rename(f"{root}/f/a", f"{root}/f/c")
    disk.unlink(f"{root}/f/b")
    disk.sync_folder(f"{root}/f")
    assert list(states_after(root, {}, disk.steps)) == [read_tree(root)]
    copy = tmp_path / "copy"
    make_tree(read_tree(root), root, copy)
    assert (copy / "f" / "c").read_bytes() == b"tea"
    assert not (copy / "f" / "b").exists()
