"""chunking.json: padded sizes and the chunks of a byte range."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from dfs_core.errors import InvalidInput
from dfs_core.model.chunking import chunk_spans, padded_size

VECTORS = json.loads(Path(__file__).with_name("chunking.json").read_text())


@pytest.mark.parametrize("case", VECTORS["padded_size"], ids=lambda case: str(case["length"]))
def test_a_chunk_is_padded_as_recorded(case: dict[str, int]) -> None:
    assert padded_size(case["length"]) == case["padded"]


@pytest.mark.parametrize("case", VECTORS["spans"], ids=lambda case: f"{case['size']}:{case['start']}-{case['end']}")
def test_a_range_touches_the_recorded_chunks(case: dict[str, Any]) -> None:
    spans = chunk_spans(case["size"], case["chunk_bytes"], case["start"], case["end"])
    assert [list(span) for span in spans] == case["spans"]


@pytest.mark.parametrize("case", VECTORS["refused"], ids=lambda case: f"{case['start']}-{case['end']}")
def test_a_recorded_bad_range_is_refused(case: dict[str, Any]) -> None:
    with pytest.raises(InvalidInput):
        list(chunk_spans(case["size"], case["chunk_bytes"], case["start"], case["end"]))
