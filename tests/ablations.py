"""Every safeguard that was taken away, and what found that out: docs/ablation.md is made from this.

    python -m tests.ablations             write docs/ablation.md
    python -m tests.ablations --search    find the seeds anew first, and record them (`make ablation`)

Each is taken away in a test of its own, which `make test` runs: under a recorded seed, where chance finds a violation,
or at a crash point or in a moment set up by hand. Each such test names what must go wrong, and plays the same with the
safeguard in its place. A safeguard whose absence nothing notices would be unproven.
"""

from __future__ import annotations

import json
import logging
import sys
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

ROOT = Path(__file__).parent.parent
SEEDS_FILE = ROOT / "tests/ablation_seeds.json"
DOCUMENT = ROOT / "docs/ablation.md"
SEARCH_SEEDS = 1500

RAFT, COLLECTING = "the log's core", "collecting"
_MOMENT, _CRASH = "a moment set up by hand", "a crash point"
_SCENARIOS = "tests/cluster/test_raft_scenarios.py"
_COLLECTING = "tests/cluster/test_collect_ablation.py"
_SURPLUS = "tests/unit/replication/workers/test_surplus.py"
_CRASHES = "tests/unit/store/test_chunk_files_crash.py"
_CRASH_TEST = f"{_CRASHES}::test_without_a_safeguard_some_crash_breaks_a_promise"


@dataclass(frozen=True)
class Ablation:
    """A safeguard, what finds its absence, and the test that shows it."""

    safeguard: str
    found: str
    test: str


def seeds(of: str) -> dict[str, list[int]]:
    """The recorded seeds of each safeguard of `RAFT` or `COLLECTING`."""
    recorded: dict[str, dict[str, list[int]]] = json.loads(SEEDS_FILE.read_text(encoding="utf-8"))
    return recorded[of]


BY_HAND = (
    Ablation("fsync of the bytes before a chunk is acknowledged", _CRASH, _CRASH_TEST),
    Ablation("fsync of the bucket's folder", _CRASH, _CRASH_TEST),
    Ablation("fsync of the folder of buckets", _CRASH, _CRASH_TEST),
    Ablation("fsync after a delete", _CRASH, _CRASH_TEST),
    Ablation("fsync after the old count was removed", _CRASH, _CRASH_TEST),
    Ablation("writing under a temporary name, then rename", _CRASH, _CRASH_TEST),
    Ablation(
        "fsync of term and vote before a vote is told",
        _MOMENT,
        f"{_SCENARIOS}::test_a_vote_told_before_it_is_durable_makes_two_leaders",
    ),
    Ablation(
        "fsync of the own vote before it is counted",
        _MOMENT,
        f"{_SCENARIOS}::test_an_own_vote_counted_before_it_is_durable_makes_two_leaders",
    ),
    Ablation(
        "commit only in the own term",
        _MOMENT,
        f"{_SCENARIOS}::test_counting_copies_of_an_older_term_loses_a_committed_entry_figure_8",
    ),
    Ablation(
        "no change of voters before the term is settled",
        _MOMENT,
        f"{_SCENARIOS}::test_without_the_correction_of_2015_two_majorities_do_not_meet",
    ),
    Ablation(
        "one change of voters at a time", _MOMENT, f"{_SCENARIOS}::test_two_changes_at_once_lose_a_committed_entry"
    ),
    Ablation("pre-vote", _MOMENT, f"{_SCENARIOS}::test_without_pre_votes_a_node_that_was_away_deposes_the_leader"),
    Ablation(
        "check-quorum",
        _MOMENT,
        f"{_SCENARIOS}::test_without_check_quorum_a_leader_that_is_cut_off_takes_proposals_for_ever",
    ),
    Ablation(
        "a snapshot cuts off entries that do not follow it",
        _MOMENT,
        f"{_SCENARIOS}::test_entries_that_do_not_follow_a_snapshot_would_pass_for_its_successors",
    ),
    Ablation(
        "a store waits for W copies",
        _MOMENT,
        "tests/cluster/test_copies_ablation.py::test_a_store_that_waits_for_one_copy_is_lost_with_one_disk",
    ),
    Ablation(
        "a copy is confirmed and deleted under one layout",
        _MOMENT,
        f"{_SURPLUS}::test_without_a_look_at_the_own_revision_the_last_two_copies_go_at_once",
    ),
    Ablation(
        "a surplus copy goes once every placed holder has confirmed its own",
        _MOMENT,
        f"{_SURPLUS}::test_without_confirmation_the_last_copy_goes",
    ),
    Ablation(
        "who confirms a copy has just re-read it",
        _MOMENT,
        f"{_SURPLUS}::test_without_a_second_reading_the_last_good_copy_goes",
    ),
    *(
        Ablation(name, _MOMENT, f"{_COLLECTING}::test_in_the_moment_that_it_is_for_all_is_lost_without_it")
        for name in (
            "re-check at condemn",
            "as_of at commit",
            "the fence",
            "the fence is on disk before anybody is answered",
        )
    ),
    Ablation(
        "associated data of what is sealed",
        _MOMENT,
        "tests/unit/crypto/test_seal.py::test_without_associated_data_one_version_opens_in_the_place_of_another",
    ),
)


def all_of_them() -> list[Ablation]:
    """By hand, then by seed."""
    found = list(BY_HAND)
    for of, test in (
        (RAFT, "tests/cluster/test_raft_ablation.py::test_without_this_rule_a_promise_breaks"),
        (COLLECTING, f"{_COLLECTING}::test_without_it_a_chunk_is_lost"),
    ):
        for name, recorded in seeds(of).items():
            word = "seed" if len(recorded) == 1 else "seeds"
            found.append(Ablation(name, f"{word} {', '.join(map(str, recorded))} of {of}", test))
    return found


def document() -> str:
    """docs/ablation.md."""
    lines = [
        "# Safeguards, each taken away",
        "",
        "<!-- Made by `python -m tests.ablations`; `make ablation` finds the seeds anew. -->",
        "",
        "A safeguard that nothing needs would be unproven. Each of these is left out in a test, and something",
        "that must hold no longer does: under a seed of a simulation, after a crash at some point, or in a moment",
        "set up by hand. `make test` replays all of them: without the safeguard just that must go wrong, and with it",
        "nothing may. What a seed means changes with the code; one that shows nothing any more is a failed test.",
        "",
        "| without | found by | test |",
        "|---|---|---|",
    ]
    for each in all_of_them():
        file, _, name = each.test.partition("::")
        lines.append(f"| {each.safeguard} | {each.found} | `{Path(file).name}` `{name}` |")
    return "\n".join(lines) + "\n"


def search() -> None:
    """Find for each the first seeds that show it, and record them. Some minutes."""
    from tests.cluster import test_collect_ablation, test_raft_ablation

    logging.disable()
    recorded: dict[str, dict[str, list[int]]] = {RAFT: {}, COLLECTING: {}}
    for of, module, wanted in ((RAFT, test_raft_ablation, 1), (COLLECTING, test_collect_ablation, 6)):
        for name in module.NAMES:
            finding = islice((seed for seed in range(SEARCH_SEEDS) if module.found_by(name, seed)), wanted)
            recorded[of][name] = list(finding)
            print(f"{of}: {name}: {recorded[of][name] or 'nothing finds it'}", flush=True)
            if not recorded[of][name]:
                sys.exit(1)
    for found in recorded.values():  # those that show every safeguard first: with all of them in place they run once
        common = set.intersection(*map(set, found.values()))
        for name, some in found.items():
            found[name] = sorted(some, key=lambda seed: (seed not in common, seed))
    SEEDS_FILE.write_text(json.dumps(recorded, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    if "--search" in sys.argv[1:]:
        search()
    DOCUMENT.write_text(document(), encoding="utf-8")
