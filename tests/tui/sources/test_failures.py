"""What a failure says: the error's own words, what is left, and what to do now."""

from __future__ import annotations

import pytest

from dfs_core.client import DfsError
from dfs_core.errors import (
    Cancelled,
    ChunkCorrupt,
    ChunkNotFound,
    FileUnusable,
    IntegrityError,
    KeyNotFound,
    NoMajority,
    NotEnoughCopies,
    OutcomeUnknown,
    PeerUnreachable,
    StoreFull,
    VersionNotFound,
)
from dfs_tui.sources.failures import retrieve_failure, store_failure

ID, CHUNK = "ab" * 32, "cd" * 32


def named(text: str) -> str:
    return text.replace(ID[:12], "n2")


@pytest.mark.parametrize(
    ("error", "said", "everything"),
    [
        (
            NotEnoughCopies(2, 1, {ID: "its disk is full"}),
            ("1 of 2", "n2: its disk is full", "What arrived stays"),
            True,
        ),
        (NoMajority([ID]), ("unreachable: n2", "R sends only what is not there yet"), True),
        (StoreFull("/data is full"), ("/data is full", "R sends"), True),
        (PeerUnreachable(ID, "the link broke"), ("n2: the link broke", "R sends"), True),
        (FileUnusable("/a.raw", "Permission denied"), ("/a.raw: Permission denied", "put that right, then R"), False),
        (OutcomeUnknown("00ff"), ("not known", "Look for it in Keys"), False),
    ],
)
def test_a_store_that_failed_says_which_node_what_is_left_and_what_to_do(
    error: DfsError, said: tuple[str, ...], everything: bool
) -> None:
    failure = store_failure(error, named)
    assert all(words in str(failure) for words in said), str(failure)
    assert failure.everything is everything


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (KeyNotFound("a"), ("'a'", "removed meanwhile", "Nothing was written")),
        (VersionNotFound("a", 3), ("no version 3", "h shows")),
        (ChunkCorrupt(CHUNK, f"every node ({ID[:12]})"), (CHUNK[:12], "damaged", "(n2)", "Nothing was written")),
        (ChunkNotFound(CHUNK), (CHUNK[:12], "held by no node", "h has older versions")),
        (IntegrityError("it does not hash to b3"), ("does not hash", "R brings it anew")),
        (FileUnusable("/dl", "Read-only file system"), ("/dl: Read-only", "r for another place")),
        (PeerUnreachable(ID, f"chunk {CHUNK[:12]} is on no reachable node"), ("n2", "What came is kept")),
    ],
)
def test_a_retrieve_that_failed_says_which_chunk_and_node_what_is_left_and_what_to_do(
    error: DfsError, said: tuple[str, ...]
) -> None:
    text = str(retrieve_failure(error, named))
    assert all(words in text for words in said), text
    assert CHUNK not in text, "a chunk is named as briefly as a node"


def test_an_error_without_advice_is_said_as_it_is() -> None:
    assert str(store_failure(Cancelled("somebody else cancelled it"), named)) == "somebody else cancelled it"
