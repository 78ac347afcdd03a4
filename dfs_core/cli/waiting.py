"""A word about what is waited for, when the cluster takes longer to decide than people take for granted.

Without a majority a decision is tried for some seconds before it fails. Only on a terminal: a script waits as well
without being told, and what it keeps of standard error is the one line with which the verb ends.
"""

from __future__ import annotations

import asyncio
import sys
import weakref
from collections.abc import Coroutine
from typing import Any, TypeVar

from dfs_core.cli.terminal import say, short_id
from dfs_core.client import Client, DfsError, NodeStatus

Result = TypeVar("Result")

SAID_AFTER_S = 1.0
_told: weakref.WeakSet[Client] = weakref.WeakSet()  # whose user knows already: a verb may ask for several things


async def decided(client: Client, work: Coroutine[Any, Any, Result]) -> Result:
    """As `await work`, which asks the cluster for something; after a second, say once who is waited for."""
    task = asyncio.ensure_future(work)
    try:
        if sys.stderr.isatty() and client not in _told:
            await asyncio.wait({task}, timeout=SAID_AFTER_S)
            if not task.done() and (waits := await _who_is_missing(client)) and not task.done():
                if client not in _told:  # by now: many may wait at once
                    say(waits)
                _told.add(client)
        return await task
    finally:
        task.cancel()


async def _who_is_missing(client: Client) -> str:
    try:
        async with asyncio.timeout(SAID_AFTER_S + 1.0):
            return waited_for(await client.status())
    except (DfsError, TimeoutError):
        return "waiting for the node to answer"


def waited_for(status: NodeStatus) -> str:
    """What a decision waits for, as far as the node can tell."""
    up = {peer.node for peer in status.peers if peer.liveness in ("self", "up")}
    missing = [voter for voter in status.voters if voter not in up]
    if not missing or 2 * len(missing) < len(status.voters):
        return "waiting for the nodes to decide" if status.leader else "waiting for the nodes to elect a leader"
    names = f"{', '.join(map(short_id, missing))} {'is' if len(missing) == 1 else 'are'} not up"
    return f"waiting for a majority of the {len(status.voters)} voters: {names}"
