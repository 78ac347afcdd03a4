"""What has come to stay is not searched for garbage; what is garbage is still found."""

from __future__ import annotations

import gc
import weakref
from collections.abc import Iterator

import pytest

from dfs_tui.app.keeping import PUT_ASIDE, YOUNG, Keeper


class Ring:
    """Refers to itself, so that only a search finds out that nobody needs it."""

    def __init__(self) -> None:
        self.ring = self


@pytest.fixture(autouse=True)
def as_before() -> Iterator[None]:
    thresholds, enabled, frozen = gc.get_threshold(), gc.isenabled(), gc.get_freeze_count()
    yield
    gc.set_threshold(*thresholds)
    if enabled:
        gc.enable()
    else:
        gc.disable()
    if not frozen:
        gc.unfreeze()


def test_what_is_there_when_it_begins_is_put_aside_and_the_rest_is_looked_through_seldom() -> None:
    gc.disable()
    kept = [[number] for number in range(1000)]
    before = gc.get_freeze_count()
    Keeper().begin()
    assert gc.isenabled()
    assert gc.get_threshold()[0] == YOUNG
    assert gc.get_freeze_count() >= before + len(kept)


def test_many_new_keys_are_put_aside_too_and_few_are_not() -> None:
    keeper = Keeper()
    keeper.begin()
    kept = [[number] for number in range(1000)]
    before = gc.get_freeze_count()
    keeper.keep(PUT_ASIDE - 1)
    assert gc.get_freeze_count() <= before
    keeper.keep(PUT_ASIDE)
    assert gc.get_freeze_count() >= before + len(kept)


def test_garbage_is_not_put_aside() -> None:
    keeper = Keeper()
    keeper.begin()
    gone = weakref.ref(Ring())
    keeper.keep(PUT_ASIDE)
    assert gone() is None
