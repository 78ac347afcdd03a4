"""Who is to be removed loses its vote first."""

from __future__ import annotations

from dfs_core.encoding.commands import SetMember, encode_command
from dfs_core.model.raft_messages import Configuration
from dfs_core.replication.unseating import without_removed

from .conftest import node_id

ONE, TWO, THREE = (node_id(number).digest for number in (1, 2, 3))
TOKEN = bytes(16)


def removal(node: bytes, state: str = "removed") -> bytes:
    return encode_command(SetMember(TOKEN, node, state=state))


def test_a_voter_that_is_to_be_removed_follows_from_before_on() -> None:
    now = Configuration.of([ONE, TWO], [THREE])
    assert without_removed([removal(THREE), removal(TWO)], now) == Configuration.of([ONE], [TWO, THREE])


def test_nothing_else_changes_who_votes() -> None:
    now = Configuration.of([ONE, TWO], [THREE])
    for commands in ([], [removal(THREE)], [removal(ONE, "draining")], [encode_command(SetMember(ONE[:16], THREE))]):
        assert without_removed(commands, now) is None


def test_the_only_voter_stays_one() -> None:
    assert without_removed([removal(ONE)], Configuration.of([ONE], [TWO])) is None
