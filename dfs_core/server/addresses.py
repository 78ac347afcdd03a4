"""Where nodes can be reached: this one's own addresses, and the book of everybody's signed records."""

from __future__ import annotations

import socket
from collections.abc import Callable, Sequence

from dfs_core.crypto.identity import AddressRecord, Identity
from dfs_core.errors import InvalidInput
from dfs_core.model.ids import NodeId
from dfs_core.model.member import split_host_port

_WILDCARDS = ("0.0.0.0", "::", "*")
_UNROUTED = (("192.0.2.1", socket.AF_INET), ("2001:db8::1", socket.AF_INET6))  # documentation ranges: nothing is sent
RECORDS_SHARED_MAX = 128
SEQUENCES_A_BOOT = 1 << 20


def own_addresses(listen: str, port: int, advertise: Sequence[str]) -> tuple[str, ...]:
    """What this node tells others: what it was told to say, else what it listens on, else its routed addresses."""
    if advertise:
        return tuple(advertise)
    host = listen.rpartition(":")[0].strip("[]")
    if host not in _WILDCARDS:
        return (_join(host, port),)
    found = [address for target, family in _UNROUTED if (address := _routed(target, family))]
    return tuple(_join(address, port) for address in found) or (_join("127.0.0.1", port),)


def _join(host: str, port: int) -> str:
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def _routed(target: str, family: socket.AddressFamily) -> str:
    """The address this machine would speak from to the world; connecting a datagram socket sends nothing."""
    try:
        with socket.socket(family, socket.SOCK_DGRAM) as probe:
            probe.connect((target, 9))
            return str(probe.getsockname()[0])
    except OSError:
        return ""


class AddressBook:
    """Everybody's newest signed addresses, this node's own among them. Each record proves itself."""

    def __init__(self, kept: Sequence[bytes], found: Callable[[NodeId, tuple[str, ...]], None]) -> None:
        """`kept` are the records read from disk; `found(node, addresses)` hears of each newer one, those too."""
        self._records: dict[NodeId, AddressRecord] = {}
        self._found = found
        self._own: AddressRecord | None = None
        for record in kept:
            self.hear(record)

    def sign_own(self, identity: Identity, addresses: tuple[str, ...], boot: int) -> None:
        """This node's own record from now on. A later boot's outranks it."""
        self._own = AddressRecord.signed(identity, addresses, boot * SEQUENCES_A_BOOT)
        self._records.pop(identity.node_id, None)

    @property
    def own(self) -> bytes:
        """This node's own record, encoded; empty before there is one."""
        return self._own.encode() if self._own else b""

    def hear(self, data: bytes) -> AddressRecord | None:
        """Take over a record if it is genuine and newer than what is known; the record, or None. Never raises."""
        try:
            record = AddressRecord.decode(data)
        except InvalidInput:
            return None
        if self._own is not None and record.node == self._own.node:
            return None  # an echo: nobody knows this node's addresses better than it does
        known = self._records.get(record.node)
        if known is not None and known.sequence >= record.sequence:
            return None
        self._records[record.node] = record
        self._found(record.node, record.addresses)
        return record

    def to_share(self) -> list[bytes]:
        """The records to tell a peer that has just come up."""
        own = [self._own] if self._own else []
        return [record.encode() for record in [*own, *self._records.values()][:RECORDS_SHARED_MAX]]

    def addresses(self, node: NodeId) -> tuple[str, ...]:
        record = self._records.get(node)
        return record.addresses if record else ()


def check_listen(text: str) -> tuple[str, int]:
    """Host and port of a listen address; port 0 is allowed. InvalidInput."""
    host, _, port = text.rpartition(":")
    if port == "0":
        return split_host_port(f"{host}:1")[0], 0
    return split_host_port(text)
