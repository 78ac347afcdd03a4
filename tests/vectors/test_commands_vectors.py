"""commands.json: what is put in the log, byte for byte."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import msgspec
import pytest

from dfs_core.encoding.commands import AnyCommand, decode_batch, decode_command, encode_batch, encode_command
from dfs_core.errors import RemoteProtocolError

VECTORS = json.loads(Path(__file__).with_name("commands.json").read_text())


def plain(value: Any) -> Any:
    """The value as the vectors write it: bytes in hex, structs as maps."""
    if isinstance(value, bytes):
        return value.hex()
    if isinstance(value, msgspec.Struct):
        return {name: plain(getattr(value, name)) for name in value.__struct_fields__}
    return [plain(item) for item in value] if isinstance(value, list) else value


@pytest.mark.parametrize("case", VECTORS["commands"], ids=lambda case: case["type"])
def test_a_command_is_encoded_and_decoded_as_recorded(case: dict[str, Any]) -> None:
    command = decode_command(bytes.fromhex(case["encoded"]))
    assert command.__struct_config__.tag == case["type"]
    assert plain(command) == case["fields"]
    assert encode_command(command).hex() == case["encoded"]


def test_every_command_is_recorded() -> None:
    tags = {kind.__struct_config__.tag for kind in AnyCommand.__args__}
    assert tags == {case["type"] for case in VECTORS["commands"]}


@pytest.mark.parametrize("case", VECTORS["batches"], ids=lambda case: f"{len(case['commands'])} commands")
def test_a_batch_is_encoded_and_decoded_as_recorded(case: dict[str, Any]) -> None:
    commands = [bytes.fromhex(command) for command in case["commands"]]
    assert encode_batch(case["elapsed_ms"], commands).hex() == case["encoded"]
    batch = decode_batch(bytes.fromhex(case["encoded"]))
    assert (batch.elapsed_ms, [bytes(command) for command in batch.commands]) == (case["elapsed_ms"], commands)


@pytest.mark.parametrize("case", VECTORS["refused"], ids=lambda case: case["why"])
def test_a_recorded_bad_command_is_refused(case: dict[str, str]) -> None:
    with pytest.raises(RemoteProtocolError, match="not a command"):
        decode_command(bytes.fromhex(case["encoded"]))


def test_an_unknown_field_of_a_command_is_ignored() -> None:
    case = VECTORS["ignored_field"]
    assert decode_command(bytes.fromhex(case["encoded"])).id.hex() == case["id"]
