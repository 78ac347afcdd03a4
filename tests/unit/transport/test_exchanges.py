"""Whose ids are whose, what is late and what is wrong."""

from __future__ import annotations

import pytest

from dfs_core.errors import RemoteProtocolError
from dfs_core.transport.exchanges import Exchanges
from dfs_core.transport.stream import Incoming, Outgoing


def streams() -> tuple[Incoming, Outgoing]:
    return Incoming(10), Outgoing(10)


@pytest.mark.parametrize(("dialled", "ids"), [(True, [1, 3, 5]), (False, [2, 4, 6])])
def test_the_dialler_uses_odd_ids_and_the_listener_even_ones(dialled: bool, ids: list[int]) -> None:
    exchanges = Exchanges(dialled=dialled)
    assert [exchanges.open_ours(*streams()).id for _ in ids] == ids
    assert exchanges.ours_count == 3
    assert exchanges.theirs_count == 0


@pytest.mark.parametrize("id_", [1, 3, 2])
def test_an_id_that_is_not_theirs_or_not_new_is_refused(id_: int) -> None:
    exchanges = Exchanges(dialled=True)
    exchanges.open_theirs(2, *streams())
    with pytest.raises(RemoteProtocolError):
        exchanges.open_theirs(id_, *streams())


def test_ids_may_be_skipped_and_are_then_over() -> None:
    exchanges = Exchanges(dialled=True)
    exchanges.open_theirs(10, *streams())
    assert exchanges.find(4) is None
    with pytest.raises(RemoteProtocolError):
        exchanges.open_theirs(4, *streams())


def test_what_is_over_is_late_and_what_never_was_is_wrong() -> None:
    exchanges = Exchanges(dialled=False)
    ours = exchanges.open_ours(*streams())
    theirs = exchanges.open_theirs(1, *streams())
    assert exchanges.find(ours.id) is ours
    assert exchanges.find(theirs.id) is theirs
    exchanges.remove(ours)
    exchanges.remove(theirs)
    assert exchanges.find(2) is exchanges.find(1) is None
    for never in (4, 3):
        with pytest.raises(RemoteProtocolError, match="nobody opened"):
            exchanges.find(never)


def test_counts_follow() -> None:
    exchanges = Exchanges(dialled=True)
    ours, theirs = exchanges.open_ours(*streams()), exchanges.open_theirs(2, *streams())
    assert exchanges.all() == [ours, theirs]
    exchanges.remove(theirs)
    assert (exchanges.ours_count, exchanges.theirs_count) == (1, 0)
    exchanges.remove(ours)
    assert (exchanges.ours_count, exchanges.theirs_count) == (0, 0)


def test_ids_run_out_in_the_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("dfs_core.transport.exchanges._ID_MAX", 5)
    exchanges = Exchanges(dialled=True)
    for _ in range(3):
        assert not exchanges.exhausted
        exchanges.open_ours(*streams())
    assert exchanges.exhausted
