"""What a connection tells: values, and the exchange they concern."""

from __future__ import annotations

import typing
from dataclasses import FrozenInstanceError

import pytest

from dfs_core.transport.events import Event, ExchangeOver, OpenExchange
from dfs_core.transport.stream import Incoming, Outgoing


def test_an_exchange_begins_open_and_unanswered() -> None:
    exchange = OpenExchange(1, ours=True, incoming=Incoming(1), outgoing=Outgoing(1))
    assert not exchange.over
    assert not exchange.replied
    assert exchange.owner is None


def test_two_exchanges_are_never_equal() -> None:
    one, other = (OpenExchange(1, ours=True, incoming=Incoming(1), outgoing=Outgoing(1)) for _ in range(2))
    assert one != other
    assert ExchangeOver(one, lost=True) == ExchangeOver(one, lost=True) != ExchangeOver(other, lost=True)


@pytest.mark.parametrize("kind", typing.get_args(Event), ids=lambda kind: kind.__name__)
def test_every_event_is_a_value_and_says_what_it_means(kind: type) -> None:
    assert kind.__doc__
    event = object.__new__(kind)
    with pytest.raises((FrozenInstanceError, AttributeError, TypeError)):
        event.anything = 1
