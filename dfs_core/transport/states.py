"""The life of a connection as a table: what is not in it cannot happen. docs/protocol.md draws it."""

from __future__ import annotations

from enum import Enum, auto

from dfs_core.errors import RemoteProtocolError


class State(Enum):
    """Where a connection is in its life."""

    GREETING = auto()
    OPEN = auto()
    CLOSING = auto()
    CLOSED = auto()


class Input(Enum):
    """What can happen to a connection as a whole."""

    HELLO = auto()
    FRAME = auto()  # any other of theirs
    GOODBYE = auto()  # theirs
    CLOSE = auto()  # ours
    LOST = auto()


MOVES: dict[tuple[State, Input], State] = {
    (State.GREETING, Input.HELLO): State.OPEN,
    (State.GREETING, Input.GOODBYE): State.CLOSED,
    (State.GREETING, Input.CLOSE): State.CLOSING,
    (State.OPEN, Input.FRAME): State.OPEN,
    (State.OPEN, Input.GOODBYE): State.CLOSED,
    (State.OPEN, Input.CLOSE): State.CLOSING,
    **{(state, Input.LOST): State.CLOSED for state in State},
}
"""Every legal move; what is not here is a protocol error."""


def move(state: State, happened: Input) -> State:
    """The next state. RemoteProtocolError when that may not happen now."""
    try:
        return MOVES[state, happened]
    except KeyError:
        raise RemoteProtocolError(f"{happened.name} is not allowed while {state.name}") from None
