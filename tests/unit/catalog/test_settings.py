"""Settings have defaults within their bounds, and say why a value cannot be."""

from __future__ import annotations

import pytest

from dfs_core.catalog.settings import SETTINGS, refusal, smallest, unwise


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


@pytest.mark.parametrize("name", SETTINGS)
def test_what_is_sensible_is_within_the_bounds_and_so_is_the_default(name):
    setting = SETTINGS[name]
    for value in (*smallest(setting), setting.default, setting.most):
        assert unwise(name, value) == ""
    assert name in unwise(name, setting.most + 1)


def test_a_number_that_was_meant_in_another_unit_is_refused_with_how_it_is_written():
    assert refusal("grace_ms", 3) == "", "an entry may have it"
    assert unwise("grace_ms", 3) == (
        "grace_ms is 0 or 1,000 (1 s) to 315,360,000,000 (3,650 d), not 3 milliseconds;"
        " days are written 3d, seconds 90s"
    )
    assert "repair_bytes_s is 0 or 16,384 (16 KiB) to" in unwise("repair_bytes_s", 4)
    assert "there is no setting 'colour'" in unwise("colour", 3)
