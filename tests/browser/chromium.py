"""A headless Chromium, driven over its DevTools protocol: go somewhere, press keys, look at the picture."""

from __future__ import annotations

import asyncio
import base64
import os
import shutil
import signal
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any

import aiohttp

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
PATIENCE_S = 90.0
FLAGS = (
    "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync", "--disable-extensions",
    "--window-size=1280,800", "--remote-debugging-port=0",
)  # fmt: skip


def binary() -> str | None:
    """The browser to use: DFS_CHROMIUM, or the first that is found."""
    given = os.environ.get("DFS_CHROMIUM")
    return given or next((found for name in NAMES if (found := shutil.which(name))), None)


class Browser:
    """One page."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        self._socket = socket
        self._serial = 0
        self._page = ""

    async def call(self, method: str, **parameters: object) -> dict[str, Any]:
        """Ask for something; what came of it."""
        self._serial += 1
        request: dict[str, Any] = {"id": self._serial, "method": method, "params": parameters}
        if self._page:
            request["sessionId"] = self._page
        await self._socket.send_json(request)
        async with asyncio.timeout(PATIENCE_S):
            while True:
                answer = await self._socket.receive_json()
                if answer.get("id") == self._serial:
                    assert "error" not in answer, answer
                    result: dict[str, Any] = answer["result"]
                    return result

    async def attach(self) -> None:
        """From now on, calls are about a page of its own."""
        target = await self.call("Target.createTarget", url="about:blank")
        attached = await self.call("Target.attachToTarget", targetId=target["targetId"], flatten=True)
        self._page = attached["sessionId"]

    async def save_downloads_in(self, folder: Path) -> None:
        page, self._page = self._page, ""
        await self.call("Browser.setDownloadBehavior", behavior="allow", downloadPath=str(folder))
        self._page = page

    async def go(self, url: str) -> None:
        await self.call("Page.navigate", url=url)

    async def value(self, expression: str) -> Any:
        """What a script finds."""
        found = await self.call("Runtime.evaluate", expression=expression, awaitPromise=True)
        assert "exceptionDetails" not in found, found
        return found["result"].get("value")

    async def until(self, expression: str) -> None:
        """Wait until a script says true."""
        async with asyncio.timeout(PATIENCE_S):
            while not await self.value(expression):
                await asyncio.sleep(0.1)

    async def type(self, text: str) -> None:
        for char in text:
            await self.call("Input.dispatchKeyEvent", type="keyDown", text=char, key=char)
            await self.call("Input.dispatchKeyEvent", type="keyUp", key=char)

    async def picture(self) -> bytes:
        """What is on screen, as PNG."""
        return base64.b64decode((await self.call("Page.captureScreenshot"))["data"])


@asynccontextmanager
async def chromium() -> AsyncIterator[Browser]:
    """A browser with nothing in it; gone afterwards, and its profile with it."""
    program = binary()
    assert program is not None
    with tempfile.TemporaryDirectory(prefix="dfs-chromium-", ignore_cleanup_errors=True) as profile:
        process = await asyncio.create_subprocess_exec(
            program,
            *FLAGS,
            f"--user-data-dir={profile}",
            env=os.environ | {"TMPDIR": profile},  # it leaves sockets there when it is ended
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.DEVNULL,
            start_new_session=True,
        )
        try:
            port = Path(profile) / "DevToolsActivePort"
            async with asyncio.timeout(PATIENCE_S):
                while not port.is_file() or len(port.read_text().split()) < 2:
                    assert process.returncode is None, "the browser did not start"
                    await asyncio.sleep(0.1)
            number, path = port.read_text().split()[:2]
            async with (
                aiohttp.ClientSession() as http,
                http.ws_connect(f"ws://127.0.0.1:{number}{path}", max_msg_size=1 << 26) as socket,
            ):
                browser = Browser(socket)
                await browser.attach()
                yield browser
        finally:
            if process.returncode is None:
                process.terminate()
            await process.wait()
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)  # helpers of it, which still write to the profile
