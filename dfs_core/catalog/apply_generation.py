"""What the commands about forced recoveries do: a new generation of the log, and with it a hold on deleting.

A generation begins when an operator has given up a majority of the voters. Decisions that only those had are lost, so
for a while this catalog may call unreferenced what they referred to. Until an operator has looked and lifted the hold,
nothing is condemned and nothing expires: applying refuses it, whoever proposes it.
"""

from __future__ import annotations

from dfs_core.catalog.change import RecoveryChanged
from dfs_core.catalog.schema import GENERATION
from dfs_core.catalog.step import Step, demand
from dfs_core.encoding.commands import BeginGeneration, LiftHold, Outcome
from dfs_core.errors import Refused

ID_BYTES = 16
_LIFTED = GENERATION.names.index("lifted")


def begin_generation(step: Step, command: BeginGeneration) -> Outcome:
    """The log is of this generation from here on, and nothing is deleted until the hold is lifted."""
    demand(len(command.generation_id) == ID_BYTES, f"a generation's id is {ID_BYTES} bytes")
    newest = _newest(step)
    if command.number != newest + 1:
        raise Refused("generation", f"this log is of generation {newest}, so the next one is {newest + 1}")
    step.rows.insert(GENERATION, (command.number, command.generation_id, 0, step.index))
    step.changes.append(RecoveryChanged())
    return step.applied()


def lift_hold(step: Step, command: LiftHold) -> Outcome:
    """Deleting is allowed again in this generation. Saying so twice is no change."""
    row = step.rows.get(GENERATION, command.number)
    if row is None or command.number != _newest(step):
        raise Refused("generation", f"this log is of generation {_newest(step)}, not {command.number}")
    if not row[_LIFTED]:
        step.rows.replace(GENERATION, row, (*row[:_LIFTED], 1, *row[_LIFTED + 1 :]))
        step.changes.append(RecoveryChanged())
    return step.applied()


def check_not_held(step: Step) -> None:
    """Refused("held"): the newest generation was forced, and nobody has lifted the hold yet."""
    row = step.rows.get(GENERATION, _newest(step))
    if row is not None and not row[_LIFTED]:
        raise Refused("held", "nothing is deleted after a forced recovery, until 'dfs-core recovery lift'")


def _newest(step: Step) -> int:
    (newest,) = step.rows.execute("SELECT coalesce(max(number), 0) FROM generation").fetchone()
    return int(newest)
