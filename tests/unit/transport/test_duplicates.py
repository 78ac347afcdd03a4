"""Two links between two nodes: both sides keep the same one."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from dfs_core.model.ids import NodeId
from dfs_core.transport.duplicates import stays

SMALL, LARGE = NodeId(b"\x01" * 32), NodeId(b"\x02" * 32)


@dataclass(frozen=True)
class Seen:
    """One side's view of a link."""

    dialled: bool


@pytest.mark.parametrize("small_sees_first", ["its own", "the other's"])
@pytest.mark.parametrize("large_sees_first", ["its own", "the other's"])
def test_both_sides_keep_the_link_that_the_smaller_id_dialled(small_sees_first: str, large_sees_first: str) -> None:
    def kept(here: NodeId, there: NodeId, first_is_own: bool) -> bool:
        first, second = Seen(first_is_own), Seen(not first_is_own)
        return second.dialled if stays(second, first, here=here, there=there) else first.dialled

    assert kept(SMALL, LARGE, small_sees_first == "its own") is True
    assert kept(LARGE, SMALL, large_sees_first == "its own") is False


@pytest.mark.parametrize("dialled", [True, False])
def test_of_two_by_the_same_dialler_the_newer_stays(dialled: bool) -> None:
    assert stays(Seen(dialled), Seen(dialled), here=SMALL, there=LARGE)
    assert stays(Seen(dialled), Seen(dialled), here=LARGE, there=SMALL)
