"""Which chunks may be deleted: verdicts, their end, and what they are worth against a claim that chunks are there.

A verdict is a row of `condemned`: this chunk may be deleted by whoever holds it, by the entry of that index. Only a
chunk that nothing refers to *at that entry* gets one, whatever its proposer believed. The verdict ends in one of two
ways: something refers to the chunk again, which takes fresh copies (`pages.py` checks), or every node has carried it
out and the log forgets it.

    unknown, or count 0 ──Condemn──▶ condemned ──Refer, Commit──▶ referred to
                                         └───────Forget──▶ unknown

So no chunk has a verdict and a reference at once. A verdict that ended by a reference takes no protection away: copies
that count were there when it ended, and whatever condemns the chunk after that is a newer verdict.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from dfs_core.catalog.apply_generation import check_not_held
from dfs_core.catalog.change import Condemned
from dfs_core.catalog.rows import Row
from dfs_core.catalog.schema import CONDEMNED
from dfs_core.catalog.step import Step, demand
from dfs_core.encoding.commands import Condemn, Forget, Outcome
from dfs_core.errors import Refused
from dfs_core.limits import CONDEMN_CHUNKS_MAX, SEALED_BYTES_MAX
from dfs_core.model.ids import Address

_AT_ONCE = 1024  # rows read at a time


def condemn(step: Step, command: Condemn) -> Outcome:
    """Those of the named chunks that nothing refers to may be deleted; 'referenced' when there are none."""
    check_not_held(step)
    count, rest = divmod(len(command.addresses), Address.size)
    demand(rest == 0 and 0 < count <= CONDEMN_CHUNKS_MAX, f"1 to {CONDEMN_CHUNKS_MAX} addresses are condemned at once")
    addresses = [command.addresses[at : at + Address.size] for at in range(0, len(command.addresses), Address.size)]
    demand(all(one < other for one, other in pairwise(addresses)), "addresses ascend")
    demand(len(command.sizes) == count, "every address has a size")
    demand(all(0 < size <= SEALED_BYTES_MAX for size in command.sizes), f"a chunk has 1 to {SEALED_BYTES_MAX} bytes")
    told = dict(zip(addresses, command.sizes, strict=True))
    taken = unreferenced(step, addresses)
    if not taken:
        raise Refused("referenced", "something refers to all of these chunks")
    sizes = {address: told[address] if known is None else known for address, known in taken.items()}
    acquit(step, list(sizes))  # a newer verdict takes the place of an older one
    for address, size in sizes.items():
        step.rows.insert(CONDEMNED, (address, step.index, size))
    step.rows.count("condemned", len(sizes))
    step.rows.count("condemned_bytes", sum(sizes.values()))
    step.rows.set_counter("condemned_at", step.index)
    step.changes.append(Condemned(step.index, len(sizes), sum(sizes.values())))
    return step.applied()


def unreferenced(step: Step, addresses: Sequence[bytes]) -> dict[bytes, int | None]:
    """Take the chunks that nothing refers to out of the references: the check that decides, at this entry."""
    return step.references.take_out(addresses)


def forget(step: Step, command: Forget) -> Outcome:
    """Verdicts up to the horizon are gone; an answer of holders that is older counts no more."""
    rows = step.rows
    demand(0 < command.horizon <= rows.counter("condemned_at"), "the horizon is at or before the newest verdict")
    if command.horizon <= rows.counter("horizon"):
        raise Refused("forgotten", "all up to there is forgotten already")
    rows.set_counter("horizon", command.horizon)
    question = f"SELECT * FROM condemned WHERE log_index <= ? ORDER BY log_index, address LIMIT {_AT_ONCE}"
    while found := rows.execute(question, (command.horizon,)).fetchall():
        _drop(step, found)
    return step.applied()


def verdicts(step: Step, addresses: Sequence[bytes]) -> list[Row]:
    """The rows of those of these chunks that are condemned, by address."""
    found: list[Row] = []
    for start in range(0, len(addresses), _AT_ONCE):
        some = addresses[start : start + _AT_ONCE]
        marks = ", ".join("?" * len(some))
        found += step.rows.execute(f"SELECT * FROM condemned WHERE address IN ({marks}) ORDER BY address", some)
    return found


def acquit(step: Step, addresses: Sequence[bytes]) -> None:
    """No verdict on these chunks is in force any more."""
    if step.rows.counter("condemned"):
        _drop(step, verdicts(step, addresses))


def _drop(step: Step, found: Sequence[Row]) -> None:
    for row in found:
        step.rows.delete(CONDEMNED, row)
    step.rows.count("condemned", -len(found))
    step.rows.count("condemned_bytes", -sum(size for _, _, size in found))
