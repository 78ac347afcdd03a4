"""The life of a connection: the table, all of it."""

from __future__ import annotations

import pytest

from dfs_core.errors import RemoteProtocolError
from dfs_core.transport.states import MOVES, Input, State, move


@pytest.mark.parametrize("state", State)
@pytest.mark.parametrize("happened", Input)
def test_a_move_is_in_the_table_or_an_error(state: State, happened: Input) -> None:
    if (state, happened) in MOVES:
        assert move(state, happened) is MOVES[state, happened]
    else:
        with pytest.raises(RemoteProtocolError, match=f"{happened.name} is not allowed while {state.name}"):
            move(state, happened)


def test_nothing_leads_out_of_closed() -> None:
    assert {target for (source, _), target in MOVES.items() if source is State.CLOSED} == {State.CLOSED}


def test_nothing_leads_back_to_greeting() -> None:
    assert State.GREETING not in MOVES.values()


@pytest.mark.parametrize("state", State)
def test_every_connection_can_be_lost(state: State) -> None:
    assert move(state, Input.LOST) is State.CLOSED
