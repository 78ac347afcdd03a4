"""The server as others meet it: without a cookie, with another name, from a foreign page, and rightly."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

import aiohttp
import pytest

from dfs_tui.web.door import Door, Where
from dfs_tui.web.serve import free_port
from dfs_tui.web.server import BROWSERS_MAX, WebServer, listening, own_command

PASSWORD = "correct horse battery"


@dataclass
class Served:
    door: Door
    http: aiohttp.ClientSession
    used: list[str]

    @property
    def base(self) -> str:
        return f"http://127.0.0.1:{self.door.where.port}"

    @property
    def home(self) -> str:
        return f"{self.base}/{self.door.place}/"

    async def status(self, url: str, **headers: str) -> int:
        async with self.http.get(url, headers=headers, allow_redirects=False) as answer:
            return answer.status

    async def socket_status(self, **headers: str) -> int:
        """What a WebSocket handshake is answered with."""
        try:
            async with self.http.ws_connect(f"{self.home}ws", headers=headers):
                return 101
        except aiohttp.WSServerHandshakeError as refused:
            return refused.status

    async def enter(self) -> int:
        return await self.status(self.door.link)


@asynccontextmanager
async def serve(where: Where, password: str = "", command: list[str] | None = None) -> AsyncIterator[Served]:
    door = Door(free_port(where), password)
    used: list[str] = []
    server = WebServer(door, command or ["false"], "dfs", lambda: used.append(door.new_token()))
    async with (
        listening(server.application(), door.where.host, door.where.port),
        aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True)) as http,
    ):
        yield Served(door, http, used)


@pytest.fixture
async def served() -> AsyncIterator[Served]:
    async with serve(Where("127.0.0.1", 0)) as one:
        yield one


async def test_another_user_of_this_machine_gets_nothing(served: Served) -> None:
    """They can connect, and know the port; they have neither the link nor the cookie."""
    for path in ("/", "/enter", "/enter?token=", "/enter?token=guess", "/download/x", "/static/js/textual.js"):
        assert await served.status(served.base + path) == 403, path
    for path in ("", "ws", "download/x", "static/js/textual.js"):
        assert await served.status(served.home + path) == 403, "not even with the place's name"
    own = f"http://127.0.0.1:{served.door.where.port}"
    assert await served.socket_status(Origin=own) == 403
    assert not served.used, "the link still works"


async def test_a_link_is_exchanged_for_a_cookie_once(served: Served) -> None:
    link = served.door.link
    async with served.http.get(link, allow_redirects=False) as answer:
        assert answer.status == 303
        cookie = answer.headers["Set-Cookie"]
    for wanted in ("HttpOnly", "SameSite=Strict", f"Path=/{served.door.place}/"):
        assert wanted in cookie
    assert "Domain" not in cookie
    assert await served.status(served.home) == 200
    async with aiohttp.ClientSession() as another, another.get(link) as answer:
        assert answer.status == 403
    assert len(served.used) == 1
    assert served.door.link != link


async def test_a_name_that_was_pointed_here_is_refused_even_with_the_cookie(served: Served) -> None:
    await served.enter()
    evil = f"evil.example:{served.door.where.port}"
    assert await served.status(served.home, Host=evil) == 421
    assert await served.status(served.door.link, Host=evil) == 421
    assert await served.socket_status(Host=evil, Origin=f"http://{evil}") == 421
    assert await served.status(served.home) == 200


@pytest.mark.parametrize("origin", ["https://evil.example", "null", "http://127.0.0.1:1", ""])
async def test_a_foreign_page_cannot_open_the_dashboard_even_with_the_cookie(served: Served, origin: str) -> None:
    """A browser sends the cookie along in the worst case; it never lies about the Origin."""
    await served.enter()
    headers = {"Origin": origin} if origin else {}
    assert await served.socket_status(**headers) == 403
    assert await served.status(served.home, Origin="https://evil.example") == 403


async def test_what_is_served_may_not_be_framed_kept_or_told(served: Served) -> None:
    await served.enter()
    async with served.http.get(served.home) as answer:
        headers = answer.headers
        text = await answer.text()
    assert "frame-ancestors 'none'" in headers["Content-Security-Policy"]
    assert headers["X-Frame-Options"] == "DENY"
    assert headers["Referrer-Policy"] == "no-referrer"
    assert headers["Cache-Control"] == "no-store"
    for file in ("static/js/textual.js", "static/css/xterm.css", "static/fonts/RobotoMono-VariableFont_wght.ttf"):
        assert file in text
        assert await served.status(served.home + file) == 200


async def test_files_beside_the_served_ones_are_not_served(served: Served) -> None:
    await served.enter()
    for path in ("static/../server.py", "static/%2e%2e/server.py", "static/..%2fserver.py", "static/"):
        assert await served.status(served.home + path) in (403, 404), path


async def test_elsewhere_the_password_is_asked_for_and_three_wrong_ones_spend_the_link() -> None:
    async with serve(Where("0.0.0.0", 0), PASSWORD) as served:
        link = served.door.link
        own = {"Origin": served.base}
        async with served.http.get(link) as answer:
            assert answer.status == 200
            assert "Password" in await answer.text()
        form = {"token": link.partition("token=")[2], "password": "wrong"}
        assert (await served.http.post(f"{served.base}/enter", data=form)).status == 403, "no Origin"
        assert (await served.http.post(f"{served.base}/enter", data=form, headers=own)).status == 403
        form["password"] = PASSWORD
        async with served.http.post(f"{served.base}/enter", data=form, headers=own) as answer:
            assert answer.status == 200
            assert 'id="terminal"' in await answer.text()


async def test_a_window_shows_the_dashboard_and_ends_with_it() -> None:
    async with serve(Where("127.0.0.1", 0), command=own_command(["--demo"])) as served:
        await served.enter()
        async with served.http.ws_connect(
            f"{served.home}ws?width=100&height=30", headers={"Origin": served.base}
        ) as ws:
            seen = b""
            while b"HEALTHY" not in seen:
                seen += await ws.receive_bytes(timeout=60)
            await ws.send_str("not json")
            await ws.send_str(json.dumps(["resize", {"width": -5, "height": 10**9}]))
            await ws.send_str(json.dumps({"what": 1}))
            await ws.send_str(json.dumps(["ping", 7]))
            await ws.send_str(json.dumps(["stdin", "q"]))
            kinds = set()
            async with asyncio.timeout(60):
                async for message in ws:
                    kinds.add(message.data if message.type is aiohttp.WSMsgType.TEXT else message.type)
        assert '["pong", 7]' in kinds
        assert ws.closed


async def test_a_dashboard_that_does_not_end_is_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("dfs_tui.web.server.LEAVE_S", 0.05)
    async with serve(Where("127.0.0.1", 0), command=["sleep", "600"]) as served:
        await served.enter()
        socket = await served.http.ws_connect(f"{served.home}ws", headers={"Origin": served.base})
        await socket.close()
    # `listening` waits for what it served: had the process lived on, this test would have hung.


async def test_only_so_many_windows_are_opened() -> None:
    async with serve(Where("127.0.0.1", 0), command=["head", "-c", "1"]) as served:
        await served.enter()
        own = {"Origin": served.base}
        sockets = [await served.http.ws_connect(f"{served.home}ws", headers=own) for _ in range(BROWSERS_MAX)]
        assert await served.socket_status(**own) == 429
        for socket in sockets:
            await socket.close()


async def test_a_port_that_is_taken_is_an_error_and_not_a_silence(served: Served) -> None:
    with pytest.raises(OSError, match="in use"):
        async with listening(aiohttp.web.Application(), "127.0.0.1", served.door.where.port):
            pass
