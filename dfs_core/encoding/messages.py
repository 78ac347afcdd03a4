"""Every message that may travel on a link, under its tag: nodes' own, the log's and a client's.

The set is made from the tuples beside the classes, so that a message that is declared there is known here, in both
codecs, in the tests that go through all of them and in `docs/protocol.md`, which is checked.
"""

from __future__ import annotations

from typing import get_args

import msgspec

from dfs_core.encoding.collect_messages import COLLECT_MESSAGES
from dfs_core.encoding.control_messages import CONTROL_MESSAGES
from dfs_core.encoding.health_messages import HEALTH_MESSAGES
from dfs_core.encoding.history_messages import HISTORY_MESSAGES
from dfs_core.encoding.inventory_messages import INVENTORY_MESSAGES
from dfs_core.encoding.layout_messages import LAYOUT_MESSAGES
from dfs_core.encoding.link_messages import LINK_MESSAGES
from dfs_core.encoding.message import Done, Failed
from dfs_core.encoding.peer_messages import PEER_MESSAGES
from dfs_core.encoding.recovery_messages import RECOVERY_MESSAGES
from dfs_core.encoding.repair_messages import REPAIR_MESSAGES
from dfs_core.encoding.settings_messages import SETTINGS_MESSAGES
from dfs_core.encoding.snapshot_messages import SNAPSHOT_MESSAGES
from dfs_core.encoding.status_messages import STATUS_MESSAGES
from dfs_core.encoding.upkeep_messages import UPKEEP_MESSAGES
from dfs_core.encoding.worker_messages import WORKER_MESSAGES
from dfs_core.model.raft_messages import RaftMessage

RAFT_MESSAGES: tuple[type[msgspec.Struct], ...] = get_args(RaftMessage)

ALL_MESSAGES: tuple[type[msgspec.Struct], ...] = tuple(
    dict.fromkeys(
        (
            Done,
            Failed,
            *PEER_MESSAGES,
            *INVENTORY_MESSAGES,
            *REPAIR_MESSAGES,
            *CONTROL_MESSAGES,
            *STATUS_MESSAGES,
            *HEALTH_MESSAGES,
            *HISTORY_MESSAGES,
            *SETTINGS_MESSAGES,
            *COLLECT_MESSAGES,
            *LAYOUT_MESSAGES,
            *WORKER_MESSAGES,
            *LINK_MESSAGES,
            *UPKEEP_MESSAGES,
            *RECOVERY_MESSAGES,
            *SNAPSHOT_MESSAGES,
            *RAFT_MESSAGES,
        )
    )
)
"""Each message once. Order is that of the documentation and means nothing."""


def tag_of(message: type[msgspec.Struct]) -> str:
    """The wire name of a message class. TypeError when it has no explicit tag, and so is no message."""
    tag = message.__struct_config__.tag
    if not isinstance(tag, str):
        raise TypeError(f"{message.__name__} has no tag")
    return tag


BY_TAG: dict[str, type[msgspec.Struct]] = {tag_of(message): message for message in ALL_MESSAGES}

assert len(BY_TAG) == len(ALL_MESSAGES), "two messages share a tag"
