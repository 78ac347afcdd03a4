"""Who is to be removed loses its vote first.

Removing a member closes its links, on each node when that has applied the entry. If it still voted then, the others
could be without a majority and without a way to ask for its vote: of two voters the one that leads is removed, the
other one applies that, and the change of voters, which only the removed one can propose, does not reach it any more.
So the leader puts the change of voters into the log just before the entry that removes, and gives nobody a vote until
that is applied. Until then the member follows as a learner, so that it learns of it, too.
"""

from __future__ import annotations

from collections.abc import Sequence

from dfs_core.encoding.commands import SetMember, decode_command
from dfs_core.model.raft_messages import Configuration


def without_removed(commands: Sequence[bytes], now: Configuration) -> Configuration | None:
    """The configuration that must be in the log before these encoded commands; None: they may follow as it is.

    One voter at a time, as the log allows: of several that are removed at once the first.
    """
    for voter in now.voters:
        if any(_removes(command, voter) for command in commands):
            stay = [other for other in now.voters if other != voter]
            return Configuration.of(stay, [*now.learners, voter]) if stay else None
    return None


def _removes(command: bytes, node: bytes) -> bool:
    if node not in command:  # as of nearly all, some of which are large
        return False
    decoded = decode_command(command)
    return isinstance(decoded, SetMember) and decoded.node == node and decoded.state == "removed"
