from __future__ import annotations

from collections.abc import Callable

import msgspec
import pytest

from dfs_core import errors
from dfs_core.errors import (
    CatalogHalted,
    ChunkCorrupt,
    ChunkNotFound,
    ChunksCondemned,
    DfsError,
    FenceBehind,
    FileThere,
    FileUnusable,
    IntegrityError,
    KeyNotFound,
    LocalProtocolError,
    NodeFailed,
    NodeNotRunning,
    NoMajority,
    NotAdmitted,
    NotEnoughCopies,
    NotFound,
    NotLeader,
    OutcomeUnknown,
    PeerError,
    PeerRefused,
    PeerTimeout,
    PeerUnreachable,
    Refused,
    RemoteProtocolError,
    VersionNotFound,
    from_wire,
)

NODE = "ab" * 32

WITH_FACTS: dict[type[DfsError], Callable[[], DfsError]] = {
    KeyNotFound: lambda: KeyNotFound("photos/a b.jpg"),
    VersionNotFound: lambda: VersionNotFound("key", 7),
    ChunkNotFound: lambda: ChunkNotFound("cd" * 32, "two were asked"),
    ChunkCorrupt: lambda: ChunkCorrupt("cd" * 32, "this node"),
    PeerError: lambda: PeerError(NODE, "no link"),
    NotAdmitted: lambda: NotAdmitted("10.0.0.1:7420", "not listed"),
    PeerUnreachable: lambda: PeerUnreachable("10.0.0.1:7420", "connection refused"),
    PeerTimeout: lambda: PeerTimeout(NODE, "no answer in 5 s"),
    PeerRefused: lambda: PeerRefused(NODE, "no", "a_newer_code"),
    NotEnoughCopies: lambda: NotEnoughCopies(2, 1, {NODE: "switched off"}),
    NoMajority: lambda: NoMajority([NODE]),
    NotLeader: lambda: NotLeader(NODE),
    OutcomeUnknown: lambda: OutcomeUnknown("ee" * 16),
    Refused: lambda: Refused("missing", "there is no such key"),
    ChunksCondemned: lambda: ChunksCondemned("condemned", "send it again", ["cd" * 32]),
    FenceBehind: lambda: FenceBehind(9, 7),
    FileUnusable: lambda: FileUnusable("/a/file", "no permission"),
    FileThere: lambda: FileThere("/a/file"),
    CatalogHalted: lambda: CatalogHalted(41, "unknown command"),
    NodeNotRunning: lambda: NodeNotRunning("/a/socket"),
    NodeFailed: lambda: NodeFailed("node2", "ended with code 3"),
}


def kinds() -> list[type[DfsError]]:
    found: list[type[DfsError]] = [DfsError]
    for kind in found:
        found.extend(kind.__subclasses__())
    return found


def example(kind: type[DfsError]) -> DfsError:
    return WITH_FACTS.get(kind, lambda: kind("what happened, and what to do"))()


def test_every_error_with_facts_has_an_example_here() -> None:
    assert {kind for kind in kinds() if kind.fields} == set(WITH_FACTS)


@pytest.mark.parametrize("kind", kinds(), ids=lambda kind: kind.__name__)
def test_an_error_is_the_same_on_the_other_side_of_a_link(kind: type[DfsError]) -> None:
    error = example(kind)
    facts = msgspec.msgpack.decode(msgspec.msgpack.encode(error.facts()))
    rebuilt = from_wire(error.code, str(error), facts)
    assert str(rebuilt) == str(error)
    assert rebuilt.facts() == error.facts()
    if kind not in (LocalProtocolError, RemoteProtocolError):  # whose fault it was depends on the side one is on
        assert type(rebuilt) is kind


@pytest.mark.parametrize("kind", kinds(), ids=lambda kind: kind.__name__)
def test_the_tree_in_the_docstring_names_each_error_with_its_parent_and_code(kind: type[DfsError]) -> None:
    document = errors.__doc__ or ""
    lines = [line for line in document.splitlines() if line.lstrip(" │├└─").split(" ")[0] == kind.__name__]
    assert len(lines) == 1, f"{kind.__name__} is on {len(lines)} lines of the tree"
    if kind.__bases__[0] is DfsError:
        assert kind.code in lines[0].split(), f"the tree does not give the code {kind.code!r}"


def test_codes_are_unique_but_for_the_two_sides_of_a_protocol_error() -> None:
    codes = [kind.code for kind in kinds() if kind not in (LocalProtocolError, RemoteProtocolError)]
    assert len(set(codes)) == len(codes)


def test_a_code_from_a_newer_node_is_a_refusal_that_keeps_code_and_text() -> None:
    error = from_wire("too_tired", "come back tomorrow", {"until": 7}, node=NODE)
    assert isinstance(error, PeerRefused)
    assert (error.peer_code, error.reason, error.node) == ("too_tired", "come back tomorrow", NODE)
    assert "come back tomorrow" in str(error)


def test_missing_facts_make_a_refusal_and_unknown_ones_are_ignored() -> None:
    assert isinstance(from_wire("key_not_found", "no such key", {}), PeerRefused)
    error = from_wire("key_not_found", "no such key", {"key": "a", "colour": "red"})
    assert isinstance(error, KeyNotFound)
    assert not hasattr(error, "colour")


def test_callers_can_branch_on_kinds_of_errors() -> None:
    assert isinstance(KeyNotFound("a"), NotFound)
    assert isinstance(ChunkCorrupt("a"), IntegrityError)
    assert isinstance(from_wire("peer_timeout", "late", {"node": NODE, "reason": "late"}), PeerError)


def test_too_few_copies_name_each_node_and_its_reason() -> None:
    text = str(NotEnoughCopies(2, 1, {NODE: "switched off", "cd" * 32: "the disk is full"}))
    assert "1 of 2" in text
    assert f"{NODE[:12]}: switched off" in text
    assert "cdcdcdcdcdcd: the disk is full" in text


def test_a_missing_majority_names_who_is_missing() -> None:
    assert NODE[:12] in str(NoMajority([NODE]))
    assert "elected" in str(NoMajority([]))


def test_ids_are_shortened_and_addresses_are_not() -> None:
    assert str(PeerError(NODE, "why")) == f"{NODE[:12]}: why"
    assert str(PeerError("node.example.org:7420", "why")) == "node.example.org:7420: why"
