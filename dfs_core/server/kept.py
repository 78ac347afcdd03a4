"""What others told this node and it remembers over a restart: the member list, and where everybody is."""

from __future__ import annotations

import asyncio
import logging

import msgspec

from dfs_core.encoding.peer_messages import MembersKnown
from dfs_core.errors import DfsError
from dfs_core.limits import COPIES_DEFAULT
from dfs_core.model.ids import NodeId
from dfs_core.server.addresses import AddressBook
from dfs_core.server.names import MEMBERS_NAME
from dfs_core.store.state import NodeState

_log = logging.getLogger(__name__)


def kept_members(state: NodeState) -> MembersKnown:
    """The member list as it was kept last; an empty one at the first start. Blocks."""
    kept = state.get(MEMBERS_NAME)
    if kept is None:
        return MembersKnown(0, COPIES_DEFAULT, [])
    return msgspec.msgpack.decode(kept, type=MembersKnown)


class Kept:
    """Writes to the state in the background; losing a write costs a question, not data."""

    def __init__(self, node: NodeId, state: NodeState, book: AddressBook) -> None:
        self._node, self._state, self._book = node, state, book

    def keep_members(self, known: MembersKnown) -> None:
        """Remember a newer member list."""
        if known.revision:
            value = msgspec.msgpack.encode(known)
            task = asyncio.get_running_loop().run_in_executor(None, self._state.put, MEMBERS_NAME, value)
            task.add_done_callback(_log_failure)

    def hear_address(self, data: bytes) -> None:
        """Take a signed address record into the book, and remember it if it is news of another node."""
        record = self._book.hear(data)
        if record is not None and record.node != self._node:
            asyncio.get_running_loop().run_in_executor(
                None, self._state.keep_address_record, record.node, data, record.sequence
            ).add_done_callback(_log_failure)


def _log_failure(done: asyncio.Future[None]) -> None:
    error = None if done.cancelled() else done.exception()
    if isinstance(error, DfsError):
        _log.warning("could not be kept: %s", error)
    elif error is not None:
        raise error
