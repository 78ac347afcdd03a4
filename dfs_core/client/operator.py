"""Reaching a node from elsewhere as an operator: TLS with the operator's certificate, to a node of the member list.

The folder was made by `dfs-core join` with an operator's invitation. Its member list says whose key may answer: a node
that is not on it (any more) is refused before anything is said, whatever address it has. Each time a node is reached it
is asked for a newer list, which replaces the kept one, so an operator learns of new nodes and of removed ones. One who
meets only removed members can be misled (docs/crypto.md).
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import ssl
import stat
from pathlib import Path

from dfs_core.crypto.identity import Identity
from dfs_core.encoding.operator_record import OPERATOR_NAME, OperatorRecord, decode_operator, encode_operator
from dfs_core.encoding.peer_messages import AskMembers, MembersKnown
from dfs_core.errors import ConfigError, DfsError, NotAdmitted, PeerUnreachable
from dfs_core.model.ids import NodeId
from dfs_core.model.incarnation import REFUSED
from dfs_core.model.member import check_host_port, split_host_port
from dfs_core.transport.deadlines import Timing
from dfs_core.transport.hello import Hello, HelloFacts
from dfs_core.transport.link import Link, connect_tls
from dfs_core.transport.tls import client_context

IDENTITY_PATH = Path("identity") / "node.pem"
NODE_ROLES = ("full", "vault")


class Operator:
    """An operator's folder, read. `dial` opens links; nothing is kept open here."""

    def __init__(self, folder: Path, identity: Identity, record: OperatorRecord) -> None:
        self._folder, self._identity, self._record = folder, identity, record

    @classmethod
    def load(cls, folder: Path) -> Operator:
        """Read the folder; blocks. ConfigError: it is not an operator's, is damaged, or others may read its key."""
        key = folder / IDENTITY_PATH
        try:
            record = decode_operator((folder / OPERATOR_NAME).read_bytes())
            with key.open("rb") as file:
                if stat.S_IMODE(os.fstat(file.fileno()).st_mode) & 0o077:
                    raise ConfigError(f"{key} may be read by other users: run 'chmod 600 {key}'")
                return cls(folder, Identity.from_pem(file.read()), record)
        except OSError as error:
            raise ConfigError(
                f"{folder} is not an operator's folder ({error.strerror or error}): make one with 'dfs-core join'"
                " and a line from 'dfs-core invite --role operator'"
            ) from error

    @property
    def members(self) -> MembersKnown:
        """The newest member list seen."""
        return self._record.members

    def addresses(self) -> list[str]:
        """Where nodes of the cluster may be, best first."""
        listed = [
            address
            for member in self.members.members
            if member.role in NODE_ROLES and member.state != "removed"
            for address in member.addresses
        ]
        return list(dict.fromkeys((*self._record.addresses, *listed)))

    async def dial(self, address: str = "", *, timeout_s: float = 5.0) -> Link:
        """A link to the node at `address`, or to the first that answers when none is given.

        PeerUnreachable: nobody does. NotAdmitted: not a member, or one that does not know this operator (any more).
        InvalidInput: `address` is not HOST:PORT.
        """
        if address:
            check_host_port(address)
        failure: DfsError = PeerUnreachable("the cluster", "no address of a node is known; give one with --connect")
        for each in [address] if address else self.addresses():
            try:
                link = await self._dial(each, timeout_s)
            except PeerUnreachable as error:
                failure = _as_met_by_an_operator(each, error)
                continue
            await self._refresh(link, timeout_s)
            return link
        raise failure

    async def _dial(self, address: str, timeout_s: float) -> Link:
        host, port = split_host_port(address)
        certificates = [member.certificate for member in self.members.members if member.state != "removed"]
        context = await asyncio.to_thread(client_context, self._identity, certificates)
        hello = Hello.of(
            HelloFacts(), cluster=self._record.cluster, node=self._identity.node_id.digest, purpose="control"
        )
        return await connect_tls(
            host,
            port,
            context=context,
            expected=None,
            hello=hello,
            role=self._role,
            timeout_s=timeout_s,
            timing=Timing(stall_s=None),  # a person at a terminal may rest
        )

    def _role(self, node: NodeId) -> str | None:
        for member in self.members.members:
            if member.node == node.digest and member.state != "removed" and member.role in NODE_ROLES:
                return member.role
        return None

    async def _refresh(self, link: Link, timeout_s: float) -> None:
        """Take over a newer member list. What cannot be had or kept now is had the next time."""
        with contextlib.suppress(DfsError):
            known = await link.call(AskMembers(self.members.revision), timeout_s=timeout_s)
            if isinstance(known, MembersKnown) and known.members and known.revision > self.members.revision:
                self._record = OperatorRecord(self._record.cluster, known, self._record.addresses)
                await asyncio.to_thread(self._keep)

    def _keep(self) -> None:
        temporary = self._folder / f"{OPERATOR_NAME}.{os.getpid()}.new"
        with contextlib.suppress(OSError):
            temporary.write_bytes(encode_operator(self._record))
            temporary.replace(self._folder / OPERATOR_NAME)


def _as_met_by_an_operator(address: str, error: PeerUnreachable) -> PeerUnreachable:
    """The same failure, with the address that was dialled, in the words of somebody who is no node."""
    if isinstance(error.__cause__, ssl.SSLCertVerificationError):
        return NotAdmitted(address, "a node of another cluster answers there, or one that this certificate came before")
    _, refused, why = error.reason.partition(REFUSED)
    if refused:
        return NotAdmitted(address, f"this operator is refused: {why.partition(';')[0]}")
    if isinstance(error, NotAdmitted):
        return NotAdmitted(address, "it ended the link after the handshake; it may not know this operator (any more)")
    return PeerUnreachable(address, error.reason)
