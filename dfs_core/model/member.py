"""One member of a cluster, as the log knows it.

The member list is where authority comes from: a link's certificate proves a key, and what the key's owner may do is
said here. A removed member stays listed, so that its id never returns.
"""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass, replace
from typing import Literal, get_args

from dfs_core.errors import InvalidInput
from dfs_core.limits import (
    ADDRESSES_MAX,
    CAPACITY_BYTES_MAX,
    CERTIFICATE_BYTES_MAX,
    HOST_BYTES_MAX,
    ZONE_BYTES_MAX,
)
from dfs_core.model.ids import NodeId

Role = Literal["full", "vault", "operator"]
State = Literal["joined", "draining", "out", "removed"]
ROLES: tuple[Role, ...] = get_args(Role)
STATES: tuple[State, ...] = get_args(State)

_HOST_NAME = re.compile(r"[A-Za-z0-9_]([A-Za-z0-9_-]*[A-Za-z0-9_])?(\.[A-Za-z0-9_]([A-Za-z0-9_-]*[A-Za-z0-9_])?)*\.?")


@dataclass(frozen=True, slots=True)
class Member:
    """A node, or an operator's certificate, and what it may and does do.

    `certificate` is its DER certificate (whoever makes a Member has checked that it belongs to `node`), `capacity`
    the bytes it offers for chunks, `zone` the failure domain it shares with others ("" when it shares none),
    `joined_at` the log index of its admission.
    """

    node: NodeId
    certificate: bytes
    role: Role
    zone: str
    capacity: int
    state: State
    addresses: tuple[str, ...]
    joined_at: int

    def __post_init__(self) -> None:
        check_role(self.role)
        if self.state not in STATES:
            raise InvalidInput(f"a member is {', '.join(STATES)}; not {self.state!r}")
        check_zone(self.zone)
        if not 0 <= self.capacity <= CAPACITY_BYTES_MAX:
            raise InvalidInput(f"a capacity is 0 to {CAPACITY_BYTES_MAX} bytes, not {self.capacity}")
        if len(self.certificate) > CERTIFICATE_BYTES_MAX:
            raise InvalidInput(f"a certificate has at most {CERTIFICATE_BYTES_MAX} bytes")
        check_addresses(self.addresses)

    @property
    def stores_chunks(self) -> bool:
        """It is of a kind that holds chunks at all, whatever its state. A node without capacity is only a door."""
        return self.role != "operator" and self.capacity > 0

    @property
    def placed(self) -> bool:
        """New chunks are placed on it."""
        return self.stores_chunks and self.state == "joined"

    @property
    def listed(self) -> bool:
        """Its certificate opens links: it was not removed."""
        return self.state != "removed"

    @property
    def holds_secrets(self) -> bool:
        """It may have the cluster secret, the catalog and key names."""
        return self.role == "full" and self.listed

    def with_state(self, state: State) -> Member:
        """The same member in another state. A removed one stays removed: InvalidInput."""
        if self.state == "removed" and state != "removed":
            raise InvalidInput(f"{self.node} was removed; its id never returns")
        return replace(self, state=state)


def check_role(text: str) -> Role:
    """Return `text` if it names a role, else raise InvalidInput."""
    for role in ROLES:
        if text == role:
            return role
    raise InvalidInput(f"a role is {', '.join(ROLES)}; not {text!r}")


def check_state(text: str) -> State:
    """Return `text` if it names a state, else raise InvalidInput."""
    for state in STATES:
        if text == state:
            return state
    raise InvalidInput(f"a member is {', '.join(STATES)}; not {text!r}")


def check_zone(text: str) -> str:
    """Return `text` if it can name a zone: at most ZONE_BYTES_MAX bytes of UTF-8, nothing invisible in it."""
    # By number, not by `isprintable`, whose answer changes with the Unicode tables of a Python release.
    odd = any(code < 0x20 or 0x7F <= code < 0xA0 or 0xD800 <= code < 0xE000 for code in map(ord, text))
    if odd or len(text.encode()) > ZONE_BYTES_MAX or text != text.strip(" "):
        raise InvalidInput(f"a zone is at most {ZONE_BYTES_MAX} bytes of text, nothing invisible in it: {text!r}")
    return text


def check_addresses(addresses: tuple[str, ...]) -> tuple[str, ...]:
    """Return `addresses` if they are at most ADDRESSES_MAX, each once, each a HOST:PORT, else raise InvalidInput."""
    if len(addresses) > ADDRESSES_MAX or len(set(addresses)) != len(addresses):
        raise InvalidInput(f"a node has at most {ADDRESSES_MAX} addresses, each once")
    for address in addresses:
        check_host_port(address)
    return addresses


def check_host_port(text: str) -> str:
    """Return `text` if it reads HOST:PORT (an IPv6 host in brackets, port 1 … 65535), else raise InvalidInput."""
    split_host_port(text)
    return text


def split_host_port(text: str) -> tuple[str, int]:
    """The host (without brackets) and the port of HOST:PORT; InvalidInput when it is not exactly that."""
    host, _, port = text.rpartition(":")
    bracketed = host.startswith("[") and host.endswith("]")
    if bracketed:
        host = host[1:-1]
    good_port = port.isascii() and port.isdigit() and len(port) <= 5 and 0 < int(port) <= 65535 and port[0] != "0"
    if not good_port or len(text) > HOST_BYTES_MAX + 8 or not (_is_ipv6(host) if bracketed else _is_host(host)):
        raise InvalidInput(f"not an address: {text!r} (want HOST:PORT, or [IPv6]:PORT)")
    return host, int(port)


def _is_host(host: str) -> bool:
    return len(host) <= HOST_BYTES_MAX and _HOST_NAME.fullmatch(host) is not None


def _is_ipv6(host: str) -> bool:
    literal, percent, interface = host.partition("%")
    try:
        ipaddress.IPv6Address(literal)
    except ValueError:
        return False
    return not percent or _is_host(interface)
