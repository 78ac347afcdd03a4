from __future__ import annotations

from pathlib import Path

from .file_world import Files


async def test_removing_one_key_leaves_every_other(tmp_path: Path) -> None:
    files = Files(tmp_path)
    await files.found()
    for key in ("a/1", "a/2", "a", "ab/1", "b"):
        await files.store(key, key.encode())
    assert await files.remover.below("a") == ["a/1", "a/2"]
    assert await files.remover.remove(["a/1", "nothing"]) == (["a/1"], ["nothing"])
    assert [version.key for version in files.catalog.list()] == ["a", "a/2", "ab/1", "b"]
    assert await files.retrieve("ab/1") == b"ab/1"
    await files.close()


async def test_purging_takes_removed_keys_too_and_leaves_no_version(tmp_path: Path) -> None:
    files = Files(tmp_path)
    await files.found()
    for key in ("a/1", "a/2", "ab"):
        await files.store(key, key.encode())
    await files.remover.remove(["a/1"])
    assert await files.remover.below("a") == ["a/2"]
    below = await files.remover.below("a", purge=True)
    assert below == ["a/1", "a/2"]
    assert await files.remover.remove([*below, "nothing"], purge=True) == (below, ["nothing"])
    assert files.catalog.counts().versions == 1
    assert await files.retrieve("ab") == b"ab"
    await files.close()
