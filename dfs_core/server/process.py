"""One node as a process: the loop, signals, logging, and the line that says it is ready."""

from __future__ import annotations

import asyncio
import json
import logging
import signal
import sys

from dfs_core.errors import DfsError, Expelled
from dfs_core.server.config import NodeConfig
from dfs_core.server.node import Node

_log = logging.getLogger(__name__)
KEPT = "The node ends here and must not be started again; what is on its disk stays as it is"
LOG_FORMAT = "%(asctime)s %(levelname)s %(message)s"


def run_node(config: NodeConfig) -> int:
    """Run one node until SIGTERM or SIGINT; 0 when it stopped as asked. Expelled: the cluster refuses it for good.

    Prints one JSON line on stdout once it is ready; everything else goes to stderr. DfsError when it could not start,
    or when a part of it failed.
    """
    logging.basicConfig(level=logging.INFO, format=LOG_FORMAT, stream=sys.stderr)
    try:
        import uvloop
    except ImportError:
        return asyncio.run(_run(config))
    return uvloop.run(_run(config))


async def _run(config: NodeConfig) -> int:
    node = Node(config)
    asked = asyncio.Event()
    loop = asyncio.get_running_loop()
    for name in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(name, asked.set)
    await node.start()
    try:
        print(json.dumps(node.ready_line), flush=True)
        if config.metrics:
            await _measured(node, config.metrics, asked)
        else:
            await _until(node, asked)
    finally:
        await node.stop()
    return 0


async def _measured(node: Node, place: str, asked: asyncio.Event) -> None:
    """As `_until`, with the figures of the node for whoever scrapes them."""
    from dfs_core.server.metrics import MetricsServer  # only now: most nodes need no Prometheus

    async with MetricsServer(node.status, node.healing.crew.listing).listening(place) as bound:
        _log.info("metrics are at http://%s/metrics", bound)
        await _until(node, asked)


async def _until(node: Node, asked: asyncio.Event) -> None:
    """Return when asked to stop; raise what made the node fail."""
    working = asyncio.create_task(node.run(), name="node")
    waiting = asyncio.create_task(asked.wait(), name="signals")
    expelled = asyncio.create_task(node.expelled(), name="expelled")
    try:
        await asyncio.wait({working, waiting, expelled}, return_when=asyncio.FIRST_COMPLETED)
        if working.done():
            try:
                working.result()
            except* DfsError as group:
                error = next(iter(_leaves(group)))
                _log.error("the node stops: %s", error)
                raise error from group
        if expelled.done() and not asked.is_set():
            raise Expelled(f"the cluster refuses this node for good: {expelled.result()}. {KEPT}")
    finally:
        for task in (working, waiting, expelled):
            task.cancel()
        await asyncio.gather(working, waiting, expelled, return_exceptions=True)


def _leaves(group: BaseExceptionGroup[DfsError]) -> list[DfsError]:
    found: list[DfsError] = []
    for error in group.exceptions:
        found.extend(_leaves(error) if isinstance(error, BaseExceptionGroup) else [error])
    return found
