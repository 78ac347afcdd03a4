"""What a client may ask of a node's background workers, and what they report."""

from __future__ import annotations

from typing import ClassVar

import msgspec

from dfs_core.encoding.message import Message


class WorkerStatus(Message, frozen=True, tag="worker_status"):
    """One background worker of the answering node.

    `waiting` counts what is before it, as far as it knows; rates are over the last seconds. `detail` is for people.
    """

    name: str
    state: str  # busy | resting | idle | paused | stopped
    paused: bool  # as was set; a step under way still ends
    pace: float  # tranquility: rest ÷ work
    waiting: int
    oldest_s: float  # since the oldest thing that waits came; -1 none, or not known
    done: int  # since the node's start
    done_bytes: int
    rate: float  # done a second
    rate_bytes: float
    last_error: str = ""  # the last thing that went as it sometimes goes; empty: nothing yet
    last_error_s: float = -1.0  # since then
    detail: str = ""


class WorkersListed(Message, frozen=True, tag="workers_listed"):
    """All background workers of the answering node, in the order in which it has them."""

    workers: list[WorkerStatus]


class GetWorkers(Message, frozen=True, tag="get_workers"):
    """How are this node's background workers?"""

    reply: ClassVar[type[msgspec.Struct] | None] = WorkersListed


class SetWorker(Message, frozen=True, tag="set_worker"):
    """Pause a worker of this node, let it go on, or set its pace; that holds over restarts.

    `action`: pause, resume or pace; `pace` is the new tranquility where the action is pace.
    """

    name: str
    action: str
    pace: float = 0.0
    reply: ClassVar[type[msgspec.Struct] | None] = WorkerStatus


class WorkerReported(Message, frozen=True, tag="worker_reported"):
    """An event: something about a worker changed. At most one a second and worker."""

    worker: WorkerStatus


WORKER_MESSAGES: tuple[type[Message], ...] = (GetWorkers, WorkersListed, SetWorker, WorkerStatus, WorkerReported)
