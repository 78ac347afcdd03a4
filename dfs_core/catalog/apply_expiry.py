"""What Expire does: versions that the retention policy does not keep any more are gone, with their references.

The leader decides which; the entry names them. Applying asks the policy again, with the settings and the log time that
hold at this entry, and keeps whatever it keeps: a setting changed, or a key stored again, after the leader looked.
So an entry of a leader that was wrong, or late, ends nothing that should stay.
"""

from __future__ import annotations

from collections.abc import Iterator

from dfs_core.catalog.apply_files import end_version, tell_unreferenced
from dfs_core.catalog.apply_generation import check_not_held
from dfs_core.catalog.schema import VERSION
from dfs_core.catalog.settings import SETTINGS
from dfs_core.catalog.step import INTEGER_MAX, Step, demand, demand_valid
from dfs_core.encoding.commands import Expire, Outcome
from dfs_core.errors import Refused
from dfs_core.limits import EXPIRE_VERSIONS_MAX
from dfs_core.model.ids import check_key
from dfs_core.model.retention import Aged, Policy, expired


def expire(step: Step, command: Expire) -> Outcome:
    """Those of the named versions that the policy does not keep now are gone; 'kept' when there are none."""
    check_not_held(step)
    demand_valid(lambda: check_key(command.key))
    numbers = command.numbers
    demand(0 < len(numbers) <= EXPIRE_VERSIONS_MAX, f"1 to {EXPIRE_VERSIONS_MAX} versions expire at once")
    demand(all(0 < number <= INTEGER_MAX for number in numbers), "a version number is 1 or more")
    may_go = set(expired(_history(step, command.key), _policy(step), step.log_ms))
    ending = sorted(may_go.intersection(numbers))
    if not ending:
        raise Refused("kept", "the policy keeps these versions, or they are gone already")
    gone: list[bytes] = []
    for number in ending:
        version = step.rows.get(VERSION, command.key, number)
        assert version is not None, "it was read with the history"
        gone += end_version(step, version)
    tell_unreferenced(step, gone)
    return step.applied()


def _history(step: Step, key: str) -> list[Aged]:
    found: Iterator[tuple[int, int, int]] = step.rows.execute(
        "SELECT number, log_ms, removed FROM version WHERE key = ? ORDER BY number", (key,)
    )
    return [Aged(number, log_ms, removed == 1) for number, log_ms, removed in found]


def _policy(step: Step) -> Policy:
    settings = {name: setting.default for name, setting in SETTINGS.items()}
    settings.update(step.rows.execute("SELECT name, value FROM setting"))
    return Policy.of(settings)
