"""docs/crypto.md against the code: the tests it names exist, and so do the markers and contexts it prints."""

from __future__ import annotations

import re
from pathlib import Path

from dfs_core.crypto import identity, invitation, seal, secrets, snapshot
from dfs_core.model import manifest

ROOT = Path(__file__).parents[2]
TEXT = " ".join((ROOT / "docs" / "crypto.md").read_text().split())


def test_every_test_and_vector_that_the_document_names_exists() -> None:
    sources = [path.read_text() for path in (ROOT / "tests").rglob("test_*.py")]
    defined = {name for source in sources for name in re.findall(r"def (test_\w+)", source)}
    named = set(re.findall(r"\btest_\w+", TEXT))
    assert len(named) > 30
    assert not named - defined
    for name in re.findall(r"\b(\w+\.json)", TEXT):
        assert (ROOT / "tests" / "vectors" / name).exists(), name


def test_the_document_prints_the_markers_contexts_and_purposes_of_the_code() -> None:
    markers = (
        seal.CHUNK_MARKER,
        seal.PART_MARKER,
        snapshot.ROOT_MARKER,
        snapshot.POINTER_MARKER,
        manifest.MARKER,
        secrets.MARKER,
        identity.RECORD_MARKER,
    )
    for marker in markers:
        assert marker.decode() in TEXT
    written = {
        text
        for module in (secrets, identity, invitation, snapshot)
        for text in vars(module).values()
        if isinstance(text, str) and text.startswith("dfs v1 ")
    }
    assert len(written) == 11
    assert not {text for text in written if text not in TEXT}
