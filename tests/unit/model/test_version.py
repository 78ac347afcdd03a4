"""A version is a value."""

from __future__ import annotations

import msgspec
import pytest

from dfs_core.model.version import Version

TEA = Version("tea", 3, b"i" * 16, 7, 1, 0o644, 2, 1, False, 1, b"t" * 32, b"n" * 32, 9, 5)


def test_a_version_cannot_be_changed():
    with pytest.raises(AttributeError):
        TEA.number = 4


def test_versions_with_the_same_values_are_equal():
    assert msgspec.structs.replace(TEA) == TEA
    assert msgspec.structs.replace(TEA, number=4) != TEA


def test_a_listed_version_has_no_head():
    assert TEA.head == b""
