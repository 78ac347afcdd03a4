"""messages.json: every message under both codecs, what older and newer writers send, and what must be refused."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import msgspec
import pytest

from dfs_core.encoding.codec import CODECS
from dfs_core.encoding.messages import ALL_MESSAGES, BY_TAG, tag_of
from dfs_core.errors import RemoteProtocolError

VECTORS = json.loads(Path(__file__).with_name("messages.json").read_text(encoding="utf-8"))


def revived(value: Any) -> Any:
    """Bytes are written as {"hex": …}."""
    if isinstance(value, dict):
        return (
            bytes.fromhex(value["hex"])
            if set(value) == {"hex"}
            else {key: revived(each) for key, each in value.items()}
        )
    return [revived(each) for each in value] if isinstance(value, list) else value


def message_of(case: dict[str, Any]) -> msgspec.Struct:
    kind = BY_TAG[case["tag"]]
    made: msgspec.Struct = msgspec.convert(
        {"type": case["tag"], **revived(case["fields"])}, kind, builtin_types=(bytes,)
    )
    return made


@pytest.mark.parametrize("codec", sorted(CODECS))
@pytest.mark.parametrize("case", VECTORS["messages"], ids=lambda case: case["tag"])
def test_a_message_is_these_bytes(case: dict[str, Any], codec: str) -> None:
    message, wire = message_of(case), bytes.fromhex(case[codec])
    assert CODECS[codec].encode(message) == wire
    assert CODECS[codec].decode(wire) == message


def test_every_message_has_a_vector() -> None:
    assert {case["tag"] for case in VECTORS["messages"]} == {tag_of(kind) for kind in ALL_MESSAGES}


@pytest.mark.parametrize("case", VECTORS["accepted"], ids=lambda case: f"{case['codec']}: {case['why']}")
def test_other_versions_are_understood(case: dict[str, Any]) -> None:
    assert CODECS[case["codec"]].decode(bytes.fromhex(case["bytes"])) == message_of(case["as"])


@pytest.mark.parametrize("case", VECTORS["refused"], ids=lambda case: f"{case['codec']}: {case['why']}")
def test_what_is_no_message_is_refused(case: dict[str, Any]) -> None:
    with pytest.raises(RemoteProtocolError):
        CODECS[case["codec"]].decode(bytes.fromhex(case["bytes"]))
