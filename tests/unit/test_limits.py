from __future__ import annotations

import ast
import inspect

from dfs_core import limits

TREE = ast.parse(inspect.getsource(limits))


def bounds() -> dict[str, float]:
    return {name: value for name, value in vars(limits).items() if name.isupper()}


def test_every_bound_is_a_positive_number() -> None:
    assert len(bounds()) > 40
    for name, value in bounds().items():
        assert isinstance(value, int | float) and value > 0, name


def test_what_is_counted_in_bytes_is_a_whole_number() -> None:
    for name, value in bounds().items():
        if "_BYTES" in name:
            assert isinstance(value, int), name


def test_a_smallest_value_is_below_its_default_and_that_below_its_largest() -> None:
    found = bounds()
    for name, value in found.items():
        for suffix, below in (("_MIN", True), ("_DEFAULT", True)):
            if name.endswith(suffix):
                largest = found.get(name.removesuffix(suffix) + "_MAX")
                assert largest is None or (value <= largest) is below, name
        if name.endswith("_DEFAULT"):
            smallest = found.get(name.removesuffix("_DEFAULT") + "_MIN")
            assert smallest is None or smallest <= value, name


def test_relations_between_bounds_are_asserted_at_import() -> None:
    related = {
        name.id
        for statement in TREE.body
        if isinstance(statement, ast.Assert)
        for name in ast.walk(statement)
        if isinstance(name, ast.Name)
    }
    for name in ("INLINE_BYTES_MAX", "ENTRY_BYTES_MAX", "STREAM_CREDIT_BYTES", "DOWN_AFTER_S", "RESERVE_BYTES_MIN"):
        assert name in related


def test_a_sealed_chunk_of_the_largest_size_passes_everywhere_it_must() -> None:
    assert limits.SEALED_BYTES_MAX == limits.CHUNK_BYTES_MAX + limits.SEAL_OVERHEAD_BYTES
    assert limits.SEALED_BYTES_MAX <= limits.STORE_WINDOW_BYTES <= limits.STORES_WINDOW_BYTES
    assert limits.CHUNK_BYTES_MAX <= limits.RETRIEVE_WINDOW_BYTES <= limits.RETRIEVES_WINDOW_BYTES


def test_a_page_of_references_fits_its_message_and_its_entry() -> None:
    addresses_bytes = 32 * limits.PAGE_CHUNKS_MAX
    assert addresses_bytes + limits.PAGE_SEALED_BYTES_MAX < limits.ENTRY_BYTES_MAX
    assert 32 * limits.ASK_CHUNKS_MAX < limits.MESSAGE_BYTES_MAX


def test_a_store_without_majority_gives_up_before_ten_seconds_are_over() -> None:
    assert limits.COMMIT_TIMEOUT_S < 10
