"""The generated cluster behaves as a real one does, where that can be seen."""

from __future__ import annotations

from dfs_tui.sources.demo_cluster import OUT_S, DemoCluster
from dfs_tui.view import events
from dfs_tui.view.values import ProcessState


def cluster(**wanted: int) -> DemoCluster:
    return DemoCluster(seed=3, nodes_wanted=wanted.get("nodes", 5), keys_wanted=wanted.get("keys", 60), busy=False)


def run(made: DemoCluster, seconds: float) -> list[events.SourceEvent]:
    happened: list[events.SourceEvent] = []
    for _ in range(round(seconds * 10)):
        happened += made.advance(0.1)
    return happened


def test_one_seed_is_one_story() -> None:
    first, second = DemoCluster(seed=9), DemoCluster(seed=9)
    first.kill("n2")
    second.kill("n2")
    assert run(first, 30) == run(second, 30)
    assert run(DemoCluster(seed=10), 5) != run(DemoCluster(seed=9), 5)


def test_a_killed_node_is_missed_healed_around_and_welcome_back() -> None:
    made = cluster()
    made.kill("n3")
    run(made, 1.0)
    assert min(key.entry.copies for key in made.keys.values()) == 2
    run(made, OUT_S + 10)
    assert made.nodes["n3"].out
    assert min(key.entry.copies for key in made.keys.values()) == 3
    made.start("n3")
    run(made, 2.0)
    assert made.nodes["n3"].state is ProcessState.RUNNING
    assert not made.nodes["n3"].out


def test_a_lost_leader_is_replaced_and_a_minority_has_none() -> None:
    made = cluster(nodes=3)
    assert made.leader == "n1"
    made.kill("n1")
    run(made, 2.0)
    assert made.leader == "n2"
    made.kill("n2")
    run(made, 2.0)
    assert made.leader == ""


def test_a_stored_key_is_there_when_its_bytes_are() -> None:
    made = cluster()
    moved: list[int] = []
    ended: list[str] = []
    made.store("new", 50 << 20, moved.append, ended.append)
    run(made, 0.5)
    assert "new" not in made.keys
    assert 0 < moved[-1] < 50 << 20
    run(made, 3.0)
    assert ended == [""]
    assert made.keys["new"].entry.copies == 3


def test_a_transfer_moves_to_another_node_and_fails_only_with_the_last() -> None:
    made = cluster(nodes=2)
    ended: list[str] = []
    made.store("new", 900 << 20, lambda _: None, ended.append)
    made.kill("n1")
    run(made, 1.0)
    assert not ended
    made.kill("n2")
    assert "no node is running" in ended[0]


def test_a_cancelled_store_leaves_nothing() -> None:
    made = cluster()
    transfer = made.store("new", 50 << 20, lambda _: None, lambda _: None)
    made.cancel(transfer)
    run(made, 5.0)
    assert "new" not in made.keys


def test_others_are_busy_in_a_busy_cluster() -> None:
    made = DemoCluster(seed=3)
    kinds = {type(event) for event in run(made, 30)}
    assert {events.TransferReported, events.KeyStored, events.NodeReported, events.Noted} <= kinds


def test_removing_tells_whether_there_was_anything() -> None:
    made = cluster()
    key = next(iter(made.keys))
    assert made.remove(key)
    assert not made.remove(key)
    assert events.KeyRemoved(key, made.past.of(key)[0].version) in made.advance(0.1)


def test_some_of_the_others_transfers_fail_half_way_and_which_is_the_seeds_choice() -> None:
    def failed(seed: int) -> list[tuple[str, str]]:
        world = DemoCluster(seed=seed, keys_wanted=200)
        happened = [event for _ in range(3000) for event in world.advance(0.1)]
        told = [event.transfer for event in happened if isinstance(event, events.TransferReported)]
        assert all(report.done_bytes < report.size_bytes for report in told if report.error)
        return [(report.key, report.error) for report in told if report.error]

    assert failed(3) == failed(3)
    assert any("needed copies" in why or "no reachable node" in why for _, why in failed(3))
