"""Exit codes by kind of error, for scripts. docs/cli.md shows this table; a test compares the two.

A code once given out keeps its meaning. Several failures of different kinds in one run give PART.
"""

from __future__ import annotations

from collections.abc import Iterable

from dfs_core.errors import DfsError

OK, PART, USAGE = 0, 1, 2
INTERRUPTED, BROKEN_PIPE = 130, 141  # 128 + SIGINT, 128 + SIGPIPE, as a shell would report them

# error code (errors.py) → exit code
EXIT_CODES: dict[str, int] = {
    "error": 1,
    "invalid": 2,
    "not_found": 3,
    "key_not_found": 3,
    "version_not_found": 3,
    "chunk_not_found": 4,
    "integrity": 4,
    "chunk_corrupt": 4,
    "seal_broken": 4,
    "file_changed": 5,
    "file": 5,
    "file_there": 5,
    "copies": 6,
    "majority": 7,
    "not_leader": 7,
    "unknown": 8,
    "peer": 9,
    "peer_unreachable": 9,
    "peer_timeout": 9,
    "peer_refused": 9,
    "stale_layout": 9,
    "behind": 9,
    "not_allowed": 10,
    "not_admitted": 10,
    "refused": 10,
    "condemned": 10,
    "store": 11,
    "full": 11,
    "halted": 11,
    "config": 12,
    "not_running": 13,
    "node_failed": 13,
    "expelled": 15,
    "protocol": 14,
    "hello_refused": 14,
    "cancelled": INTERRUPTED,
}

MEANINGS: dict[int, str] = {
    0: "done",
    1: "some of it failed, in several ways; or an error of no other kind",
    2: "the command line, a key, a range or an option is malformed",
    3: "no such key, version or transfer",
    4: "data is damaged or lost: no intact copy of it could be had",
    5: "one of your files cannot be read or written, is there already, or changed while it was read",
    6: "too few nodes took a copy; nothing was stored",
    7: "no majority of the nodes decides now; nothing was stored",
    8: "the node went away before it could say whether the store was done; run it again",
    9: "a node cannot be reached or did not answer in time",
    10: "not allowed, or refused by the cluster",
    11: "a node's folder is full, locked, or not for this version of dfs",
    12: "a setting is missing, malformed or unknown",
    13: "no node is running there, or it did not start",
    14: "the two sides do not understand each other",
    15: "this node was removed, or its folder was copied or put back: it must not be started again",
    INTERRUPTED: "interrupted by Ctrl-C, or the transfer was cancelled",
    BROKEN_PIPE: "whoever read the output went away",
}


def exit_code_of(error: DfsError) -> int:
    """The exit code for one error."""
    return EXIT_CODES.get(error.code, PART)


def exit_code_of_all(errors: Iterable[DfsError]) -> int:
    """OK without errors, the common code when all are alike, else PART."""
    codes = {exit_code_of(error) for error in errors}
    return codes.pop() if len(codes) == 1 else PART if codes else OK
