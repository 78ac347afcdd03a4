"""What a client may ask of a node about its links: drop one, refuse a peer for a while, let it in again."""

from __future__ import annotations

from typing import ClassVar

import msgspec

from dfs_core.encoding.message import Done, Message
from dfs_core.limits import BAN_S_DEFAULT


class DisconnectPeer(Message, frozen=True, tag="disconnect_peer"):
    """Drop the links of the answering node to this member (its id, hex); they are dialled again at once."""

    node: str
    reply: ClassVar[type[msgspec.Struct] | None] = Done


class BanPeer(Message, frozen=True, tag="ban_peer"):
    """Have the answering node refuse this member and not dial it, for so long or until it starts anew."""

    node: str
    for_s: float = BAN_S_DEFAULT
    reply: ClassVar[type[msgspec.Struct] | None] = Done


class AllowPeer(Message, frozen=True, tag="allow_peer"):
    """Have the answering node end its ban of this member, and dial it at once."""

    node: str
    reply: ClassVar[type[msgspec.Struct] | None] = Done


LINK_MESSAGES: tuple[type[Message], ...] = (DisconnectPeer, BanPeer, AllowPeer)
