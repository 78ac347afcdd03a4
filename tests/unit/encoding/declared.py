"""What a module of messages declares, and what may stand in a field."""

from __future__ import annotations

from types import ModuleType, NoneType, UnionType
from typing import Any, Union, get_args, get_origin

import msgspec

from dfs_core.encoding.message import Message

PLAIN = (bytes, str, int, float, bool, NoneType, Any)


def messages_of(module: ModuleType) -> list[type[Message]]:
    """The message classes that this module itself defines, in their order."""
    return [
        value
        for value in vars(module).values()
        if isinstance(value, type) and issubclass(value, Message) and value.__module__ == module.__name__
    ]


def tag_of(message: type[msgspec.Struct]) -> object:
    return message.__struct_config__.tag


def travels(kind: Any) -> bool:
    """A field of this type means the same in both codecs and to a client in another language."""
    if kind in PLAIN:
        return True
    if isinstance(kind, type) and issubclass(kind, msgspec.Struct):
        return all(travels(field.type) for field in msgspec.structs.fields(kind))
    if get_origin(kind) in (list, dict, Union, UnionType):
        return all(travels(argument) for argument in get_args(kind))
    return False
