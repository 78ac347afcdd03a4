"""Why a transfer failed, for people: what went wrong and where, what is left of it, and what to do now.

The first part is the error's own text, which names the chunk and the nodes. What follows is chosen by the error's type
and never by its words.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from dfs_core.client import (
    ChunkCorrupt,
    ChunkNotFound,
    DfsError,
    FileUnusable,
    IntegrityError,
    KeyNotFound,
    NoMajority,
    NotEnoughCopies,
    OutcomeUnknown,
    PeerError,
    StoreFull,
    VersionNotFound,
)
from dfs_tui.sources.base import SourceError

Named = Callable[[str], str]
Advice = Sequence[tuple[type[DfsError] | tuple[type[DfsError], ...], str]]

HOPELESS = (NoMajority, NotEnoughCopies, StoreFull, PeerError)  # the next file of the same store would fail as well
_REST = "R sends only what is not there yet"
_STORE: Advice = (
    (FileUnusable, "It was not stored; put that right, then R"),
    (NotEnoughCopies, f"What arrived stays; make room there or start those nodes (S), then {_REST}"),
    ((NoMajority, StoreFull, PeerError), _REST),
    (OutcomeUnknown, "Look for it in Keys (4) before R"),
)
_RETRIEVE: Advice = (
    (KeyNotFound, "It was removed meanwhile. Nothing was written"),
    (VersionNotFound, "Nothing was written; h shows the versions there are"),
    ((ChunkCorrupt, ChunkNotFound), "Nothing was written; start nodes that are away, then R; h has older versions"),
    (IntegrityError, "Nothing of it was kept; R brings it anew"),
    (FileUnusable, "Nothing was written; put that right, then R, or r for another place"),
    ((PeerError, NoMajority), "What came is kept; start the nodes that are away, then R goes on from there"),
)
_LONG_ID = re.compile(r"\b([0-9a-f]{12})[0-9a-f]{52}\b")


def store_failure(error: DfsError, named: Named) -> SourceError:
    """A file was not stored."""
    return SourceError(_said(error, named, _STORE), everything=isinstance(error, HOPELESS))


def retrieve_failure(error: DfsError, named: Named) -> SourceError:
    """A key was not retrieved."""
    return SourceError(_said(error, named, _RETRIEVE))


def _said(error: DfsError, named: Named, advice: Advice) -> str:
    what = named(_LONG_ID.sub(r"\1", str(error))).rstrip(".")
    now = next((text for kinds, text in advice if isinstance(error, kinds)), "")
    return f"{what}. {now}" if now else what
