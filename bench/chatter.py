"""How much an idle cluster talks: messages and bytes a second and node, for clusters of 3, 10, 30 and 100 nodes.

    python -m bench.chatter [3 10 30 100]

Whole nodes in virtual time (`dfs_core.testing.cluster`), with the time constants of real ones. What is counted is
every message that a connection was given to send, every ping and pong, and all bytes that went out, over a minute of
virtual time after the last node had joined. TLS adds about 22 bytes a record, TCP/IP its headers.
"""

from __future__ import annotations

import logging
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path
from typing import Any

import msgspec

from dfs_core.encoding.frame import Kind
from dfs_core.testing.cluster import SimCluster, run_simulated
from dfs_core.transport import protocol
from dfs_core.transport.pipe import Pipe
from dfs_core.transport.protocol import Connection

COUNTED_S = 60.0
SETTLING_S = 20.0

sent: Counter[str] = Counter()
pings: Counter[str] = Counter()
bytes_out = 0


def count() -> None:
    """From now on every message and every byte is counted."""
    encode, write, encode_frame = Connection._encode, Pipe.write, protocol.encode_frame

    def counting_encode(self: Connection, message: msgspec.Struct) -> bytes:
        sent[type(message).__name__] += 1
        return encode(self, message)

    def counting_write(self: Pipe, data: bytes) -> None:
        global bytes_out
        bytes_out += len(data)
        write(self, data)

    def counting_frame(kind: Kind, *parts: Any, **named: Any) -> Any:
        if kind in (Kind.PING, Kind.PONG):
            pings[kind.name] += 1
        return encode_frame(kind, *parts, **named)

    protocol.encode_frame = counting_frame
    Connection._encode, Pipe.write = counting_encode, counting_write  # type: ignore[method-assign, assignment]


def measure(nodes: int) -> str:
    """One row."""
    with tempfile.TemporaryDirectory(prefix="dfs-chatter-") as folder:

        async def work() -> None:
            global bytes_out
            cluster = SimCluster(1, Path(folder), nodes=nodes)
            await cluster.found()
            end = cluster.loop.time() + SETTLING_S
            await cluster.until(lambda: cluster.loop.time() >= end, "time passes", 2 * SETTLING_S)
            sent.clear()
            pings.clear()
            bytes_out = 0
            end = cluster.loop.time() + COUNTED_S
            await cluster.until(lambda: cluster.loop.time() >= end, "time passes", 2 * COUNTED_S)
            await cluster.close()

        began = time.perf_counter()
        run_simulated(1, work)
        took = time.perf_counter() - began
    per_node, pings_each = (sum(counted.values()) / COUNTED_S / nodes for counted in (sent, pings))
    most = ", ".join(f"{name} {number / COUNTED_S / nodes:.1f}" for name, number in sent.most_common(4))
    kib_each = bytes_out / COUNTED_S / nodes / 1024
    return f"{nodes:>5} {per_node:>18.1f} {pings_each:>14.1f} {kib_each:>16.2f}   {most}   ({took:.0f} s)"


def main() -> None:
    logging.disable()
    count()
    print(f"{'nodes':>5} {'messages/s a node':>18} {'pings, pongs/s':>14} {'KiB/s a node':>16}   most often")
    for nodes in [int(text) for text in sys.argv[1:]] or [3, 10, 30, 100]:
        print(measure(nodes), flush=True)


if __name__ == "__main__":
    main()
