"""The first steps, on the screen."""

from __future__ import annotations

import json
from pathlib import Path

from ..driving import dashboard, make_tree


async def test_who_comes_for_the_first_time_is_led_and_only_then(tmp_path: Path) -> None:
    path, tree = tmp_path / "state.json", make_tree(tmp_path)
    async with dashboard(state=path, keys=0) as drive:
        drive.clock.time += 30
        await drive.sees("First steps 1/5")
        await drive.paste(str(tree / "a b.raw"))
        await drive.sees("1 file")
        await drive.press("enter")
        await drive.sees("First steps 2/5")
        await drive.press("4")
        await drive.sees("First steps 3/5")
        drive.app.guide = drive.app.guide.noting(retrieved=True)
        drive.cluster.kill("n5")
        await drive.sees("First steps 5/5")
        await drive.press("question_mark", "escape")
        await drive.until(lambda: path.is_file() and json.loads(path.read_text())["welcomed"])
    async with dashboard(state=path) as drive:
        drive.clock.time += 30
        await drive.look()
        assert "Drop a file" in drive.message
        assert "First steps" not in drive.text
        drive.app.begin_guide()
        await drive.sees("First steps 1/5")
