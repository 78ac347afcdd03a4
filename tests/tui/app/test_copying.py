"""What is copied goes to the terminal exactly as it is."""

from __future__ import annotations

from dfs_tui.view.values import KeyFacts

from ..driving import Drive, dashboard


async def copied(drive: Drive, *keys: str) -> str:
    await drive.press("y", *keys)
    await drive.look()
    return drive.app.clipboard


async def test_a_key_its_hash_and_its_command() -> None:
    async with dashboard() as drive:
        await drive.press("4")
        await drive.until(lambda: isinstance(drive.app.bridge.facts, KeyFacts))
        key = sorted(drive.cluster.keys)[0]
        await drive.press("y")
        assert "Copy what?" in drive.text
        await drive.press("escape")
        assert await copied(drive, "k") == key
        assert f"Copied {key}" in drive.message
        assert await copied(drive, "l") == f"dfs-core retrieve {key} ."
        facts = drive.app.bridge.facts
        assert isinstance(facts, KeyFacts)
        assert await copied(drive, "h") == facts.current.hash


async def test_marked_keys_are_lines() -> None:
    async with dashboard() as drive:
        await drive.press("4", "space", "space")
        assert await copied(drive) == "\n".join(sorted(drive.cluster.keys)[:2])


async def test_other_rows_give_what_they_have() -> None:
    async with dashboard() as drive:
        assert await copied(drive, "n") == "n1"
        await drive.press("3")
        assert await copied(drive, "l") == "n1 > n2"
        await drive.press("6")
        assert "This is a demo" in await copied(drive, "t")
        await drive.press("5")
        await drive.press("y")
        assert "nothing to copy" in drive.message
