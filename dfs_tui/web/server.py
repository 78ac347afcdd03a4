"""The dashboard served to browsers: each window gets a process of its own, driven through textual-serve.

Every request passes `_guard` first; only `/enter` is open to who has no cookie, and it wants the token. What is below
the door's place needs the cookie, and the WebSocket an Origin as well. A refusal says nothing about what is right.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import secrets
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from importlib.resources import files
from pathlib import Path
from shlex import join
from urllib.parse import quote

from aiohttp import WSMsgType, web
from textual_serve.app_service import AppService
from textual_serve.download_manager import DownloadManager

from dfs_tui.web import page
from dfs_tui.web.door import COOKIE, Door, Entry

BROWSERS_MAX = 8  # windows at once; each is a process
FORM_BYTES_MAX = 4096
MESSAGE_BYTES_MAX = 1 << 20  # what a window may send at once: a large paste
LEAVE_S = 10.0  # for a dashboard whose window was closed
SIDE_MAX = 1000  # cells

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class WebServer:
    """Serves the command `arguments` (the dashboard's own) behind `door`. `admitted` is called when a link was used."""

    def __init__(self, door: Door, arguments: Sequence[str], title: str, admitted: Callable[[], None]) -> None:
        self._door = door
        self._command = "exec " + join(arguments)  # textual-serve asks a shell; the dashboard takes its place
        self._title = title
        self._admitted = admitted
        self._downloads = DownloadManager()
        self._windows = 0

    def application(self) -> web.Application:
        """All routes, guarded."""
        app = web.Application(middlewares=[self._guard], client_max_size=FORM_BYTES_MAX)
        place = f"/{self._door.place}"
        app.add_routes(
            [
                web.get("/enter", self._enter),
                web.post("/enter", self._enter),
                web.get(f"{place}/", self._index),
                web.get(f"{place}/ws", self._websocket),
                web.get(f"{place}/download/{{key}}", self._download),
                web.static(f"{place}/static", Path(str(files("textual_serve"))) / "static"),
            ]
        )
        return app

    # -- the door

    @web.middleware
    async def _guard(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        door = self._door
        if not door.is_addressed(request.headers.get("Host")):
            raise web.HTTPMisdirectedRequest(text="This server is not called that.\n")
        acts = request.method != "GET" or request.headers.get("Upgrade", "").lower() == "websocket"
        origin = request.headers.get("Origin")
        if (acts or origin) and not door.is_own_page(origin, request.headers.get("Host")):
            raise web.HTTPForbidden(text="Only this server's own page may ask for that.\n")
        if request.path != "/enter" and not door.knows(request.cookies.get(COOKIE)):
            raise web.HTTPForbidden(text="Open the link that dfs-tui printed. It works once.\n")
        response = await handler(request)
        if not response.prepared:
            for name, value in page.HEADERS.items():
                response.headers.setdefault(name, value)
        return response

    async def _enter(self, request: web.Request) -> web.StreamResponse:
        if request.method == "POST":
            form = await request.post()
            token, password = str(form.get("token", "")), str(form.get("password", ""))
        else:
            token, password = request.query.get("token", ""), None
        match self._door.enter(token, password):
            case Entry.ADMITTED:
                response = web.Response(status=303, headers={"Location": f"/{self._door.place}/"})
                response.set_cookie(
                    COOKIE, self._door.new_cookie(), path=f"/{self._door.place}/", httponly=True, samesite="Strict"
                )
                self._admitted()
                return response
            case Entry.PASSWORD_WANTED:
                return _html(page.password_page(token, ""))
            case Entry.PASSWORD_WRONG:
                return _html(page.password_page(token, "That was not it."), status=403)
        raise web.HTTPForbidden(text="This link is not valid, or was used already. dfs-tui has printed a new one.\n")

    # -- behind it

    async def _index(self, request: web.Request) -> web.StreamResponse:
        nonce = secrets.token_urlsafe(12)
        return _html(page.terminal_page(self._title, nonce), nonce=nonce)

    async def _websocket(self, request: web.Request) -> web.StreamResponse:
        if self._windows >= BROWSERS_MAX:
            raise web.HTTPTooManyRequests(text=f"{BROWSERS_MAX} windows are open already.\n")
        socket = web.WebSocketResponse(heartbeat=15, max_msg_size=MESSAGE_BYTES_MAX)
        await socket.prepare(request)
        self._windows += 1
        try:
            async with self._dashboard(socket, _side(request, "width", 80), _side(request, "height", 24)) as service:
                async for message in socket:
                    if message.type is WSMsgType.TEXT:
                        await _pass_on(message.data, socket, service)
        finally:
            self._windows -= 1
        return socket

    @contextlib.asynccontextmanager
    async def _dashboard(self, socket: web.WebSocketResponse, width: int, height: int) -> AsyncIterator[AppService]:
        """A dashboard for one window; it has ended afterwards, by itself or not."""
        service = AppService(
            self._command,
            write_bytes=socket.send_bytes,
            write_str=socket.send_str,
            close=socket.close,  # type: ignore[arg-type]
            download_manager=self._downloads,
        )
        await service.start(width, height)
        try:
            yield service
        finally:
            try:
                async with asyncio.timeout(LEAVE_S):
                    await service.stop()
            except (TimeoutError, ConnectionError):
                if service._process is not None and service._process.returncode is None:
                    service._process.kill()
                    await service._process.wait()
            finally:
                if service._process is not None and service._process.stdin is not None:
                    service._process.stdin.close()  # else its pipe outlives the window, and perhaps the loop
                    with contextlib.suppress(ConnectionError):
                        await service._process.stdin.wait_closed()

    async def _download(self, request: web.Request) -> web.StreamResponse:
        key = request.match_info["key"]
        try:
            meta = await self._downloads.get_download_metadata(key)
        except KeyError:
            raise web.HTTPNotFound(text="There is no such download.\n") from None
        name = quote(meta.file_name, safe="")
        response = web.StreamResponse(headers={**page.HEADERS, "Content-Type": "application/octet-stream"})
        response.headers["Content-Disposition"] = f"attachment; filename*=UTF-8''{name}"
        await response.prepare(request)
        async for chunk in self._downloads.download(key):
            await response.write(chunk)
        await response.write_eof()
        return response


async def _pass_on(text: str, socket: web.WebSocketResponse, service: AppService) -> None:
    """One message of the page. What is not understood is dropped: a browser's page can be edited by who looks at it."""
    try:
        match json.loads(text):
            case ["stdin", str(data)]:
                await service.send_bytes(data.encode("utf-8", "replace"))
            case ["resize", {"width": int(width), "height": int(height)}]:
                await service.set_terminal_size(_bounded(width), _bounded(height))
            case ["ping", data]:
                await socket.send_json(["pong", data])
            case ["blur", *_]:
                await service.blur()
            case ["focus", *_]:
                await service.focus()
    except ValueError:
        return


def _bounded(side: int) -> int:
    return min(max(side, 1), SIDE_MAX)


def _side(request: web.Request, name: str, otherwise: int) -> int:
    said = request.query.get(name, "")
    return _bounded(int(said)) if said.isdecimal() else otherwise


def _html(text: str, *, status: int = 200, nonce: str = "") -> web.Response:
    response = web.Response(text=text, content_type="text/html", status=status)
    response.headers["Content-Security-Policy"] = page.policy(nonce or "none")
    return response


@contextlib.asynccontextmanager
async def listening(application: web.Application, host: str, port: int) -> AsyncIterator[int]:
    """Listen, and say on which port. OSError when the address cannot be had."""
    runner = web.AppRunner(application, access_log=None)
    await runner.setup()
    try:
        site = web.TCPSite(runner, host, port)
        await site.start()
        yield runner.addresses[0][1]
    finally:
        await runner.cleanup()


def own_command(arguments: Sequence[str]) -> list[str]:
    """The dashboard itself, as a browser's window runs it."""
    return [sys.executable, "-m", "dfs_tui", *arguments]
