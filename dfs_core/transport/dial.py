"""Opening a socket to somebody: what can go wrong there becomes one of our errors here."""

from __future__ import annotations

import asyncio
import os
import ssl
from pathlib import Path

from dfs_core.errors import NodeNotRunning, NotAllowed, PeerUnreachable
from dfs_core.transport.wire import Wire, tls_reason

TLS_SHUTDOWN_S = 2.0  # for the other side to answer the end of TLS; our goodbye came before it


async def open_local(path: Path | str, *, timeout_s: float) -> tuple[asyncio.Transport, Wire]:
    """A connection to a Unix socket. NodeNotRunning when nothing answers there, NotAllowed: it is another user's."""
    wire = Wire()
    try:
        async with asyncio.timeout(timeout_s):
            transport, _ = await asyncio.get_running_loop().create_unix_connection(lambda: wire, str(path))
    except PermissionError as error:
        raise NotAllowed(f"{path} is another user's: this one may not talk to the node behind it") from error
    except (OSError, TimeoutError) as error:
        raise NodeNotRunning(str(path)) from error
    return transport, wire


async def open_tls(
    host: str, port: int, *, context: ssl.SSLContext, name: str, timeout_s: float
) -> tuple[asyncio.Transport, Wire]:
    """A TCP connection after its TLS handshake, over which nothing was said yet.

    PeerUnreachable, naming `name`: no connection, no handshake, or a certificate that `context` does not accept.
    """
    wire = Wire()
    try:
        async with asyncio.timeout(timeout_s):
            transport, _ = await asyncio.get_running_loop().create_connection(
                lambda: wire,
                host,
                port,
                ssl=context,
                server_hostname="",  # no name is sent and none is checked: the key is
                ssl_handshake_timeout=timeout_s,
                ssl_shutdown_timeout=TLS_SHUTDOWN_S,
            )
    except ssl.SSLError as error:
        raise PeerUnreachable(name, tls_reason(error)) from error
    except TimeoutError as error:
        raise PeerUnreachable(name, f"no connection within {timeout_s:g} s") from error
    except OSError as error:
        # asyncio's own text names the address once more, as a tuple; a name that cannot be found has a negative number.
        plain = os.strerror(error.errno) if error.errno is not None and error.errno > 0 else error.strerror
        raise PeerUnreachable(name, plain or str(error)) from error
    return transport, wire
