"""What the commands about the cluster, its members and its settings do.

The proposer has verified what needs cryptography: that a member's node id belongs to its certificate, that a joiner
holds the key, that an invitation's secret hashes to what is named here. What only the log can decide is decided here:
a secret is spent once, ever; a removed member's id never returns; somebody who can read stays.
"""

from __future__ import annotations

from typing import Any

from dfs_core.catalog.change import MembersChanged, SettingChanged
from dfs_core.catalog.schema import CLUSTER, MEMBER, SETTING, SPENT
from dfs_core.catalog.settings import refusal
from dfs_core.catalog.step import Step, demand, demand_valid
from dfs_core.encoding.commands import Admit, Found, Outcome, SetMember, SetSetting
from dfs_core.encoding.peer_messages import MemberRecord
from dfs_core.errors import Refused
from dfs_core.limits import CAPACITY_BYTES_MAX, CERTIFICATE_BYTES_MAX, ZONE_BYTES_MAX
from dfs_core.model.ids import ClusterId, NodeId
from dfs_core.model.member import ROLES, STATES, check_addresses

REMOVED = "removed"
_ROLE, _STATE = MEMBER.names.index("role"), MEMBER.names.index("state")
_CERTIFICATE, _JOINED_AT = MEMBER.names.index("certificate"), MEMBER.names.index("joined_at")


def found(step: Step, command: Found) -> Outcome:
    """The cluster begins: its id, its founder as the first member, its first settings."""
    if step.rows.get(CLUSTER, 1) is not None:
        raise Refused("founded", "this log has founded a cluster already")
    demand(len(command.cluster) == ClusterId.size, "a cluster id is 16 bytes")
    _check_member(command.founder)
    demand(command.founder.role == "full", "the founder is a full node")
    for name, value in (("copies", command.copies), ("chunk_bytes", command.chunk_bytes)):
        demand(not (why := refusal(name, value)), why)
    step.rows.insert(CLUSTER, (1, command.cluster, command.founder.node, step.index))
    step.rows.insert(SETTING, ("copies", command.copies))
    step.rows.insert(SETTING, ("chunk_bytes", command.chunk_bytes))
    _list(step, command.founder)
    return step.applied()


def admit(step: Step, command: Admit) -> Outcome:
    """A joiner becomes a member, its invitation's secret is spent. Asking again gives the first answer."""
    record = command.member
    _check_member(record)
    demand(16 <= len(command.secret_hash) <= 64, "an invitation's secret hash is 16 to 64 bytes")
    spent = step.rows.get(SPENT, command.secret_hash)
    if spent is not None and spent[1] != record.node:
        raise Refused("spent", "this invitation was redeemed by another node; ask for a new one")
    member = step.rows.get(MEMBER, record.node)
    if member is not None:
        if member[_STATE] == REMOVED:
            raise Refused(
                "removed", "this node was removed from the cluster; its id never returns, join with a new key"
            )
        if member[_CERTIFICATE] != record.certificate:
            why = "spent" if spent is not None else "member"
            raise Refused(why, "this node is a member already, with another certificate")
    inviter = step.rows.get(MEMBER, command.invited_by)
    if spent is None and (inviter is None or inviter[_STATE] == REMOVED):
        raise Refused("inviter", "who sent the invitation is not a member; ask a member for a new one")
    if spent is None:
        step.rows.insert(SPENT, (command.secret_hash, record.node, step.index))
    if member is not None:
        return Outcome(revision=member[_JOINED_AT])
    _list(step, record)
    return step.applied()


def set_member(step: Step, command: SetMember) -> Outcome:
    """A member's zone, capacity or state becomes another; to what it is already: no change."""
    demand(0 <= command.capacity <= CAPACITY_BYTES_MAX, f"a capacity is 0 to {CAPACITY_BYTES_MAX} bytes")
    demand({command.state, command.expects} <= {"", *STATES}, f"a member is {', '.join(STATES)}")
    _check_zone(command.zone)
    member = step.rows.get(MEMBER, command.node)
    if member is None:
        raise Refused("unknown_node", "no member has this id; 'dfs-core peers' lists them")
    if member[_STATE] == REMOVED:
        if command.state == REMOVED:
            return step.applied()
        raise Refused("removed", "this node was removed from the cluster; its id never returns")
    if command.expects not in ("", member[_STATE]):
        raise Refused("state", f"this node is {member[_STATE]} by now, not {command.expects}")
    if command.state == REMOVED and member[_ROLE] == "full":
        (others,) = step.rows.execute(
            "SELECT count(*) FROM member WHERE role = 'full' AND state <> 'removed' AND node <> ?", (command.node,)
        ).fetchone()
        if others == 0:
            raise Refused("last_full", "this is the last full node: without it nobody could read or decide anything")
    wanted = dict(zip(MEMBER.names, member, strict=True))
    asked = {"zone": command.zone, "capacity": command.capacity, "state": command.state}
    wanted.update({name: value for name, value in asked.items() if value})
    if command.unzoned:
        wanted["zone"] = ""
    changed = tuple(wanted.values())
    if changed != member:
        step.rows.replace(MEMBER, member, changed)
        _layout_changed(step, command.node)
    return step.applied()


def set_setting(step: Step, command: SetSetting) -> Outcome:
    """The setting has this value from here on."""
    if why := refusal(command.name, command.value):
        raise Refused("setting", why)
    before = step.rows.get(SETTING, command.name)
    after = (command.name, command.value)
    if before == after:
        return step.applied()
    if before is None:
        step.rows.insert(SETTING, after)
    else:
        step.rows.replace(SETTING, before, after)
    step.changes.append(SettingChanged(command.name, command.value))
    if command.name == "copies":
        _layout_changed(step, b"")
    return step.applied()


def _list(step: Step, record: MemberRecord) -> None:
    row: tuple[Any, ...] = (
        record.node,
        record.certificate,
        record.role,
        record.zone,
        record.capacity,
        "joined",
        " ".join(record.addresses),
        step.index,
    )
    step.rows.insert(MEMBER, row)
    _layout_changed(step, record.node)


def _layout_changed(step: Step, node: bytes) -> None:
    step.rows.set_counter("layout", step.index)
    step.changes.append(MembersChanged(step.index, node))


def _check_member(record: MemberRecord) -> None:
    demand(len(record.node) == NodeId.size, "a node id is 32 bytes")
    demand(
        0 < len(record.certificate) <= CERTIFICATE_BYTES_MAX, f"a certificate has 1 to {CERTIFICATE_BYTES_MAX} bytes"
    )
    demand(record.role in ROLES, f"a role is {', '.join(ROLES)}")
    demand(0 <= record.capacity <= CAPACITY_BYTES_MAX, f"a capacity is 0 to {CAPACITY_BYTES_MAX} bytes")
    _check_zone(record.zone)
    demand_valid(lambda: check_addresses(tuple(record.addresses)))


def _check_zone(zone: str) -> None:
    # Not the model's check_zone: which characters Python calls printable changes with its release.
    fits = len(zone.encode()) <= ZONE_BYTES_MAX and not any(
        ord(sign) < 0x20 or 0x7F <= ord(sign) < 0xA0 for sign in zone
    )
    demand(fits, f"a zone is at most {ZONE_BYTES_MAX} bytes of text without control characters")
