"""Members check themselves, and say what they may do."""

from __future__ import annotations

from dataclasses import replace

import pytest

from dfs_core.errors import InvalidInput
from dfs_core.limits import ADDRESSES_MAX, CAPACITY_BYTES_MAX, CERTIFICATE_BYTES_MAX, ZONE_BYTES_MAX
from dfs_core.model.ids import NodeId
from dfs_core.model.member import ROLES, STATES, Member, Role, State, check_host_port, check_role, split_host_port

FULL = Member(NodeId(bytes(32)), b"certificate", "full", "attic", 10**12, "joined", ("192.168.1.4:3000",), 7)


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("state", STATES)
def test_only_joined_full_and_vault_nodes_are_placed_on(role: Role, state: State) -> None:
    member = replace(FULL, role=role, state=state)
    assert member.placed is (role in ("full", "vault") and state == "joined")


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("state", STATES)
def test_only_full_nodes_that_were_not_removed_hold_secrets(role: Role, state: State) -> None:
    member = replace(FULL, role=role, state=state)
    assert member.holds_secrets is (role == "full" and state != "removed")
    assert member.listed is (state != "removed")


def test_a_node_without_capacity_stores_no_chunks() -> None:
    assert not replace(FULL, capacity=0).stores_chunks


def test_a_removed_member_never_returns() -> None:
    removed = FULL.with_state("out").with_state("removed")
    with pytest.raises(InvalidInput, match="never returns"):
        removed.with_state("joined")


@pytest.mark.parametrize(
    "change",
    [
        {"role": "king"},
        {"state": "asleep"},
        {"zone": "x" * (ZONE_BYTES_MAX + 1)},
        {"zone": "at\x1b[2Jtic"},
        {"zone": " attic"},
        {"zone": "\ud800"},
        {"capacity": -1},
        {"capacity": CAPACITY_BYTES_MAX + 1},
        {"certificate": bytes(CERTIFICATE_BYTES_MAX + 1)},
        {"addresses": ("nowhere",)},
        {"addresses": ("a:1", "a:1")},
        {"addresses": tuple(f"a:{n}" for n in range(1, ADDRESSES_MAX + 2))},
    ],
    ids=str,
)
def test_what_no_member_can_be_is_refused(change: dict[str, object]) -> None:
    with pytest.raises(InvalidInput):
        replace(FULL, **change)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("text", "host", "port"),
    [
        ("127.0.0.1:3000", "127.0.0.1", 3000),
        ("nas.local:1", "nas.local", 1),
        ("my_host-2:65535", "my_host-2", 65535),
        ("[fe80::1]:7000", "fe80::1", 7000),
        ("[::]:7000", "::", 7000),
        ("[fe80::1%eth0]:7000", "fe80::1%eth0", 7000),
        ("example.org.:80", "example.org.", 80),
    ],
)
def test_an_address_is_host_and_port(text: str, host: str, port: int) -> None:
    assert split_host_port(text) == (host, port)
    assert check_host_port(text) == text


@pytest.mark.parametrize(
    "text",
    [
        "",
        ":",
        "a",
        "a:",
        ":1",
        "a:0",
        "a:65536",
        "a:01",
        "a:+1",
        "a:1_0",
        "a:１",
        "a b:1",
        "a;b:1",
        "-a:1",
        "a-:1",
        "fe80::1:7000",
        "[fe80::1]",
        "[nas]:1",
        "[]:1",
        "a..b:1",
        ".:1",
        "a:1\n",
        "x" * 254 + ":1",
        "ä:1",
        "[::1%e;reboot]:1",
    ],
)
def test_anything_else_is_no_address(text: str) -> None:
    with pytest.raises(InvalidInput, match="want HOST:PORT"):
        split_host_port(text)


def test_an_unknown_role_is_named() -> None:
    with pytest.raises(InvalidInput, match="not 'king'"):
        check_role("king")
