"""May a node be taken off the cluster? Not while files would be lost with it, unless the operator insists."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from dfs_core.encoding.health_messages import ItemsListed
from dfs_core.errors import InvalidInput, NotLeader, PeerError, Refused
from dfs_core.model.ids import NodeId
from dfs_core.replication.memberlist import MemberList

NAMED_MAX = 5


class Removal:
    """Asks the leader which files have copies on no other node that can be reached."""

    def __init__(
        self, *, me: NodeId, members: MemberList, only_on: Callable[[NodeId, int], Awaitable[ItemsListed]]
    ) -> None:
        """`only_on` as in `Auditing.only_on`."""
        self._me, self._members, self._only_on = me, members, only_on

    def named(self, name: str) -> NodeId:
        """The one member, operators too, whose id begins with `name`. InvalidInput: none, or several.

        Nothing else shows operators, so whoever names nobody is told which there are.
        """
        if len(name) == 2 * NodeId.size:
            return NodeId.parse(name.lower())
        listed = [member for member in self._members.layout.members if member.listed]
        matching = [member.node for member in listed if str(member.node).startswith(name.lower())]
        if len(matching) == 1:
            return matching[0]
        if matching:
            raise InvalidInput(f"{len(matching)} members begin with {name!r}; give more of the id")
        operators = ", ".join(member.node.short for member in listed if member.role == "operator")
        raise InvalidInput(
            f"no node of the cluster begins with {name!r}; 'dfs-core peers --json' shows whole ids"
            + (f"; its operators are {operators}" if operators else "")
        )

    async def check(self, node: NodeId, force: bool) -> None:
        """Return when `node` may go. Refused: it must not, the text names files; or what it holds cannot be told yet.

        Copies that are on other nodes make it safe: what then has too few is copied again. An operator holds nothing.
        """
        name = node.short
        member = self._members.member(node)
        if member is None or not member.listed:
            raise Refused("unknown", f"{name} is not a member; 'dfs-core peers' lists them")
        if node == self._me:
            raise Refused("self", "a node does not remove itself; ask another one")
        if force or member.role == "operator":
            return
        try:
            found = await self._only_on(node, NAMED_MAX + 1)
        except (NotLeader, PeerError) as error:
            raise Refused(
                "not_counted",
                f"it is not known yet what only {name} holds ({error or 'copies are being counted'}); "
                "try again in a moment, or remove it all the same with --force",
            ) from error
        if found.items or found.key:
            raise Refused("last_copies", _text(name, found))


def _text(name: str, found: ItemsListed) -> str:
    named = [f"{item.key!r} (version {item.version})" for item in found.items[:NAMED_MAX]]
    more = " and more" if found.key or len(found.items) > NAMED_MAX else ""
    files = ", ".join(named) if named else "some files"
    return (
        f"no other node that can be reached has copies of all of {files}{more}: they would be lost with {name}; "
        f"'dfs-core drain {name}' moves everything off it first, --force loses them"
    )
