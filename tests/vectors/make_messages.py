"""Bring messages.json up to date: `python tests/vectors/make_messages.py`, from the project's folder.

A message that has no vector gets one, a new field of an old message gets a value, and the bytes are encoded anew. What
stays is the fields that were there: a message that was not touched has the same bytes as before, or a test says so.
"""

from __future__ import annotations

import json
from itertools import count
from pathlib import Path
from typing import Any, get_args, get_origin

import msgspec

from dfs_core.encoding.codec import CODECS
from dfs_core.encoding.messages import ALL_MESSAGES, tag_of

PLACE = Path(__file__).with_name("messages.json")


def value_of(kind: Any, numbers: count[int]) -> Any:
    """A value of this type that no other field of the message has."""
    number = next(numbers)
    plain = {
        bool: number % 2 == 0,
        int: number,
        float: number + 0.5,
        str: f"text-{number}",
        bytes: {"hex": f"{number:02x}" * 3},
    }
    if kind in plain:
        return plain[kind]
    if get_origin(kind) is list:
        return [value_of(get_args(kind)[0], numbers)]
    if get_origin(kind) is dict:
        return {f"text-{next(numbers)}": value_of(get_args(kind)[1], numbers)}
    if isinstance(kind, type) and issubclass(kind, msgspec.Struct):
        return completed(kind, {}, numbers)
    raise TypeError(f"no value is known for {kind}")


def completed(kind: type[msgspec.Struct], fields: dict[str, Any], numbers: count[int]) -> dict[str, Any]:
    """`fields` in the order of the class, with a value for each that is missing."""
    found: dict[str, Any] = {}
    for field in msgspec.structs.fields(kind):
        if field.name not in fields:
            found[field.name] = value_of(field.type, numbers)
            continue
        value, inner = fields[field.name], field.type
        if isinstance(inner, type) and issubclass(inner, msgspec.Struct):
            value = completed(inner, value, numbers)
        elif get_origin(inner) is list and isinstance(get_args(inner)[0], type):
            each = get_args(inner)[0]
            if issubclass(each, msgspec.Struct):
                value = [completed(each, item, numbers) for item in value]
        found[field.name] = value
    return found


def revived(value: Any) -> Any:
    """Bytes are written as {"hex": …}."""
    if isinstance(value, dict):
        if set(value) == {"hex"}:
            return bytes.fromhex(value["hex"])
        return {key: revived(each) for key, each in value.items()}
    return [revived(each) for each in value] if isinstance(value, list) else value


def main() -> None:
    vectors = json.loads(PLACE.read_text(encoding="utf-8"))
    kept = {case["tag"]: case["fields"] for case in vectors["messages"]}
    cases = []
    for kind in ALL_MESSAGES:
        tag = tag_of(kind)
        fields = completed(kind, kept.get(tag, {}), count(1 if tag not in kept else 101))
        message = msgspec.convert({"type": tag, **revived(fields)}, kind, builtin_types=(bytes,))
        encoded = {name: CODECS[name].encode(message).hex() for name in sorted(CODECS)}
        cases.append({"tag": tag, "fields": fields, **encoded})
    vectors["messages"] = cases
    PLACE.write_text(json.dumps(vectors, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
