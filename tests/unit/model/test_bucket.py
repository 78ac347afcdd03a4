from __future__ import annotations

from random import Random

import pytest

from dfs_core.model.bucket import EMPTY, before_bucket, bucket_bounds, bucket_of, sum_of
from dfs_core.model.ids import BUCKET_COUNT, Address

CHUNKS = [Random(number).randbytes(32) for number in range(20)]


def test_what_came_and_went_in_any_order_sums_up_to_what_is_there() -> None:
    found = EMPTY
    for address in CHUNKS:
        found = found.plus(address)
    for address in CHUNKS[5:]:
        found = found.minus(address)
    assert found == sum_of(reversed(CHUNKS[:5])) != sum_of(CHUNKS[1:6])
    assert sum_of([]) == EMPTY == sum_of(CHUNKS[:1]).minus(CHUNKS[0])


@pytest.mark.parametrize("bucket", [0, 1, 2048, BUCKET_COUNT - 1])
def test_the_bounds_of_a_bucket_are_in_it_and_nothing_else_is_between(bucket: int) -> None:
    first, last = bucket_bounds(bucket)
    assert bucket_of(first) == bucket_of(last) == Address(first).bucket == Address(last).bucket == bucket
    before = before_bucket(bucket)
    assert (before is None) == (bucket == 0)
    if before is not None:
        assert before.bucket == bucket - 1
        assert int.from_bytes(before.digest, "big") + 1 == int.from_bytes(first, "big")
