"""manifest.json: heads and pages as they are before they are sealed."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from dfs_core.errors import InvalidInput
from dfs_core.model.manifest import ChunkRef, Head, Page, decode_head, decode_page, encode_head, encode_page

VECTORS = json.loads(Path(__file__).with_name("manifest.json").read_text())


@pytest.mark.parametrize("case", VECTORS["heads"], ids=lambda case: f"{case['size']} bytes")
def test_a_head_is_encoded_and_decoded_as_recorded(case: dict[str, Any]) -> None:
    inline = None if case["inline"] is None else bytes.fromhex(case["inline"])
    head = Head(case["chunk_bytes"], case["size"], bytes.fromhex(case["content_hash"]), inline)
    assert encode_head(head).hex() == case["encoded"]
    assert decode_head(bytes.fromhex(case["encoded"])) == head


@pytest.mark.parametrize("case", VECTORS["pages"], ids=lambda case: f"{len(case['refs'])} chunks")
def test_a_page_is_encoded_and_decoded_as_recorded(case: dict[str, Any]) -> None:
    refs = (
        ChunkRef(bytes.fromhex(ref["address"]), bytes.fromhex(ref["secret"]), ref["length"]) for ref in case["refs"]
    )
    page = Page(case["epoch"], tuple(refs))
    assert encode_page(page).hex() == case["encoded"]
    assert decode_page(bytes.fromhex(case["encoded"]), page.addresses) == page


@pytest.mark.parametrize("case", VECTORS["refused_heads"], ids=lambda case: case["why"])
def test_a_recorded_bad_head_is_refused(case: dict[str, str]) -> None:
    with pytest.raises(InvalidInput):
        decode_head(bytes.fromhex(case["encoded"]))


@pytest.mark.parametrize("case", VECTORS["refused_pages"], ids=lambda case: case["why"])
def test_a_recorded_bad_page_is_refused(case: dict[str, Any]) -> None:
    with pytest.raises(InvalidInput):
        decode_page(bytes.fromhex(case["encoded"]), [bytes.fromhex(address) for address in case["addresses"]])
