"""Roles × messages: every cell, default deny."""

from __future__ import annotations

import msgspec
import pytest

from dfs_core.encoding.collect_messages import CollectNow, CollectReported
from dfs_core.encoding.control_messages import CONTROL_MESSAGES, Invite
from dfs_core.encoding.health_messages import GetHealth, ListItems
from dfs_core.encoding.history_messages import HISTORY_MESSAGES
from dfs_core.encoding.layout_messages import LAYOUT_MESSAGES
from dfs_core.encoding.link_messages import LINK_MESSAGES
from dfs_core.encoding.message import Message
from dfs_core.encoding.messages import ALL_MESSAGES, BY_TAG, RAFT_MESSAGES, tag_of
from dfs_core.encoding.recovery_messages import (
    GetSecretEpochs,
    GetSnapshots,
    LiftForcedHold,
    RotateSecret,
    TakeSnapshot,
)
from dfs_core.encoding.settings_messages import SETTINGS_MESSAGES
from dfs_core.encoding.status_messages import STATUS_MESSAGES
from dfs_core.encoding.upkeep_messages import UPKEEP_MESSAGES
from dfs_core.encoding.worker_messages import WORKER_MESSAGES
from dfs_core.transport.roles import MAY_SEND, may_send, refusal

CHUNKS_AND_MEMBERS = {
    "store_chunk",
    "fetch_chunk",
    "ask_chunks",
    "check_chunk",
    "confirm_chunks",
    "hurry_repair",
    "ask_members",
    "share_addresses",
    "report_node",
}
LOG = {"propose", "read_index", "fetch_snapshot"}
AUDIT = {"ask_inventory", "ask_bucket", "owe_chunks", "release_chunks", "share_health", "ask_items"}
CONTROL = {
    "get_status",
    "list_peers",
    "watch",
    "list_keys",
    "find_keys",
    "get_history",
    "stat_key",
    "retrieve_file",
    "store_file",
    "settle_store",
    "remove_keys",
    "copy_key",
    "cancel_transfer",
    "invite",
    "remove_member",
    "confirm_recovery",
    "lift_forced_hold",
    "get_settings",
    "change_setting",
    "get_layout",
    "preview_layout",
    "change_layout",
    "get_health",
    "list_items",
    "collect_now",
    "get_workers",
    "set_worker",
    "disconnect_peer",
    "ban_peer",
    "allow_peer",
    "get_scrub",
    "start_scrub",
    "start_repair",
    "verify_key",
    "get_secret_epochs",
    "rotate_secret",
    "get_snapshots",
    "take_snapshot",
}
SECRETS = {"hold_secret", "ask_secret", "share_recovery"}
ASKED_BY_CLIENTS = (
    *CONTROL_MESSAGES,
    *STATUS_MESSAGES,
    *HISTORY_MESSAGES,
    *SETTINGS_MESSAGES,
    *LAYOUT_MESSAGES,
    *WORKER_MESSAGES,
    *LINK_MESSAGES,
    *UPKEEP_MESSAGES,
    CollectNow,
    CollectReported,
    GetHealth,
    ListItems,
    GetSecretEpochs,
    RotateSecret,
    GetSnapshots,
    TakeSnapshot,
    LiftForcedHold,
)
# Written out here on purpose: the table in the code is checked against this one, not against itself.
ALLOWED = {
    "full": CHUNKS_AND_MEMBERS | AUDIT | SECRETS | LOG | {"ask_verdicts"} | {tag_of(kind) for kind in RAFT_MESSAGES},
    "vault": CHUNKS_AND_MEMBERS | {"ask_verdicts"},
    "operator": CONTROL | {"ask_members"},
    "local": CONTROL,
    "joiner": {"redeem"},
    "recovery": {"ask_members", "ask_recovery", "ask_chunks", "fetch_chunk", "introduce", "invite"},
}


@pytest.mark.parametrize("role", [*ALLOWED, "", "FULL", "nobody"])
@pytest.mark.parametrize("kind", ALL_MESSAGES, ids=tag_of)
def test_each_cell_of_the_table(role: str, kind: type[msgspec.Struct]) -> None:
    assert may_send(role, kind) == (tag_of(kind) in ALLOWED.get(role, set()))


def test_every_control_request_is_somebodys() -> None:
    requests = {kind for kind in ASKED_BY_CLIENTS if kind.reply is not None}
    assert {BY_TAG[tag] for tag in CONTROL} == requests


def test_no_reply_is_in_the_table() -> None:
    replies = {kind.reply for kind in ALL_MESSAGES if issubclass(kind, Message) and kind.reply}
    assert not replies & frozenset().union(*MAY_SEND.values())


@pytest.mark.parametrize(
    ("role", "invited", "allowed"),
    [
        ("operator", "full", False),
        ("operator", "vault", True),
        ("operator", "operator", True),
        ("local", "full", True),
        ("vault", "vault", False),
    ],
)
def test_only_a_full_nodes_own_user_invites_a_full_node(role: str, invited: str, allowed: bool) -> None:
    assert (refusal(role, Invite(invited)) == "") == allowed


def test_a_refusal_names_message_and_role() -> None:
    assert refusal("vault", Invite()) == "Invite is not for the role 'vault'"
