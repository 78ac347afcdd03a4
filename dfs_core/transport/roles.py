"""Who may send what: roles × messages, default deny. docs/protocol.md shows the table; a test goes through its cells.

The role is that of the other side of a link: what the member list says of its certificate, `local` for a program of
the same user on the control socket, `joiner` for somebody without a certificate, `recovery` for the owner of the
recovery sheet. Replies need no right of their own:
they only ever answer what this side asked.
"""

from __future__ import annotations

import msgspec

from dfs_core.encoding.collect_messages import AskVerdicts, CollectNow
from dfs_core.encoding.control_messages import (
    CancelTransfer,
    ConfirmRecovery,
    CopyKey,
    GetStatus,
    Invite,
    ListKeys,
    ListPeers,
    RemoveKeys,
    RemoveMember,
    RetrieveFile,
    SettleStore,
    StatKey,
    StoreFile,
    Watch,
)
from dfs_core.encoding.health_messages import AskItems, GetHealth, ListItems, ShareHealth
from dfs_core.encoding.history_messages import FindKeys, GetHistory
from dfs_core.encoding.inventory_messages import AskBucket, AskInventory, OweChunks, ReleaseChunks
from dfs_core.encoding.layout_messages import ChangeLayout, GetLayout, PreviewLayout
from dfs_core.encoding.link_messages import AllowPeer, BanPeer, DisconnectPeer
from dfs_core.encoding.messages import RAFT_MESSAGES
from dfs_core.encoding.peer_messages import (
    AskChunks,
    AskMembers,
    CheckChunk,
    FetchChunk,
    Propose,
    ReadIndex,
    Redeem,
    ReportNode,
    ShareAddresses,
    StoreChunk,
)
from dfs_core.encoding.recovery_messages import (
    AskRecovery,
    AskSecret,
    GetSecretEpochs,
    GetSnapshots,
    HoldSecret,
    Introduce,
    LiftForcedHold,
    RotateSecret,
    ShareRecovery,
    TakeSnapshot,
)
from dfs_core.encoding.repair_messages import ConfirmChunks, HurryRepair
from dfs_core.encoding.settings_messages import ChangeSetting, GetSettings
from dfs_core.encoding.snapshot_messages import FetchSnapshot
from dfs_core.encoding.upkeep_messages import GetScrub, StartRepair, StartScrub, VerifyKey
from dfs_core.encoding.worker_messages import GetWorkers, SetWorker

_CHUNKS: frozenset[type[msgspec.Struct]] = frozenset(
    {StoreChunk, FetchChunk, AskChunks, CheckChunk, ConfirmChunks, HurryRepair}
)
_MEMBERS: frozenset[type[msgspec.Struct]] = frozenset({AskMembers, ShareAddresses, ReportNode})
_AUDIT: frozenset[type[msgspec.Struct]] = frozenset(
    {AskInventory, AskBucket, OweChunks, ReleaseChunks, ShareHealth, AskItems}
)
_VERDICTS: frozenset[type[msgspec.Struct]] = frozenset({AskVerdicts})
_LOG: frozenset[type[msgspec.Struct]] = frozenset({Propose, ReadIndex, FetchSnapshot, *RAFT_MESSAGES})
_SECRETS: frozenset[type[msgspec.Struct]] = frozenset({HoldSecret, AskSecret, ShareRecovery})
_CONTROL: frozenset[type[msgspec.Struct]] = frozenset(
    {
        GetStatus,
        ListPeers,
        Watch,
        ListKeys,
        FindKeys,
        GetHistory,
        StatKey,
        RetrieveFile,
        StoreFile,
        SettleStore,
        RemoveKeys,
        CopyKey,
        CancelTransfer,
        Invite,
        RemoveMember,
        ConfirmRecovery,
        GetSettings,
        ChangeSetting,
        GetLayout,
        PreviewLayout,
        ChangeLayout,
        GetHealth,
        ListItems,
        CollectNow,
        GetWorkers,
        SetWorker,
        DisconnectPeer,
        BanPeer,
        AllowPeer,
        GetScrub,
        StartScrub,
        StartRepair,
        VerifyKey,
        GetSecretEpochs,
        RotateSecret,
        GetSnapshots,
        LiftForcedHold,
        TakeSnapshot,
    }
)
RECOVERY = "recovery"  # who proves the recovery authority's key: the owner of the recovery sheet

MAY_SEND: dict[str, frozenset[type[msgspec.Struct]]] = {
    "full": _CHUNKS | _MEMBERS | _AUDIT | _VERDICTS | _LOG | _SECRETS,
    "vault": _CHUNKS | _MEMBERS | _VERDICTS,
    "operator": _CONTROL | {AskMembers},  # whose keys it may trust from now on
    "local": _CONTROL,
    "joiner": frozenset({Redeem}),
    RECOVERY: frozenset({AskMembers, AskRecovery, AskChunks, FetchChunk, Introduce, Invite}),
}
"""Requests and one-way messages of each role. What is not here is refused; so is every other role."""


def may_send(role: str, message_type: type[msgspec.Struct]) -> bool:
    """The table's cell."""
    return message_type in MAY_SEND.get(role, frozenset())


def refusal(role: str, message: msgspec.Struct) -> str:
    """Why this message may not be sent by that role; empty when it may."""
    if not may_send(role, type(message)):
        return f"{type(message).__name__} is not for the role {role!r}"
    if role == "operator" and isinstance(message, Invite) and message.role == "full":
        return "an operator cannot invite a full node: only a full node gives away the cluster's secret"
    return ""
