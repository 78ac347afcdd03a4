"""`dfs-tui --web`: listen, print the link, print the next one when it was used, until ctrl+c."""

from __future__ import annotations

import asyncio
import contextlib
import getpass
import os
import signal
import socket
import sys
from collections.abc import Mapping, Sequence

from dfs_tui.web.door import PASSWORD_LENGTH_MIN, Door, Where, parse_where
from dfs_tui.web.server import WebServer, listening, own_command

PORT = 7480
PASSWORD = "DFS_WEB_PASSWORD"


def main(where: str, arguments: Sequence[str], title: str) -> int:
    """Serve until interrupted; the exit code."""
    try:
        address = parse_where(where, PORT)
        door = Door(free_port(address), password_for(address, os.environ))
    except (ValueError, OSError) as error:
        print(f"dfs-tui: --web: {error}", file=sys.stderr)
        return 2
    os.environ.pop(PASSWORD, None)  # not for the dashboards that are started
    with contextlib.suppress(KeyboardInterrupt):
        return asyncio.run(serve(door, own_command(arguments), title))
    return 0


def password_for(address: Where, variables: Mapping[str, str]) -> str:
    """None is needed on this machine's own address; elsewhere the variable's, or what is typed now."""
    given = variables.get(PASSWORD, "")
    if given or address.is_loopback:
        return given
    if not sys.stdin.isatty():
        raise ValueError(f"{address.host} can be reached from elsewhere: set {PASSWORD}")
    return getpass.getpass(f"Password for browsers, at least {PASSWORD_LENGTH_MIN} characters: ")


def free_port(address: Where) -> Where:
    """The address, with a free port in place of 0. OSError when it cannot be listened on."""
    family = socket.AF_INET6 if ":" in address.host else socket.AF_INET
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        probe.bind((address.host, address.port))
        return Where(address.host, probe.getsockname()[1])


async def serve(door: Door, command: Sequence[str], title: str) -> int:
    """Listen on the door's address until cancelled or told to stop."""

    def say() -> None:
        print(f"\nOpen this link in a browser; it works once:\n\n  {door.link}\n", flush=True)

    def admitted() -> None:
        door.new_token()
        say()

    over = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, over.set)
    server = WebServer(door, command, title, admitted)
    async with listening(server.application(), door.where.host, door.where.port):
        if not door.where.is_loopback:
            print("What goes over the network is not encrypted: put a TLS proxy or an SSH tunnel in between.")
        if door.where.is_everywhere:
            print("From another machine, put this one's address for 127.0.0.1 in the link.")
        say()
        print("ctrl+c ends it. The nodes go on.", flush=True)
        await over.wait()
    return 0
