from __future__ import annotations

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dfs_core.encoding.commands import (
    Abandon,
    Admit,
    AnyCommand,
    BeginGeneration,
    Commit,
    Condemn,
    ConfirmSheet,
    DropSnapshot,
    Expire,
    Forget,
    Found,
    KeepSnapshot,
    LiftHold,
    ManifestPage,
    Outcome,
    Refer,
    Remove,
    SecretEpoch,
    SetMember,
    SetSetting,
    Settle,
    Tick,
    decode_batch,
    decode_command,
    encode_batch,
    encode_command,
)
from dfs_core.encoding.peer_messages import MemberRecord
from dfs_core.errors import RemoteProtocolError

ID = b"i" * 16
MEMBER = MemberRecord(b"n" * 32, b"cert", "full", "attic", 1 << 40, "joined", ["10.0.0.1:7420"], 3)
PAGE = ManifestPage(1, b"a" * 64, 65552, 4112, b"sealed")
COMMANDS: list[AnyCommand] = [
    Found(ID, b"c" * 16, MEMBER, 3, 1 << 20),
    Admit(ID, b"h" * 32, MEMBER, b"m" * 32),
    SetMember(ID, b"n" * 32, state="removed"),
    SetSetting(ID, "copies", 2),
    Refer(ID, b"v" * 16, PAGE, 7),
    Abandon(ID, b"v" * 16),
    Commit(ID, b"v" * 16, "a/ü", 5, -1, 0o644, b"t" * 32, b"head", [PAGE], 1, 7, b"n" * 32, 1, expects=0),
    Remove(ID, "key", 1, purge=True),
    Expire(ID, "key", [1, 2, 1 << 40]),
    Condemn(ID, b"a" * 32 + b"b" * 32, [65552, 4112]),
    Forget(ID, 1 << 40),
    SecretEpoch(ID, 2, b"h" * 32, b"certificate"),
    ConfirmSheet(ID, 2),
    KeepSnapshot(ID, 1, 5, 2, b"s" * 16, 70_000, [PAGE], 1, 7),
    DropSnapshot(ID, 1),
    BeginGeneration(ID, 1, b"g" * 16),
    LiftHold(ID, 1),
    Settle(ID, b"t" * 16),
    Tick(ID),
]


def test_there_is_an_example_of_every_command() -> None:
    assert {type(command) for command in COMMANDS} == set(AnyCommand.__args__)


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: type(command).__name__)
def test_a_command_comes_back_as_it_went_in(command: AnyCommand) -> None:
    assert decode_command(encode_command(command)) == command
    assert decode_command(msgspec.Raw(encode_command(command))) == command


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: type(command).__name__)
def test_there_is_one_encoding_of_a_command(command: AnyCommand) -> None:
    again = decode_command(encode_command(command))
    assert encode_command(again) == encode_command(command)


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: type(command).__name__)
def test_a_command_that_is_cut_short_is_refused(command: AnyCommand) -> None:
    data = encode_command(command)
    for end in range(len(data)):
        with pytest.raises(RemoteProtocolError):
            decode_command(data[:end])


@pytest.mark.parametrize(
    "wrong",
    [
        {"type": "burn", "id": ID},
        {"id": ID},
        {"type": "tick"},
        {"type": "tick", "id": 5},
        {"type": "remove", "id": ID, "key": b"bytes", "wall_ms": 0},
        ["tick", ID],
        None,
    ],
)
def test_what_is_no_known_command_is_refused(wrong: object) -> None:
    with pytest.raises(RemoteProtocolError, match="not a command"):
        decode_command(msgspec.msgpack.encode(wrong))


def test_a_key_that_is_not_utf8_is_refused() -> None:
    broken = encode_command(Remove(ID, "zzz", 0)).replace(b"zzz", b"\xff\xfe\xfd")
    with pytest.raises(RemoteProtocolError):
        decode_command(broken)


@given(st.binary(max_size=200))
def test_decoding_is_total(data: bytes) -> None:
    for decode in (decode_command, decode_batch):
        try:
            decode(data)
        except RemoteProtocolError:
            continue


@given(st.integers(0, len(COMMANDS) - 1), st.data())
def test_decoding_a_damaged_command_is_total(which: int, draw: st.DataObject) -> None:
    damaged = bytearray(encode_command(COMMANDS[which]))
    damaged[draw.draw(st.integers(0, len(damaged) - 1))] ^= draw.draw(st.integers(1, 255))
    try:
        decode_command(bytes(damaged))
    except RemoteProtocolError:
        return


def test_an_entry_carries_its_commands_byte_for_byte_and_in_order() -> None:
    encoded = [encode_command(command) for command in COMMANDS]
    batch = decode_batch(encode_batch(250, encoded))
    assert batch.elapsed_ms == 250
    assert [bytes(raw) for raw in batch.commands] == encoded


def test_a_batch_can_be_read_although_one_of_its_commands_is_unknown() -> None:
    """The entry is in the log already: which of its commands cannot be applied is for `catalog.apply` to say."""
    unknown = msgspec.msgpack.encode({"type": "of a newer version", "id": ID})
    batch = decode_batch(encode_batch(0, [encode_command(Tick(ID)), unknown]))
    assert decode_command(batch.commands[0]) == Tick(ID)
    with pytest.raises(RemoteProtocolError):
        decode_command(batch.commands[1])


def test_an_outcome_without_a_reason_means_that_the_command_was_applied() -> None:
    assert (Outcome().reason, Outcome().text, Outcome().version, Outcome().revision) == ("", "", 0, 0)
