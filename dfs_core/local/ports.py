"""Which ports the nodes of a cluster on this machine listen on.

3000, 7000 and 5000 for the first three, as the project's story has them; the next ones, and those whose port somebody
else has taken, get the next free one.
"""

from __future__ import annotations

import socket
from collections.abc import Collection

from dfs_core.errors import ConfigError

HOST = "127.0.0.1"
FIRST_PORTS = (3000, 7000, 5000)
PORT_MIN, PORT_MAX = 1024, 65535  # below, a node would need to be started by the system's administrator


def wished_port(index: int, base_port: int | None) -> int:
    """The port that node number `index` (from 0) should have: from `base_port` on, or as the story goes."""
    if base_port is not None:
        return base_port + index
    return FIRST_PORTS[index] if index < len(FIRST_PORTS) else FIRST_PORTS[-1] + index - len(FIRST_PORTS) + 1


def is_free(port: int) -> bool:
    """Whether a listener could be opened on `port` now."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        # As a node's own listener does: a port whose old connections are still fading away is free.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
            probe.listen(1)
        except OSError:
            return False
    return True


def choose_port(wished: int, taken: Collection[int]) -> int:
    """`wished`, or the next port that is neither `taken` by another node of the cluster nor in use.

    ConfigError when there is none up to the highest.
    """
    for port in range(wished, PORT_MAX + 1):
        if port not in taken and is_free(port):
            return port
    raise ConfigError(f"no free port from {wished} on; choose others with --base-port")
