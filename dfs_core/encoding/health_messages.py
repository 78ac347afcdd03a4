"""How the cluster's chunks are: counted by the leader, told to every node, shown by each alike.

The leader compares what each node holds with what the catalog wants (`replication/audit.py`) and sends what came of it
to everybody in `ShareHealth`. A node shows the report of the highest (term, number) that it has heard.
"""

from __future__ import annotations

from typing import ClassVar

import msgspec

from dfs_core.encoding.message import Message

# -- values


class Repair(msgspec.Struct, frozen=True):
    """Copies that are being brought to where they belong. All zero when nothing is."""

    total: int = 0  # copies that were or are missing since there was last nothing to do
    left: int = 0  # of these, still missing
    left_bytes: int = 0
    rate: float = 0.0  # bytes a second over the last seconds
    eta_s: float = -1.0  # at this rate; -1 unknown


class HealthReport(msgspec.Struct, frozen=True):
    """What the leader of `term` found, its report `number`.

    A copy counts where its node can be reached and is not out.
    """

    state: str = ""  # HEALTHY | DEGRADED | AT RISK | LOST; empty: no leader has reported yet
    reasons: list[str] = []
    term: int = 0
    number: int = 0
    chunks: int = 0  # that something refers to, as far as they were looked at
    bytes: int = 0
    copies_found: list[int] = []  # chunks by their number of copies: how many have none, one, two, …
    under_chunks: int = 0  # with fewer copies than wanted, those without any among them
    under_bytes: int = 0
    absent_chunks: int = 0  # without a copy that can be reached, but a node that is away may have one
    lost_chunks: int = 0  # without a copy, and no node is away that could have one
    surplus_copies: int = 0  # of chunks that belong elsewhere
    unknown_chunks: int = 0  # held, and nothing refers to them
    unknown_bytes: int = 0
    uncounted_buckets: int = 0  # of 4,096, not looked at yet since this leader leads
    repair: Repair = Repair()


class HealthItem(msgspec.Struct, frozen=True):
    """A version with chunks that have too few copies: `short` of its `chunks`, the worst of them with `copies`."""

    key: str
    version: int
    size: int
    chunks: int
    short: int
    copies: int


# -- between nodes


class ShareHealth(Message, frozen=True, tag="share_health"):
    """One-way, from the leader: how the cluster is."""

    report: HealthReport


class ItemsListed(Message, frozen=True, tag="items_listed"):
    """`items` by key and version; `key` and `version` are where to go on, an empty key is the end.

    A page may be empty and not the last: an answer looks through a bounded number of versions.
    """

    items: list[HealthItem]
    key: str
    version: int
    wanted: int  # copies


class AskItems(Message, frozen=True, tag="ask_items"):
    """Which versions have chunks with too few copies, behind this key and version? Answered by the leader.

    With `only_on`, a node's id: those with chunks of which no other node that can be reached has a copy.
    """

    key: str = ""
    version: int = 0
    limit: int = 1000
    only_on: str = ""
    reply: ClassVar[type[msgspec.Struct] | None] = ItemsListed


# -- for clients


class HealthFound(Message, frozen=True, tag="health_found"):
    """The newest report this node has heard, `age_s` ago; -1: none.

    `state` and `reasons` are what the node makes of it now.
    """

    report: HealthReport
    state: str
    reasons: list[str]
    age_s: float


class GetHealth(Message, frozen=True, tag="get_health"):
    """How are the cluster's chunks?"""

    reply: ClassVar[type[msgspec.Struct] | None] = HealthFound


class ListItems(Message, frozen=True, tag="list_items"):
    """As AskItems, from a client of any full node."""

    key: str = ""
    version: int = 0
    limit: int = 1000
    reply: ClassVar[type[msgspec.Struct] | None] = ItemsListed


class HealthChanged(Message, frozen=True, tag="health_changed"):
    """An event: the cluster's state is another than before."""

    before: str
    state: str
    reasons: list[str]


HEALTH_MESSAGES: tuple[type[Message], ...] = (
    ShareHealth,
    AskItems,
    ItemsListed,
    GetHealth,
    HealthFound,
    ListItems,
    HealthChanged,
)
