"""Refusals read alike everywhere."""

from __future__ import annotations

import pytest

from dfs_core.catalog.step import demand, demand_valid
from dfs_core.errors import Refused
from dfs_core.model.ids import check_key


def test_what_holds_is_not_refused():
    demand(True, "fine")
    demand_valid(lambda: check_key("a/b"))


def test_a_value_that_cannot_be_is_refused_as_invalid():
    with pytest.raises(Refused, match="1 or more") as refused:
        demand(False, "a number is 1 or more")
    assert refused.value.reason == "invalid"


def test_a_refusal_by_the_model_does_not_quote_the_value():
    with pytest.raises(Refused) as refused:
        demand_valid(lambda: check_key("a//\u0378"))
    assert refused.value.reason == "invalid"
    assert "a//" not in str(refused.value)


def test_a_step_that_holds_names_its_entry(ledger, drafts):
    outcome = ledger.apply(drafts.tick())
    assert (outcome.reason, outcome.version, outcome.revision) == ("", 0, 2)
