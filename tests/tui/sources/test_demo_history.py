"""The pasts of generated keys."""

from __future__ import annotations

from dfs_tui.sources.demo_cluster import DemoCluster
from dfs_tui.sources.demo_history import content, content_hash


def test_some_keys_have_older_versions_with_lower_numbers() -> None:
    made = DemoCluster(seed=7, keys_wanted=60, busy=False)
    longest = max(made.past.versions.values(), key=len)
    assert len(longest) > 1
    numbers = [version.version for version in longest]
    assert numbers == sorted(numbers, reverse=True)


def test_a_removed_key_comes_back_as_it_was_under_a_new_number() -> None:
    made = DemoCluster(seed=7, keys_wanted=5, busy=False)
    key = sorted(made.keys)[0]
    before = made.keys[key].entry
    made.remove(key)
    assert made.past.of(key)[0].removed
    assert made.restore(key, 0) > before.version
    assert made.keys[key].entry.size_bytes == before.size_bytes
    assert made.restore("never", 0) == 0


def test_content_is_the_same_for_ever_and_mostly_the_same_in_other_versions() -> None:
    one, other = content("k", 1).splitlines(), content("k", 2).splitlines()
    assert content("k", 1) == content("k", 1)
    assert 0 < sum(a != b for a, b in zip(one, other, strict=True)) < len(one) // 2
    assert content_hash("k", 1) != content_hash("k", 2)
