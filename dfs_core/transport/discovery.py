"""Nodes of one local network find each other by multicast DNS (RFC 6762, 6763; the zeroconf library).

What is announced is a service `_dfs._tcp` with addresses and port, and two tags: one that is derived from the cluster's
id and one from the node's. Who knows the ids recognises them; who listens in learns that some dfs node is there, and
which announcements belong together. Nothing that is heard is believed: it is an address to try, and the key that
answers there decides, as with any other address. IPv4 only; elsewhere `--bootstrap` names an address.

The library is imported when it is needed: it costs a tenth of a second, and loopback clusters have no use for it.
"""

from __future__ import annotations

import asyncio
import importlib
import ipaddress
import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from blake3 import blake3

from dfs_core.limits import ADDRESSES_MAX
from dfs_core.model.ids import ClusterId, NodeId
from dfs_core.model.member import split_host_port

if TYPE_CHECKING:
    from zeroconf.asyncio import AsyncServiceBrowser, AsyncZeroconf

_log = logging.getLogger(__name__)

SERVICE = "_dfs._tcp.local."
TAG_BYTES = 8
ASK_TIMEOUT_MS = 3000  # for the addresses behind a name that was heard
ASKING_MAX = 64  # names under way at once: a loud network costs no more
_CLUSTER_TAG = "dfs v1 mdns tag of a cluster"
_NODE_TAG = "dfs v1 mdns tag of a node"


def cluster_tag(cluster: ClusterId) -> str:
    """What stands for a cluster in announcements."""
    return blake3(cluster.digest, derive_key_context=_CLUSTER_TAG).digest(TAG_BYTES).hex()


def node_tag(node: NodeId) -> str:
    """What stands for a node in announcements."""
    return blake3(node.digest, derive_key_context=_NODE_TAG).digest(TAG_BYTES).hex()


@dataclass(frozen=True, slots=True)
class Announcement:
    """One node, as it announces itself. `addresses` are IPv4 HOST:PORT, all of one port."""

    cluster: str
    node: str
    addresses: tuple[str, ...]


def interfaces_of(listen: str) -> tuple[str, ...]:
    """The IPv4 addresses to announce on for a node that listens there; none: on all."""
    host = split_host_port(f"{listen.rpartition(':')[0]}:1")[0]
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return ()
    return (str(address),) if address.version == 4 and not address.is_unspecified else ()


class Discovery:
    """Listens to announcements, and makes this node's own. `start` once, `close` always."""

    def __init__(self, heard: Callable[[Announcement], None], *, interfaces: Sequence[str] = ()) -> None:
        """`heard` is told of every node that announces itself, this one too, again when it changed; in the loop."""
        self._heard, self._interfaces = heard, list(interfaces)
        self._zeroconf: AsyncZeroconf | None = None
        self._browser: AsyncServiceBrowser | None = None
        self._asking: set[asyncio.Task[None]] = set()

    async def start(self, own: Announcement | None = None) -> bool:
        """Listen, and announce `own`. False: this machine has no multicast; everything else goes on without it."""
        await asyncio.to_thread(importlib.import_module, "zeroconf.asyncio")  # a tenth of a second: not in the loop
        from zeroconf import Error, InterfaceChoice, IPVersion
        from zeroconf.asyncio import AsyncServiceBrowser, AsyncZeroconf

        try:
            self._zeroconf = AsyncZeroconf(
                interfaces=self._interfaces or InterfaceChoice.All, ip_version=IPVersion.V4Only
            )
            self._browser = AsyncServiceBrowser(self._zeroconf.zeroconf, [SERVICE], handlers=[self._changed])
            if own is not None:
                await self._announce(own)
        except (OSError, Error) as error:
            _log.warning("no discovery on the local network: %s", error)
            await self.close()
            return False
        return True

    async def _announce(self, own: Announcement) -> None:
        from zeroconf.asyncio import AsyncServiceInfo

        assert self._zeroconf is not None
        places = [split_host_port(address) for address in own.addresses]
        info = AsyncServiceInfo(
            SERVICE,
            f"{own.cluster}-{own.node}.{SERVICE}",
            port=places[0][1],
            parsed_addresses=[host for host, _ in places],
            properties={"c": own.cluster, "n": own.node},
            server=f"dfs-{own.node}.local.",
        )
        # A node that was started again announces the same name anew: nobody else can have it.
        await self._zeroconf.async_register_service(info, cooperating_responders=True)

    async def close(self) -> None:
        """Say goodbye and stop. A second call does nothing."""
        for task in self._asking:
            task.cancel()
        await asyncio.gather(*self._asking, return_exceptions=True)
        browser, zeroconf = self._browser, self._zeroconf
        self._browser = self._zeroconf = None
        if browser is not None:
            await browser.async_cancel()
        if zeroconf is not None:
            await zeroconf.async_close()

    def _changed(self, zeroconf: Any, service_type: str, name: str, state_change: Any) -> None:
        """A name was heard, changed or went; called by the library in the loop."""
        if state_change.name == "Removed" or self._zeroconf is None or len(self._asking) >= ASKING_MAX:
            return
        task = asyncio.get_running_loop().create_task(self._ask(name), name="mdns")
        self._asking.add(task)
        task.add_done_callback(self._asking.discard)

    async def _ask(self, name: str) -> None:
        from zeroconf import Error
        from zeroconf.asyncio import AsyncServiceInfo

        if self._zeroconf is None:
            return
        try:
            info = AsyncServiceInfo(SERVICE, name)
            if not await info.async_request(self._zeroconf.zeroconf, ASK_TIMEOUT_MS):
                return
            found = announcement_of(info.properties, info.parsed_addresses(), info.port)
        except (OSError, Error) as error:  # a name that is no name, a network that went away
            _log.debug("%s: %s", name, error)
            return
        if found is not None:
            self._heard(found)


def announcement_of(
    properties: dict[bytes, bytes | None], addresses: Sequence[str], port: int | None
) -> Announcement | None:
    """What an announcement says, if it makes sense: two tags, a port, at most ADDRESSES_MAX IPv4 addresses."""
    tags = [(properties.get(name) or b"").decode("ascii", "replace") for name in (b"c", b"n")]
    if not all(len(tag) == 2 * TAG_BYTES and set(tag) <= set("0123456789abcdef") for tag in tags):
        return None
    hosts = [host for host in addresses if ":" not in host][:ADDRESSES_MAX]
    if not port or not hosts:
        return None
    return Announcement(tags[0], tags[1], tuple(f"{host}:{port}" for host in hosts))


async def find_node(node: NodeId, *, interfaces: Sequence[str] = (), timeout_s: float) -> tuple[str, ...]:
    """The addresses under which `node` announces itself; none when nothing was heard of it in time."""
    wanted = node_tag(node)
    found: asyncio.Future[tuple[str, ...]] = asyncio.get_running_loop().create_future()

    def heard(announcement: Announcement) -> None:
        if announcement.node == wanted and not found.done():
            found.set_result(announcement.addresses)

    discovery = Discovery(heard, interfaces=interfaces)
    try:
        if not await discovery.start():
            return ()
        async with asyncio.timeout(timeout_s):
            return await found
    except TimeoutError:
        return ()
    finally:
        await discovery.close()
