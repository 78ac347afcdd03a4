"""What a client may ask of a node to have chunks looked after by hand: scrub, repair, verify."""

from __future__ import annotations

from typing import ClassVar

import msgspec

from dfs_core.encoding.message import Message
from dfs_core.encoding.worker_messages import WorkerStatus

# -- scrub


class ScrubStatus(Message, frozen=True, tag="scrub_status"):
    """The answering node's tour through its chunks, and what came of the one before.

    `elapsed_s` counts while the node is up, of the `period_s` that a tour may take; `late`: it takes far longer.
    `hurried`: it goes as fast as it can, because somebody asked for that.
    """

    checked: int
    total: int
    damaged: int  # in this tour
    missing: int  # files that were gone, as counted at the end of the last tour
    elapsed_s: float
    period_s: float
    late: bool
    hurried: bool
    tours: int  # that have ended, ever
    last_checked: int = 0  # in the tour before
    last_damaged: int = 0
    catalog: str = ""  # what is wrong with the catalog, as found at the end of the last tour; empty: nothing


class GetScrub(Message, frozen=True, tag="get_scrub"):
    """How far is this node with checking its chunks?"""

    reply: ClassVar[type[msgspec.Struct] | None] = ScrubStatus


class StartScrub(Message, frozen=True, tag="start_scrub"):
    """Check all chunks of this node now, one after the other and as fast as its pace allows."""

    reply: ClassVar[type[msgspec.Struct] | None] = ScrubStatus


# -- repair


class RepairStarted(Message, frozen=True, tag="repair_started"):
    """`hurried`: ids of the nodes that work off all they know of now, hex; `silent`: those that did not answer.

    `workers` are those of the answering node that bring copies where they belong.
    """

    hurried: list[str]
    silent: list[str]
    workers: list[WorkerStatus]


class StartRepair(Message, frozen=True, tag="start_repair"):
    """Have every node work off at once what waits for its turn, and the leader compare everything with the catalog."""

    reply: ClassVar[type[msgspec.Struct] | None] = RepairStarted


# -- verify


class KeyVerified(Message, frozen=True, tag="key_verified"):
    """Every copy of every chunk of this version was re-read by its holder. What is bad or missing is being replaced.

    `good`, `damaged`, `missing` count copies; a missing one is one that its placed holder has not. `unreachable` counts
    those on placed holders that did not answer; `lost`, chunks without a single good copy among those that did.
    """

    key: str
    version: int
    chunks: int
    good: int
    damaged: int
    missing: int
    unreachable: int
    lost: int


class VerifyProgressed(Message, frozen=True, tag="verify_progressed"):
    """Interim answer to VerifyKey: so many of the version's chunks are done."""

    done: int
    total: int


class VerifyKey(Message, frozen=True, tag="verify_key"):
    """Have every copy of each chunk of this version re-read and hashed by its holders. `version` 0: the current one."""

    key: str
    version: int = 0
    reply: ClassVar[type[msgspec.Struct] | None] = KeyVerified


UPKEEP_MESSAGES: tuple[type[Message], ...] = (
    GetScrub,
    StartScrub,
    ScrubStatus,
    StartRepair,
    RepairStarted,
    VerifyKey,
    VerifyProgressed,
    KeyVerified,
)
