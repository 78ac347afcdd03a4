"""What every message is: a frozen struct with an explicit tag.

The tag is the wire name and survives a rename of the class. Unknown *fields* are ignored and new fields have defaults,
so that a newer node can talk to an older one; an unknown *tag* is refused. Ids and addresses travel as raw bytes and
become `model.ids` types in the handler: that is the edge where they are checked.

A request names its reply in `reply`; a message whose `reply` is None is one-way. Bulk bytes never sit in a message:
they follow as DATA frames under the id of the request they belong to (`docs/protocol.md`, "Streams").
"""

from __future__ import annotations

from typing import Any, ClassVar

import msgspec


class Message(msgspec.Struct, frozen=True):
    """Base of all messages; `reply` is the type that answers it, or None when nothing does."""

    reply: ClassVar[type[msgspec.Struct] | None] = None


class Failed(Message, frozen=True, tag="failed"):
    """Any request may be answered by this. `code`, `text` and `facts` rebuild the error (`errors.from_wire`)."""

    code: str
    text: str
    facts: dict[str, Any] = {}


class Done(Message, frozen=True, tag="done"):
    """The request was carried out and there is nothing more to say."""
