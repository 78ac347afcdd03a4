"""docs/protocol.md says what the code does: its tables are compared with the classes and tables they describe."""

from __future__ import annotations

import re
import typing
from pathlib import Path

import msgspec
import pytest

from dfs_core import limits
from dfs_core.encoding import codec, frame
from dfs_core.encoding.frame import Kind, encode_header, parse_header
from dfs_core.encoding.messages import ALL_MESSAGES, tag_of
from dfs_core.errors import RemoteProtocolError
from dfs_core.transport.hello import Hello
from dfs_core.transport.roles import MAY_SEND, RECOVERY, may_send
from dfs_core.transport.states import MOVES, Input, State

DOCUMENT = (Path(__file__).parents[2] / "docs" / "protocol.md").read_text(encoding="utf-8")


def rows(heading: str) -> dict[str, list[str]]:
    """The table whose header row begins with `heading`: first cell → the others."""
    found: dict[str, list[str]] = {}
    for table in re.findall(rf"^\| {re.escape(heading)} \|.*\n\|[-|]+\n((?:\|.*\n)+)", DOCUMENT, re.MULTILINE):
        for line in table.splitlines():
            first, *others = (cell.strip() for cell in line.strip("|").split("|"))
            found[first] = others
    return found


MESSAGES = rows("Tag")
STRUCTURES = rows("Structure")
ROLES = rows("Message")
KINDS = rows("Kind")
LIFE = rows("State")


def fields_of(kind: type[msgspec.Struct]) -> str:
    return ", ".join(field.name for field in msgspec.structs.fields(kind)) or "–"


def structures() -> set[type[msgspec.Struct]]:
    found: set[type[msgspec.Struct]] = set()

    def look(kind: object) -> None:
        if isinstance(kind, type) and issubclass(kind, msgspec.Struct) and kind not in found:
            found.add(kind)
            for field in msgspec.structs.fields(kind):
                look(field.type)
        for argument in typing.get_args(kind):
            look(argument)

    for message in ALL_MESSAGES:
        look(message)
    return {kind for kind in found if kind.__struct_config__.tag is None}


@pytest.mark.parametrize("kind", ALL_MESSAGES, ids=tag_of)
def test_a_message_is_documented_with_its_fields_and_its_reply(kind: type[msgspec.Struct]) -> None:
    reply: type[msgspec.Struct] | None = getattr(kind, "reply", None)
    assert MESSAGES[f"`{tag_of(kind)}`"] == [fields_of(kind), f"`{tag_of(reply)}`" if reply else "–"]


def test_no_message_is_documented_that_is_not_there() -> None:
    assert set(MESSAGES) == {f"`{tag_of(kind)}`" for kind in ALL_MESSAGES}


def test_every_structure_is_documented_with_its_fields() -> None:
    assert {kind.__name__: [fields_of(kind)] for kind in structures()} == STRUCTURES


@pytest.mark.parametrize("kind", ALL_MESSAGES, ids=tag_of)
def test_the_role_table_is_the_one_that_is_enforced(kind: type[msgspec.Struct]) -> None:
    roles = ["full", "vault", "operator", "local", "joiner"]
    assert {*roles, RECOVERY} == set(MAY_SEND)
    documented = ROLES.get(f"`{tag_of(kind)}`", ["no"] * len(roles))
    assert documented == ["yes" if may_send(role, kind) else "no" for role in roles]


def test_what_the_recovery_sheet_allows_is_documented() -> None:
    assert set(rows("Under the recovery sheet")) == {f"`{tag_of(kind)}`" for kind in MAY_SEND[RECOVERY]}


@pytest.mark.parametrize("kind", Kind)
def test_the_bounds_of_a_frame_are_those_in_the_table(kind: Kind) -> None:
    name, size, *_ = KINDS[str(kind.value)]
    assert name == kind.name
    fewest, most = (int(bound.replace(",", "")) for bound in (size.split(" to ") * 2)[:2])
    id_ = 0 if KINDS[str(kind.value)][3] == "0" else 1
    flags = 1 if kind is Kind.MESSAGE else 0
    for good in (fewest, most):
        assert parse_header(encode_header(kind, flags, id_, good)).size == good
    for bad in {fewest - 1, most + 1}:
        if bad >= 0:
            with pytest.raises(RemoteProtocolError):
                parse_header(encode_header(kind, flags, id_, bad))


def test_every_field_of_hello_is_documented() -> None:
    documented = {name for cell in rows("Field") for name in cell.split(", ")}
    assert {field.name for field in msgspec.structs.fields(Hello)} <= documented


def test_the_states_are_drawn_as_they_are() -> None:
    inputs = [Input.HELLO, Input.FRAME, Input.GOODBYE, Input.CLOSE, Input.LOST]
    for state in State:
        for happened, cell in zip(inputs, LIFE[state.name], strict=True):
            expected = MOVES.get((state, happened))
            assert cell == (expected.name if expected else cell)
            assert expected is not None or cell in ("error", "–")


@pytest.mark.parametrize(
    ("words", "value"),
    [
        ("within 20 seconds", limits.FRAME_TIMEOUT_S == 20),
        ("within 5 seconds", limits.HELLO_TIMEOUT_S == 5),
        ("ten seconds of silence", limits.LINK_SILENT_S == 10),
        ("heard nothing for a second", limits.PING_INTERVAL_S == 1),
        ("0.2 to 10 seconds", (limits.DIAL_BACKOFF_S_MIN, limits.DIAL_BACKOFF_S_MAX) == (0.2, 10)),
        ("2,097,152", limits.STREAM_CREDIT_BYTES == 2_097_152),
        (
            "65,536 bytes and 4 requests",
            (limits.STRANGER_MESSAGE_BYTES_MAX, limits.STRANGER_REQUESTS_MAX) == (65_536, 4),
        ),
        ("131,072 items", codec.ITEMS_MAX == 131_072),
        ("0x80 LAST", frame.LAST == 0x80),
        ("0x01 END", frame.END == 1),
    ],
)
def test_a_number_in_the_text_is_the_one_in_force(words: str, value: bool) -> None:
    assert words in DOCUMENT
    assert value
