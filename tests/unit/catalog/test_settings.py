"""Settings have defaults within their bounds, and say why a value cannot be."""

from __future__ import annotations

import pytest

from dfs_core.catalog.settings import SETTINGS, refusal


@pytest.mark.parametrize("name", SETTINGS)
def test_the_bounds_of_a_setting_hold_and_its_default_is_within(name):
    setting = SETTINGS[name]
    for value in (setting.least, setting.default, setting.most):
        assert refusal(name, value) == ""
    for value in (setting.least - 1, setting.most + 1):
        assert setting.means in refusal(name, value)


@pytest.mark.parametrize("name", SETTINGS)
def test_a_setting_fits_a_column(name):
    assert -(2**63) <= SETTINGS[name].least <= SETTINGS[name].most < 2**63


def test_an_unknown_setting_is_named_with_those_there_are():
    text = refusal("colour" * 100, 3)
    assert "copies" in text and len(text) < 500


def test_a_policy_that_keeps_nothing_cannot_be_set():
    assert refusal("history_versions", 0), "the newest version of a key is always kept"
