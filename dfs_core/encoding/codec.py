"""Two codecs for the same messages; a link agrees on one in HELLO.

`msgpack` is what a foreign client would speak: self-describing maps, the tag under "type", written by the msgpack
library. `compact` is positional: the tag, then the fields in their order, nested values likewise; its classes are made
from the message classes (`_Twins`), so that the two can never differ in what they carry. In both, what the reader does
not know (fields, trailing positions) is ignored and what is missing takes its default.

Decoding is total: whatever the bytes, it returns a message or raises RemoteProtocolError, and it allocates in
proportion to the bytes that are there, not to what they claim.
"""

from __future__ import annotations

from collections.abc import Iterable
from types import UnionType
from typing import Any, Literal, Protocol, Union, get_args, get_origin

import msgpack
import msgspec

from dfs_core.encoding.messages import ALL_MESSAGES, BY_TAG
from dfs_core.errors import LocalProtocolError, RemoteProtocolError
from dfs_core.limits import MESSAGE_BYTES_MAX

CodecName = Literal["msgpack", "compact"]

# The msgpack library makes a list as long as its header says before it looks at the items, and lists nest. The longest
# honest list (keys of a page, commands of an entry) is far below.
ITEMS_MAX = 131_072

_ENCODING = (msgspec.MsgspecError, TypeError, OverflowError, ValueError, RecursionError)
_DECODING = (msgspec.MsgspecError, msgpack.UnpackException, ValueError, TypeError, LookupError, RecursionError)


class Codec(Protocol):
    """Messages to bytes and back."""

    name: CodecName

    def encode(self, message: msgspec.Struct) -> bytes:
        """LocalProtocolError: it is no message, holds what no message may hold, or exceeds MESSAGE_BYTES_MAX."""
        ...

    def decode(self, payload: bytes | bytearray | memoryview) -> msgspec.Struct:
        """RemoteProtocolError: too long, an unknown tag, a missing field, a wrong type, or not msgpack at all."""
        ...


def _check_sent(payload: bytes, message: msgspec.Struct) -> bytes:
    if len(payload) > MESSAGE_BYTES_MAX:
        raise LocalProtocolError(f"{type(message).__name__} of {len(payload)} bytes, at most {MESSAGE_BYTES_MAX}")
    return payload


def _check_received(payload: bytes | bytearray | memoryview) -> None:
    if len(payload) > MESSAGE_BYTES_MAX:
        raise RemoteProtocolError(f"a message of {len(payload)} bytes, at most {MESSAGE_BYTES_MAX}")


class MsgpackCodec:
    """Maps with names, by the msgpack library; msgspec checks the types."""

    name: CodecName = "msgpack"

    def encode(self, message: msgspec.Struct) -> bytes:
        if type(message) not in _KNOWN:
            raise LocalProtocolError(f"{type(message).__name__} is not a message")
        try:
            fields = msgspec.to_builtins(message, builtin_types=(bytes, bytearray, memoryview))
            payload: bytes = msgpack.packb(fields, use_bin_type=True)
        except _ENCODING as error:
            raise LocalProtocolError(f"{type(message).__name__} cannot be encoded: {error}") from error
        return _check_sent(payload, message)

    def decode(self, payload: bytes | bytearray | memoryview) -> msgspec.Struct:
        _check_received(payload)
        try:
            fields = msgpack.unpackb(
                payload,
                raw=False,
                strict_map_key=True,
                max_array_len=min(ITEMS_MAX, len(payload)),
                max_map_len=min(ITEMS_MAX, len(payload)),
                max_ext_len=0,
            )
            kind = BY_TAG[fields["type"]]  # one class, not the union: msgspec would prepare that anew each time
            return msgspec.convert(fields, kind, builtin_types=(bytes, bytearray, memoryview))
        except _DECODING as error:
            raise RemoteProtocolError(f"not a message: {error}") from error


class _Twins:
    """For each message class, and each class nested in one, a class of the same fields that encodes by position."""

    def __init__(self, messages: Iterable[type[msgspec.Struct]]) -> None:
        self._made: dict[type[msgspec.Struct], type[msgspec.Struct]] = {}
        self.of = {message: self._twin(message) for message in messages}

    def _twin(self, original: type[msgspec.Struct]) -> type[msgspec.Struct]:
        if original not in self._made:
            fields: list[Any] = []
            for field in msgspec.structs.fields(original):
                kind = self._translate(field.type)
                if field.required:
                    fields.append((field.name, kind))
                elif field.default_factory is not msgspec.NODEFAULT:
                    fields.append((field.name, kind, msgspec.field(default_factory=field.default_factory)))
                else:
                    fields.append((field.name, kind, field.default))
            tag = original.__struct_config__.tag
            self._made[original] = msgspec.defstruct(original.__name__, fields, array_like=True, frozen=True, tag=tag)
        return self._made[original]

    def _translate(self, kind: Any) -> Any:
        """`kind` with every struct class in it replaced by its twin."""
        if isinstance(kind, type) and issubclass(kind, msgspec.Struct):
            return self._twin(kind)
        arguments = get_args(kind)
        if not arguments:
            return kind
        origin = get_origin(kind)
        translated = tuple(self._translate(argument) for argument in arguments)
        return Union[translated] if origin in (Union, UnionType) else origin[translated]  # noqa: UP007


class CompactCodec:
    """Positions without names, by msgspec."""

    name: CodecName = "compact"

    def __init__(self) -> None:
        twins = _Twins(ALL_MESSAGES).of
        self._twins = twins
        self._originals = {twin: original for original, twin in twins.items()}
        self._encoder = msgspec.msgpack.Encoder()
        self._decoder: msgspec.msgpack.Decoder[Any] = msgspec.msgpack.Decoder(Union[tuple(twins.values())])  # noqa: UP007

    def encode(self, message: msgspec.Struct) -> bytes:
        twin = self._twins.get(type(message))
        if twin is None:
            raise LocalProtocolError(f"{type(message).__name__} is not a message")
        try:
            payload = self._encoder.encode(_convert(message, twin))
        except _ENCODING as error:
            raise LocalProtocolError(f"{type(message).__name__} cannot be encoded: {error}") from error
        return _check_sent(payload, message)

    def decode(self, payload: bytes | bytearray | memoryview) -> msgspec.Struct:
        _check_received(payload)
        try:
            twin = self._decoder.decode(payload)
            return _convert(twin, self._originals[type(twin)])
        except _DECODING as error:
            raise RemoteProtocolError(f"not a message: {error}") from error


def _convert(value: msgspec.Struct, kind: type[msgspec.Struct]) -> msgspec.Struct:
    return msgspec.convert(value, kind, from_attributes=True, builtin_types=(bytes, bytearray, memoryview))


_KNOWN = frozenset(BY_TAG.values())

CODECS: dict[str, Codec] = {codec.name: codec for codec in (CompactCodec(), MsgpackCodec())}
"""Every codec this program has, by the name it has in HELLO; both are without state and shared by all links."""
