"""frames.json: whole frames byte by byte, and headers that must be refused before their payload."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from dfs_core.encoding.frame import Frame, FrameDecoder, Kind, encode_frame, parse_header
from dfs_core.errors import RemoteProtocolError

VECTORS = json.loads(Path(__file__).with_name("frames.json").read_text(encoding="utf-8"))


def frame_of(case: dict[str, Any]) -> Frame:
    return Frame(Kind(case["kind"]), case["flags"], case["id"], bytes.fromhex(case["payload"]))


@pytest.mark.parametrize("case", VECTORS["frames"], ids=lambda case: case["name"])
def test_a_frame_is_these_bytes(case: dict[str, Any]) -> None:
    frame, wire = frame_of(case), bytes.fromhex(case["bytes"])
    assert encode_frame(frame.kind, frame.payload, flags=frame.flags, id_=frame.id) == wire
    assert FrameDecoder().receive(wire) == [frame]


def test_all_frames_in_a_row_byte_by_byte() -> None:
    decoder = FrameDecoder()
    wire = b"".join(bytes.fromhex(case["bytes"]) for case in VECTORS["frames"])
    assert [frame for byte in wire for frame in decoder.receive(bytes([byte]))] == [
        frame_of(case) for case in VECTORS["frames"]
    ]


@pytest.mark.parametrize("case", VECTORS["refused"], ids=lambda case: case["why"])
def test_a_header_is_refused(case: dict[str, Any]) -> None:
    with pytest.raises(RemoteProtocolError):
        parse_header(bytes.fromhex(case["header"]))


def test_every_kind_has_a_vector() -> None:
    assert {case["kind"] for case in VECTORS["frames"]} == set(Kind)
