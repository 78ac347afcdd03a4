from __future__ import annotations

import asyncio

import pytest

from dfs_core.encoding.inventory_messages import AskBucket, AskInventory
from dfs_core.errors import NotLeader, PeerUnreachable
from dfs_core.model.ids import BUCKET_COUNT
from dfs_core.replication import audit
from dfs_core.replication.audit import AWAIT_S, RETRY_S, SETTLE_S
from dfs_core.replication.notices import AGAIN_S

from .audit_world import ME, AuditWorld, Shelf

MANY = range(50)


@pytest.fixture
async def world() -> AuditWorld:
    world = AuditWorld()
    await world.count()
    await world.store(*MANY)
    return world


async def test_where_all_is_well_nobody_is_asked_for_lists_or_told_anything(world: AuditWorld) -> None:
    await world.rest()
    totals = world.audit.totals()
    assert (totals.chunks, totals.found, totals.under, totals.left, totals.uncounted_buckets) == (50, {3: 50}, 0, 0, 0)
    assert {type(request) for request in world.asked} == {AskInventory}
    assert world.audit.short() == {} and world.audit.unknown(10) == []


async def test_while_nothing_changes_each_node_is_asked_one_small_question_a_second(world: AuditWorld) -> None:
    await world.rest(5)
    world.asked.clear()
    questions = world.catalog.questions
    await world.rest(10)
    assert len(world.asked) == 10 * 3
    assert world.catalog.questions == questions
    assert world.audited >= 15


async def test_a_missing_copy_is_told_to_the_node_that_lacks_it_once(world: AuditWorld) -> None:
    lacking = world.placed(77)[0]
    await world.rest()
    await world.store(77, lacking=[lacking])
    await world.rest(SETTLE_S + 2)
    assert world.shelves[lacking].owed == [world.address(77)]
    assert world.audit.short() == {world.address(77).digest: 2}
    totals = world.audit.totals()
    assert (totals.under, totals.left, totals.left_bytes) == (1, 1, 10)
    await world.rest(AGAIN_S - SETTLE_S)
    assert world.shelves[lacking].owed == [world.address(77)]


async def test_who_was_told_and_did_not_act_is_told_again_though_no_report_changes(world: AuditWorld) -> None:
    """It may have dropped what it was told, as its catalog had not come as far."""
    lacking = world.placed(77)[0]
    await world.store(77, lacking=[lacking])
    await world.rest(SETTLE_S + AGAIN_S + 2)
    assert world.shelves[lacking].owed == [world.address(77)] * 2


async def test_a_copy_that_comes_back_after_it_was_let_go_is_let_go_again_soon(world: AuditWorld) -> None:
    """As one that was on its way, from somebody who had not read the newest layout: simulated seed 18."""
    await world.store(77)
    stray = next(node for node in world.nodes if node not in world.placed(77))
    for _ in range(2):
        await world.put(stray, world.address(77))
        await world.rest(SETTLE_S + 2)
        await world.shelves[stray].store.delete(world.address(77))
    assert world.shelves[stray].released == [world.address(77)]
    await world.put(stray, world.address(77))
    await world.rest(AGAIN_S)
    assert world.shelves[stray].released == [world.address(77)] * 2


async def test_who_could_not_be_told_is_told_soon_though_no_report_changes(world: AuditWorld) -> None:
    stray = world.nodes[3]
    extra = next(number for number in range(100, 200) if stray not in world.placed(number))
    world.shelves[stray].behind = True
    await world.store(extra)
    await world.put(stray, world.address(extra))
    await world.rest(SETTLE_S + 2)
    assert world.shelves[stray].released == []
    world.shelves[stray].behind = False
    await world.rest(RETRY_S + 1)
    assert world.shelves[stray].released == [world.address(extra)]


async def test_what_is_just_being_stored_has_time_to_arrive(world: AuditWorld) -> None:
    await world.rest()
    late = world.placed(77)[0]
    await world.store(77, lacking=[late])
    await world.rest(1)
    await world.put(late, world.address(77))
    await world.rest(10)
    assert world.shelves[late].owed == []


async def test_what_has_come_is_left_no_more_at_the_next_report_and_found_well_soon(world: AuditWorld) -> None:
    world.down.add(world.nodes[3])
    await world.rest()
    world.set_states(n4="out")
    await world.rest()
    owed = sum(len(shelf.owed) for shelf in world.shelves.values())
    assert world.audit.totals().left == owed == len(world.shelves[world.nodes[3]].bare.chunks)
    for node in world.nodes[:3]:
        for address in world.shelves[node].owed[::2]:
            await world.put(node, address)
    await world.rest(1)
    assert 0 < world.audit.totals().left < owed
    for node in world.nodes[:3]:
        for address in world.shelves[node].owed:
            await world.put(node, address)
    await world.rest(2)
    assert (world.audit.totals().left, world.audit.totals().found) == (0, {3: 50})


async def test_a_node_that_is_down_but_not_out_is_not_repaired_away(world: AuditWorld) -> None:
    await world.rest()
    world.down.add(world.nodes[3])
    await world.rest(5)
    held = len(world.shelves[world.nodes[3]].bare.chunks)
    assert world.audit.totals().found == {3: 50 - held, 2: held}
    assert not any(shelf.owed for shelf in world.shelves.values())
    assert world.nodes[3] not in world.audit.counting()
    world.down.clear()
    await world.rest(2)
    assert world.audit.totals().found == {3: 50}


async def test_a_copy_too_many_is_released_and_one_of_an_unknown_chunk_is_only_told_of(world: AuditWorld) -> None:
    (elsewhere,) = set(world.nodes) - set(world.placed(0))
    await world.put(elsewhere, world.address(0))
    await world.put(elsewhere, world.address(999))
    await world.rest()
    assert world.shelves[elsewhere].released == [world.address(0)]
    assert world.audit.unknown(10) == [(world.address(999), 10)]
    assert world.audit.unknown(0 + 1) == world.audit.unknown(10)
    totals = world.audit.totals()
    assert (totals.surplus, totals.unknown, totals.unknown_bytes) == (1, 1, 10)


async def test_a_draining_node_is_emptied_and_the_way_there_can_be_told(world: AuditWorld) -> None:
    node = world.nodes[3]
    await world.put(node, world.address(999))  # garbage does not hold up a drain
    world.set_states(n4="draining")
    await world.rest()
    at_first = len(world.shelves[node].bare.chunks) - 1
    assert world.audit.held_by(node) == at_first > 0
    assert world.audit.totals().under == 0, "its copies still count"
    assert world.shelves[node].released == []
    for other in world.nodes[:3]:
        for address in list(world.shelves[other].owed):
            await world.put(other, address)
    await world.rest(3)
    assert len(world.shelves[node].released) == at_first
    for address in world.shelves[node].released:
        await world.shelves[node].store.delete(address)
    await world.rest(3)
    assert world.audit.held_by(node) == 0


async def test_what_a_node_holds_is_not_known_before_all_was_looked_at(world: AuditWorld) -> None:
    assert world.audit.held_by(ME) == -1
    await world.rest()
    assert world.audit.held_by(ME) == len(world.shelves[ME].bare.chunks)
    assert world.audit.held_by(world.nodes[2]) == len(world.shelves[world.nodes[2]].bare.chunks)


async def test_chunks_that_would_go_with_some_nodes_are_named(world: AuditWorld) -> None:
    with pytest.raises(NotLeader):
        await world.audit.only_on(world.nodes[:1], 10)
    await world.rest()
    assert await world.audit.only_on(world.nodes[:2], 10) == []
    here = next(number for number in MANY if ME in world.placed(number))
    going = set(world.placed(here))
    only = await world.audit.only_on(going, 100)
    assert world.address(here) in only
    assert set(only) == {world.address(number) for number in MANY if set(world.placed(number)) == going}
    assert only == sorted(only)
    assert await world.audit.only_on(going, 1) == only[:1]
    (stays,) = set(world.nodes) - going
    await world.put(stays, world.address(here))
    await world.rest(1)
    assert world.address(here) not in await world.audit.only_on(going, 100)
    world.mute.add(stays)
    with pytest.raises(PeerUnreachable):
        await world.audit.only_on(going, 100)


async def test_a_node_that_does_not_lead_does_nothing_and_a_new_leader_begins_anew(world: AuditWorld) -> None:
    await world.rest()
    world.leads = False
    world.asked.clear()
    await world.rest(3)
    assert world.asked == []
    world.leads, world.term = True, 4
    await world.rest()
    assert world.audit.totals().found == {3: 50}
    assert sum(isinstance(request, AskInventory) and request.nonce == b"" for request in world.asked) == 3


async def test_a_node_that_still_counts_is_waited_for_and_then_left_out(world: AuditWorld) -> None:
    slow = world.nodes[2]
    held = world.shelves[slow].bare.chunks
    world.shelves[slow] = Shelf(slow, start=2)
    world.shelves[slow].bare.chunks = held
    await world.rest(AWAIT_S - 1)
    assert world.audit.totals().uncounted_buckets == BUCKET_COUNT
    await world.rest(3)
    assert world.audit.totals().uncounted_buckets == 0
    assert world.audit.totals().found == {3: 50 - len(held), 2: len(held)}
    assert world.shelves[slow].owed == []
    await world.shelves[slow].count()
    await world.rest(4)
    assert world.audit.totals().found == {3: 50}


async def test_a_node_that_was_started_anew_without_its_chunks_is_told_what_it_lacks(world: AuditWorld) -> None:
    await world.rest(AWAIT_S + 1)
    node = world.nodes[2]
    before = world.shelves[node].bare.chunks
    world.shelves[node] = Shelf(node, start=2)
    await world.shelves[node].count()
    await world.rest(SETTLE_S + 2)
    assert sorted(world.shelves[node].owed) == sorted(before)


async def test_a_bucket_whose_list_does_not_come_is_looked_at_again(world: AuditWorld) -> None:
    await world.rest()
    lacking = next(node for node in world.placed(77) if node != ME)
    world.mute.add(lacking)
    await world.store(77, lacking=[lacking])
    same = next(address for address in world.shelves[lacking].bare.chunks)
    await world.shelves[lacking].store.delete(same)
    await world.rest(6)
    assert world.shelves[lacking].owed == []
    world.mute.clear()
    await world.rest(3)
    assert sorted(world.shelves[lacking].owed) == sorted([same, world.address(77)])


async def test_a_step_looks_at_a_bounded_number_of_chunks_but_at_a_whole_bucket(
    world: AuditWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(audit, "STEP_CHUNKS", 5)
    same_bucket = [world.address(0).digest[:2] + bytes([number]) * 30 for number in range(1, 20)]
    world.catalog.references |= dict.fromkeys(same_bucket, 10)
    world.clock.advance(1.0)
    steps = 1
    while await world.audit.step():
        steps += 1
    assert 9 <= steps <= 60
    assert world.audit.totals().chunks == 50 + 19


async def test_items_behind_the_numbers_are_bounded_and_the_numbers_are_not(
    world: AuditWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(audit, "ITEMS_MAX", 10)
    for node in world.nodes[1:]:
        world.shelves[node].bare.chunks.clear()
        await world.shelves[node].count()
        for bucket in range(BUCKET_COUNT):
            await world.shelves[node].inventory.count(world.shelves[node].bare, bucket)
    await world.rest(3)
    totals = world.audit.totals()
    assert totals.under == 50
    assert 10 <= len(world.audit.short()) <= 20
    for number in MANY:
        for node in world.placed(number):
            await world.put(node, world.address(number))
    await world.rest(5)
    assert world.audit.totals().found == {3: 50} and world.audit.short() == {}


async def test_lists_are_asked_for_in_steps_too(world: AuditWorld, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(audit, "STEP_LISTS", 2)
    await world.rest()
    for number in range(100, 110):
        await world.put(world.nodes[1], world.address(number))
    world.asked.clear()
    await world.rest(SETTLE_S + 2)
    assert sum(isinstance(request, AskBucket) for request in world.asked) == 10
    assert len(world.audit.unknown(100)) == 10


async def test_a_worker_waits_for_the_next_reports(world: AuditWorld) -> None:
    await world.rest()
    waiting = asyncio.create_task(world.audit.wait())
    await world.clock.sleeping()
    world.clock.advance(1.0)
    await waiting
    assert world.audit.name == "audit"
    assert world.audit.figures.done >= BUCKET_COUNT
