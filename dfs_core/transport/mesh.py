"""Mesh: one live link to every other member.

Both sides dial, so that one open port of the two is enough. Of two links between the same two nodes one is used for new
requests (`duplicates.stays`); the other still serves what is open on it, and its dialler closes it once it is idle.
Trust: the TLS contexts are made from the member list and made anew when it changes; whoever comes in is looked up in
the list of that moment; taking somebody off the list closes the links to it before `set_members` returns.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Coroutine, Sequence
from contextlib import suppress
from random import Random
from typing import Any

from dfs_core.clock import Clock
from dfs_core.crypto.identity import Identity, node_id_of_certificate
from dfs_core.errors import PeerUnreachable
from dfs_core.model.ids import ClusterId, NodeId
from dfs_core.model.incarnation import REFUSED, REMOVED
from dfs_core.model.member import Member
from dfs_core.transport.asking import Asking
from dfs_core.transport.backoff import Backoff
from dfs_core.transport.duplicates import stays
from dfs_core.transport.exchange import Handler
from dfs_core.transport.hello import CODECS, Hello, HelloFacts
from dfs_core.transport.link import Link, Notified
from dfs_core.transport.network import Named, Network, TlsNetwork, Welcome
from dfs_core.transport.peer import BANNED, NO_MEMBER, Peer, PeerLink
from dfs_core.transport.roles import RECOVERY

_log = logging.getLogger(__name__)

_RETIRE_LOOK_S = 0.5  # a losing link is closed when it was idle at two looks in a row: a request may be on its way


class Mesh(Asking):
    """All links of a node; implements `Peers`. Also accepts joiners and operators, whose requests reach `handler`."""

    def __init__(
        self,
        *,
        identity: Identity | Named,
        cluster: ClusterId,
        local_hello: Callable[[], HelloFacts],
        handler: Handler,
        notified: Notified,
        clock: Clock,
        random: Random,
        connected: Callable[[NodeId, str], None],
        lost: Callable[[NodeId, str], None],
        addresses_heard: Callable[[NodeId, bytes], None] | None = None,
        judge: Callable[[NodeId, Hello], str] = lambda node, hello: "",
        codecs: tuple[str, ...] = CODECS,
        network: Network | None = None,
    ) -> None:
        """`connected(node, address)` and `lost(node, reason)` are called once per member that came up or went down.

        `addresses_heard(node, record)` is given the signed address record of a peer's HELLO; its signature is yet to
        be checked. `judge(node, hello)` says why no link with it may be, or nothing. All callbacks run in the loop and
        must not block. `network` None: TCP and TLS.
        """
        self._here, self._cluster, self._local_hello = identity.node_id, cluster, local_hello
        self._clock, self._random = clock, random
        self._connected, self._lost, self._addresses_heard = connected, lost, addresses_heard
        self._codecs, self._judge = codecs, judge
        self._removed: dict[NodeId, Member] = {}
        self._members: dict[NodeId, Member] = {}
        self._peers: dict[NodeId, Peer] = {}
        self._authority: tuple[NodeId, bytes] | None = None
        self._guests: set[Link] = set()
        self._tasks: set[asyncio.Task[None]] = set()
        self._addresses: dict[NodeId, tuple[str, ...]] = {}
        self._bootstraps: set[str] = set()
        self._closed = False
        if network is None:
            if not isinstance(identity, Identity):
                raise TypeError("TLS needs an identity with a key")
            network = TlsNetwork(identity)
        self._network = network
        self._welcome = Welcome(self._role_at_door, self._hello, handler, notified, self._why_not)

    # -- set up

    async def listen(self, host: str, port: int) -> int:
        """Accept links; the port, which the system chose when `port` was 0. StoreError when it cannot be bound."""
        return await self._network.listen(host, port, self._welcome, self._accepted)

    def set_members(self, members: Sequence[Member]) -> None:
        """Take over the member list: trust anchors, roles, whom to dial. Links of those no longer listed close now.

        A removed member counts as not listed. This node itself may be among them.
        """
        listed = {member.node: member for member in members if member.listed}
        self._removed = {member.node: member for member in members if not member.listed}
        changed = {
            node
            for node, member in self._members.items()
            if node not in listed or (listed[node].role, listed[node].certificate) != (member.role, member.certificate)
        }
        self._members = listed
        self._trust()
        for node in changed & self._peers.keys():
            self._forget(self._peers.pop(node))
        for guest in [link for link in self._guests if link.peer in changed]:
            guest.drop("it is no longer a member")
        for node, member in listed.items():
            if node == self._here or member.role == "operator":
                continue
            if node in self._peers:
                self._peers[node].member = member
            else:
                peer = self._peers[node] = Peer(member, self._clock.now(), self._random)
                peer.dialling = self._spawn(self._keep(peer), f"dial {peer.node!r}")

    def set_authority(self, certificate: bytes) -> None:
        """Whoever proves this (DER) certificate's key has the role `recovery`; empty: nobody. Others' links close now.

        InvalidInput: it is no certificate.
        """
        self._authority = (node_id_of_certificate(certificate), certificate) if certificate else None
        self._trust()
        for guest in [link for link in self._guests if link.role == RECOVERY]:
            if guest.peer is None or self._role(guest.peer) != RECOVERY:
                guest.drop("its recovery sheet is one of the past")

    def _trust(self) -> None:
        # Who was removed proves its key, too, so that it can be told; it is let no further than its HELLO.
        certificates = [member.certificate for member in (*self._members.values(), *self._removed.values())]
        self._network.trust([*certificates, self._authority[1]] if self._authority else certificates)

    def set_addresses(self, node: NodeId, addresses: Sequence[str]) -> None:
        """Where to dial `node`, best first ("host:port"), instead of what the member list says; none: that again.

        Takes effect at the next try, which it brings forward. May be said before the node is a member.
        """
        if self._addresses.get(node, ()) == tuple(addresses):
            return
        self._addresses[node] = tuple(addresses)
        peer = self._peers.get(node)
        if peer is not None:
            peer.backoff.reset()
            peer.nudge.set()

    def shut_out(self, node: NodeId, nonce: bytes, reason: str) -> None:
        """Close the links to all starts of `node` but that of `nonce`."""
        for link in list(self._peers[node].links) if node in self._peers else []:
            if link.hello.boot_nonce != nonce:
                link.drop(reason)

    def disconnect(self, node: NodeId, reason: str) -> None:
        """Close the links to `node`, which is dialled again at once."""
        for link in list(self._peers[node].links) if node in self._peers else []:
            link.drop(reason)

    def ban(self, node: NodeId, for_s: float) -> None:
        """Have no link with `node` for so long from now on; 0 ends that, and dials at once. It is not written down."""
        peer = self._peers.get(node)
        if peer is None:
            return
        peer.banned_until = self._clock.now() + for_s
        if for_s > 0:
            self.disconnect(node, BANNED)
        peer.backoff.reset()
        peer.nudge.set()

    def suggest(self, node: NodeId, addresses: Sequence[str]) -> None:
        """Where `node` may be found, too, as somebody said: tried after its own addresses. Its key decides."""
        if node in self._peers:
            self._peers[node].suggest(tuple(addresses))

    def add_bootstrap(self, addresses: Sequence[str]) -> None:
        """Addresses whose owner is not known: dialled until they answered once with a member's certificate."""
        for address in dict.fromkeys(addresses):
            if address in self._bootstraps:
                continue
            self._bootstraps.add(address)
            self._spawn(self._bootstrap(address), f"bootstrap {address}")

    async def close(self) -> None:
        """Stop listening and dialling, say goodbye on every link. Handlers have ended on return."""
        self._closed = True
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        links = [link for peer in self._peers.values() for link in peer.links]
        await asyncio.gather(self._network.close(), *(link.close("the node stops") for link in links))

    # -- asking (`Peers`)

    def link(self, node: NodeId) -> Link | None:
        """The live link to `node`, or None."""
        peer = self._peers.get(node)
        return peer.link if peer is not None else None

    def alive(self) -> frozenset[NodeId]:
        """Members with a live link from which something was heard lately. A good guess, not a promise."""
        now = self._clock.now()
        return frozenset(node for node, peer in self._peers.items() if peer.up(now))

    def silences(self) -> dict[NodeId, float]:
        """The members that are not alive, by id, and for how many seconds each was silent."""
        now = self._clock.now()
        return {node: self._peers[node].silent_s(now) for node in sorted(self._peers) if not self._peers[node].up(now)}

    def addresses(self, node: NodeId) -> tuple[str, ...]:
        """Where `node` would be dialled now: what it said last, else what the member list says."""
        member = self._members.get(node)
        return self._addresses.get(node) or (member.addresses if member is not None else ())

    def why_down(self, node: NodeId) -> str:
        """One line for people: why `node` is not alive. Empty when it is."""
        peer = self._peers.get(node)
        return NO_MEMBER.error if peer is None else peer.why_down(self._clock.now())

    def status(self, node: NodeId) -> PeerLink:
        """How this node is connected to `node` now."""
        peer = self._peers.get(node)
        return NO_MEMBER if peer is None else peer.status(self._clock.now())

    async def _keep(self, peer: Peer) -> None:
        """Have a link to `peer`, as long as it is a member."""
        while True:
            peer.nudge.clear()
            if peer.links:
                await peer.nudge.wait()
                continue
            if (banned_s := peer.banned_s(self._clock.now())) > 0:
                peer.error = BANNED
                await self._rest(banned_s, peer.nudge)
                continue
            if await self._dial_any(peer):
                continue
            await self._rest(peer.backoff.next_s(), peer.nudge)

    async def _dial_any(self, peer: Peer) -> bool:
        addresses = tuple(dict.fromkeys((*self.addresses(peer.node), *peer.suggested)))
        if not addresses:
            peer.error = "no address of it is known"
        for address in addresses:
            peer.address = address
            try:
                link = await self._network.dial(address, self._welcome, expected=peer.node, role=self._role)
            except PeerUnreachable as error:
                if not peer.links:
                    peer.error = f"{address}: {error.reason}"
                _log.debug("%s: %s", address, error)
                if f"goodbye: {REFUSED}" in error.reason:  # by itself, and it is the same one at its other addresses
                    return False
                continue
            self._adopt(link)
            return True
        return False

    async def _bootstrap(self, address: str) -> None:
        """Dial `address` until a member has answered there, or this node itself."""
        backoff, owners, said = Backoff(self._random), list[NodeId](), ""

        def role(node: NodeId) -> str | None:
            owners.append(node)
            return None if node == self._here else self._role(node)

        while True:
            if self._members:
                try:
                    link = await self._network.dial(address, self._welcome, expected=None, role=role)
                except PeerUnreachable as error:
                    if self._here in owners:
                        _log.info("bootstrap %s is this node itself", address)
                        return
                    if error.reason != said:  # once, not at each try
                        _log.info("bootstrap %s: %s", address, said := error.reason)
                else:
                    self._adopt(link)
                    return
            await self._rest(backoff.next_s(), asyncio.Event())

    async def _rest(self, seconds: float, nudge: asyncio.Event) -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await nudge.wait()

    # -- links come and go

    def _role(self, node: NodeId) -> str | None:
        """What the member list says of `node` now, or that it is the recovery authority."""
        member = self._members.get(node)
        if member is None and self._authority is not None and node == self._authority[0]:
            return RECOVERY
        return member.role if member is not None else None

    def _role_at_door(self, node: NodeId) -> str | None:
        removed = self._removed.get(node)
        return self._role(node) or (removed.role if removed is not None else None)

    def _why_not(self, node: NodeId, hello: Hello) -> str:
        peer = self._peers.get(node)
        if peer is not None and peer.banned_s(self._clock.now()) > 0:
            return BANNED
        return self._judge(node, hello) or ("" if self._role(node) else REMOVED)

    def _hello(self) -> Hello:
        return Hello.of(self._local_hello(), cluster=self._cluster.digest, node=self._here.digest, codecs=self._codecs)

    def _accepted(self, link: Link) -> None:
        if link.role in ("full", "vault"):
            self._adopt(link)
            return
        if link.peer is not None and self._role(link.peer) != link.role:
            link.drop("it is no longer a member")
            return
        self._guests.add(link)
        self._spawn(self._see_out(link), "guest")

    async def _see_out(self, link: Link) -> None:
        await link.wait_closed()
        self._guests.discard(link)

    def _adopt(self, link: Link) -> None:
        """A link with a member is open: use it, or let the other one stay."""
        assert link.peer is not None
        peer = self._peers.get(link.peer)
        if peer is None or self._role(link.peer) != link.role or self._closed:
            link.drop("it is no longer a member")
            return
        if peer.banned_s(self._clock.now()) > 0:  # since its HELLO was judged
            link.drop(BANNED)
            return
        for old in list(peer.links):
            if old.hello.boot_nonce != link.hello.boot_nonce:
                old.drop("it was restarted")
                self._gone(peer, old, "it was restarted")
        first = not peer.links
        if peer.link is not None and not stays(link, peer.link, here=self._here, there=peer.node):
            peer.links.append(link)
            self._retire(link)
        else:
            for old in peer.links:
                self._retire(old)
            peer.links.insert(0, link)
        peer.error = ""
        peer.heard(self._clock.now())
        peer.backoff.reset()
        peer.nudge.set()
        self._spawn(self._watch(peer, link), f"watch {peer.node!r}")
        if link.hello.address_record and self._addresses_heard is not None:
            self._addresses_heard(peer.node, link.hello.address_record)
        if first:
            self._connected(peer.node, link.address)

    async def _watch(self, peer: Peer, link: Link) -> None:
        self._gone(peer, link, await link.wait_closed())

    def _gone(self, peer: Peer, link: Link, reason: str) -> None:
        """A link is no more. Without another one the peer is lost."""
        if link not in peer.links:
            return
        peer.links.remove(link)
        if not peer.links:
            peer.error = reason
            peer.heard(link.heard_at)
            peer.lost(self._clock.now())
            peer.nudge.set()
            self._lost(peer.node, reason)

    def _retire(self, link: Link) -> None:
        if link.dialled:
            self._spawn(self._close_when_idle(link), "retire")

    async def _close_when_idle(self, link: Link) -> None:
        looks = 0
        while looks < 2 and not link.closed:
            await self._clock.sleep(_RETIRE_LOOK_S)
            looks = looks + 1 if link.idle else 0
        peer = self._peers.get(link.peer) if link.peer is not None else None
        if peer is None or peer.link is not link:  # the other one may be gone by now
            link.drop("another link to the same node is in use")

    def _forget(self, peer: Peer) -> None:
        if peer.dialling is not None:
            peer.dialling.cancel()
        for link in list(peer.links):
            link.drop("it is no longer a member")
            self._gone(peer, link, "it is no longer a member")

    def _spawn(self, work: Coroutine[Any, Any, None], name: str) -> asyncio.Task[None]:
        task = asyncio.get_running_loop().create_task(work, name=name)
        self._tasks.add(task)
        task.add_done_callback(self._done)
        return task

    def _done(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            message = f"a task of the mesh failed: {task.get_name()}"
            task.get_loop().call_exception_handler({"message": message, "exception": error, "task": task})
