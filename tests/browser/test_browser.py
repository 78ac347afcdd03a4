"""The dashboard in a real browser: the link opens it, keys drive it, and a retrieved file is a download."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from .chromium import Browser, chromium

PNG = b"\x89PNG\r\n\x1a\n"
DRAWN = "document.body !== null && document.body.classList.contains('-first-byte')"
FOCUSED = "document.activeElement.className === 'xterm-helper-textarea'"
PATIENCE_S = 90.0


@asynccontextmanager
async def served(home: Path) -> AsyncIterator[str]:
    """`dfs-tui --demo --web` on some port; its link."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "dfs_tui", "--demo", "--web", "127.0.0.1:0"),
        stdout=asyncio.subprocess.PIPE,
        env={**os.environ, "DFS_HOME": str(home)},
    )
    assert process.stdout is not None
    try:
        link = ""
        while not link:
            line = (await process.stdout.readline()).decode()
            assert line, "it ended"
            link = line.strip() if "/enter?token=" in line else ""
        yield link
    finally:
        process.send_signal(signal.SIGINT)
        await process.wait()


async def full_picture(browser: Browser) -> bytes:
    """A picture of a screen full of text: that does not compress to less than 20 kB."""
    async with asyncio.timeout(PATIENCE_S):
        while len(picture := await browser.picture()) <= 20_000:
            await asyncio.sleep(0.3)
    return picture


@pytest.mark.timeout(300)
async def test_the_link_opens_the_dashboard_and_a_retrieved_file_is_a_download(tmp_path: Path) -> None:
    saved = tmp_path / "downloads"
    saved.mkdir()
    async with served(tmp_path / "home") as link, chromium() as browser:
        await browser.save_downloads_in(saved)
        await browser.go(link)
        await browser.until(DRAWN)
        await browser.until(FOCUSED)
        assert "token" not in await browser.value("location.href")
        assert (await full_picture(browser)).startswith(PNG)

        await browser.type("4")  # the keys, of which one is then retrieved
        await browser.type("r")
        async with asyncio.timeout(PATIENCE_S):
            while not (found := [path for path in saved.iterdir() if path.suffix != ".crdownload"]):
                await asyncio.sleep(0.1)
        assert "stands for the demo's" in found[0].read_text()

        await browser.type("q")
        await browser.until("document.body.classList.contains('-closed')")


@pytest.mark.timeout(300)
async def test_a_foreign_page_in_the_same_browser_gets_neither_the_page_nor_the_socket(tmp_path: Path) -> None:
    async with served(tmp_path / "home") as link, chromium() as browser:
        await browser.go(link)
        await browser.until(DRAWN)
        mine = await browser.value("location.href")
        foreign = mine.replace("127.0.0.1", "localhost")
        await browser.go("data:text/html,<title>foreign</title>")
        await browser.until("document.title === 'foreign'")
        for url in (mine, foreign):
            socket = url.replace("http", "ws", 1) + "ws"
            script = f"new Promise(done => {{ const s = new WebSocket('{socket}');"
            script += "s.onopen = () => done('open'); s.onerror = () => done('refused'); })"
            assert await browser.value(script) == "refused"
            assert await browser.value(f"fetch('{url}').then(() => 'read', () => 'refused')") == "refused"
