"""A Raft cluster in bad weather, decided by one seed: faults, changes, clients; then calm, and the last checks.

Each seed first draws which kinds of faults it has and how strong, since a mix of everything hides what one kind alone
would show. `run` raises RaftViolation (or the core's own AssertionError) when a promise is broken.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from random import Random

from dfs_core.errors import InvalidInput, NotLeader, Refused
from dfs_core.model.raft import Raft
from dfs_core.model.raft_messages import CONFIGURATION, Configuration
from dfs_core.testing.raft_checks import RaftViolation
from dfs_core.testing.raft_cluster import NotReached, RaftCluster, SimNode

CALM_S = 20.0  # simulated time after the last fault in which the cluster must come to rest


@dataclass(frozen=True)
class Outcome:
    """What one seed led to. The counts show that a run was not empty."""

    trace: str
    acknowledged: int
    terms: int
    reads_confirmed: int
    configurations: int  # committed, the founding one not counted
    fetches: int
    snapshots: int  # installed


class RaftChaos:
    """One seed's history."""

    def __init__(self, seed: int, *, raft: type[Raft] = Raft, steps: int = 120, cuts_unsynced: bool = False) -> None:
        self.random = Random(seed)
        self.steps = steps
        dice = self.random
        self.cluster = RaftCluster(
            dice,
            voters=dice.choice([1, 2, 3, 3, 3, 4, 5]),
            others=dice.choice([0, 1, 2]),
            raft=raft,
            pipelined=dice.random() < 0.5,
            cuts_unsynced=cuts_unsynced,
        )
        for node in self.cluster.nodes.values():
            node.clock_rate = dice.choice([1.0, 1.0, 0.8, 1.25])
        self.set_weather()
        work = [self.propose, self.read]
        if dice.random() < 0.6:
            work += [self.checkpoint, self.compact, self.compact]
        changes = [self.change_members, self.transfer]
        faults = [self.crash, self.crash_all, self.stumble, self.partition, self.one_way, self.pause, self.set_weather]
        chosen = [action for action in faults + changes if dice.random() < 0.5]
        if dice.random() < 0.3:  # a seed about who votes
            chosen += changes * 3
        recovery = [self.start_one, self.heal] * 2
        self.actions: list[Callable[[], None]] = work * dice.choice([2, 4, 6]) + chosen * dice.choice([1, 2]) + recovery
        self.step_s = dice.choice([0.02, 0.05, 0.1, 0.2])
        self.proposed = 0

    def run(self) -> Outcome:
        """Faults, then calm, then the checks of the end."""
        cluster = self.cluster
        for _ in range(self.steps):
            cluster.run_for(self.random.uniform(0, 2 * self.step_s))
            action = self.random.choice(self.actions)
            cluster.note(action.__name__)
            action()
        self.calm_down()
        checks = cluster.checks
        return Outcome(
            cluster.trace,
            acknowledged=len(checks.acknowledged),
            terms=max(checks.leaders),
            reads_confirmed=checks.reads_confirmed,
            configurations=sum(entry.kind == CONFIGURATION for entry in checks.applied),
            fetches=cluster.fetches,
            snapshots=cluster.snapshots,
        )

    def calm_down(self) -> None:
        """Heal everything; then a command must be acknowledged and reach every member."""
        cluster = self.cluster
        cluster.heal()
        cluster.weather.loss = cluster.weather.doubling = 0.0
        cluster.weather.delay_s_max = cluster.weather.write_s_max = 0.005
        for node in cluster.nodes.values():
            node.paused_until = 0.0
            cluster.start(node)
        before = len(cluster.checks.acknowledged)

        def acknowledged_anew() -> bool:
            for node in cluster.leaders():
                if cluster.core(node).term not in node.proposals.values():  # those of lost terms may wait for ever
                    self.propose_at(node)
            return len(cluster.checks.acknowledged) > before

        try:
            cluster.run_until(acknowledged_anew, CALM_S)
            cluster.run_until(self.is_level, CALM_S)
        except NotReached as error:
            raise RaftViolation(f"no progress after all was healed: {error}") from error
        for node in self.members():
            cluster.checks.check_survival(node.applied)

    def members(self) -> list[SimNode]:
        """The members of the newest leader's configuration."""
        leaders = self.cluster.leaders()
        if not leaders:
            return []
        return [self.cluster.nodes[member] for member in self.cluster.core(leaders[0]).configuration.members]

    def is_level(self) -> bool:
        """There is a leader, and all members have applied all it has."""
        members = self.members()
        return bool(members) and all(
            node.applied == self.cluster.core(self.cluster.leaders()[0]).last_index for node in members
        )

    # -- clients

    def propose(self) -> None:
        """Propose a few commands through anybody who thinks that it leads."""
        for node in self.cluster.leaders():
            if self.random.random() < 0.7:
                for _ in range(self.random.choice([1, 1, 1, 4, 12])):
                    self.propose_at(node)

    def propose_at(self, node: SimNode) -> None:
        """Propose one command there."""
        self.proposed += 1
        try:
            self.cluster.propose(node, b"%d" % self.proposed + b"." * self.random.choice([0, 0, 50, 200]))
        except NotLeader:
            return

    def read(self) -> None:
        """Read through anybody who thinks that it leads."""
        for node in self.cluster.leaders():
            self.cluster.read(node)

    # -- what each node does by itself

    def checkpoint(self) -> None:
        """Bring to the medium what a node has applied."""
        self.cluster.checkpoint(self.any_node())

    def compact(self) -> None:
        """Cut off the log of somebody, or of everybody: then who lags needs a snapshot."""
        everybody = list(self.cluster.nodes.values())
        for node in everybody if self.random.random() < 0.3 else [self.any_node()]:
            if node.raft is not None:
                if self.random.random() < 0.7:
                    self.cluster.checkpoint(node)
                self.cluster.compact(node, self.random.choice([0, 0, 0, 1, 4, 20]))

    # -- changes

    def change_members(self) -> None:
        """Let one node become a voter, a learner or nothing."""
        for leader in self.cluster.leaders():
            current = self.cluster.core(leader).configuration
            member = self.random.choice(list(self.cluster.nodes))
            voters = [voter for voter in current.voters if voter != member]
            learners = [learner for learner in current.learners if learner != member]
            places = [voters, learners, []]
            if member in current.voters:
                places.remove(voters)
            elif member in current.learners:
                places = [voters, voters, []]
            self.random.choice(places).append(member)
            wanted = Configuration.of(voters, learners)
            try:
                self.cluster.act(leader, lambda raft, now, wanted=wanted: raft.change_configuration(wanted, now))  # type: ignore[misc]
            except (Refused, InvalidInput, NotLeader):
                continue

    def transfer(self) -> None:
        """Hand leadership to anybody."""
        for leader in self.cluster.leaders():
            heir = self.random.choice([None, *self.cluster.nodes])
            try:
                self.cluster.act(leader, lambda raft, now, heir=heir: raft.transfer_leadership(heir, now))  # type: ignore[misc]
            except InvalidInput:
                continue

    # -- faults

    def any_node(self) -> SimNode:
        """A node; a leader more often than chance would have it."""
        leaders = self.cluster.leaders()
        if leaders and self.random.random() < 0.4:
            return leaders[0]
        return self.random.choice(list(self.cluster.nodes.values()))

    def crash(self) -> None:
        """Crash a node; mostly it comes back soon."""
        node = self.any_node()
        self.cluster.crash(node, self.random.randint(0, len(node.writes)))
        if self.random.random() < 0.8:
            self.cluster.at(self.random.uniform(0, 0.5), lambda: self.cluster.start(node))

    def crash_all(self) -> None:
        """The power strip."""
        for node in self.cluster.nodes.values():
            self.cluster.crash(node, self.random.randint(0, len(node.writes)))
            self.cluster.at(self.random.uniform(0, 0.5), lambda node=node: self.cluster.start(node))  # type: ignore[misc]

    def stumble(self) -> None:
        """Crash and be back at once, while others still wait for what was promised."""
        node = self.any_node()
        self.cluster.crash(node)
        self.cluster.start(node)

    def start_one(self) -> None:
        """Start a node that is down."""
        down = [node for node in self.cluster.nodes.values() if node.raft is None]
        if down:
            self.cluster.start(self.random.choice(down))

    def pause(self) -> None:
        """Stop a node's process for a while."""
        self.cluster.pause(self.any_node(), self.random.uniform(0, 1.0))

    def partition(self) -> None:
        """Two halves that do not hear each other."""
        self.cluster.heal()
        halves: tuple[list[SimNode], list[SimNode]] = ([], [])
        for node in self.cluster.nodes.values():
            halves[self.random.randrange(2)].append(node)
        self.cluster.cut(*halves)

    def one_way(self) -> None:
        """A node that is heard by some and hears nothing, or the other way round."""
        node = self.any_node()
        others = [other for other in self.cluster.nodes.values() if other is not node and self.random.random() < 0.7]
        if self.random.random() < 0.5:
            self.cluster.cut([node], others, both_ways=False)
        else:
            self.cluster.cut(others, [node], both_ways=False)

    def heal(self) -> None:
        """Everybody hears everybody again."""
        self.cluster.heal()

    def set_weather(self) -> None:
        """Draw how fast and how lossy network and disks are."""
        dice, weather = self.random, self.cluster.weather
        weather.delay_s_max = dice.choice([0.002, 0.01, 0.01, 0.05, 0.2, 0.6])
        weather.loss = dice.choice([0.0, 0.0, 0.02, 0.2])
        weather.doubling = dice.choice([0.0, 0.0, 0.05, 0.3])
        weather.write_s_max = dice.choice([0.001, 0.01, 0.01, 0.1, 0.4])


def run(seed: int, *, raft: type[Raft] = Raft, steps: int = 120, cuts_unsynced: bool = False) -> Outcome:
    """Run one seed. RaftViolation or AssertionError when a promise was broken."""
    return RaftChaos(seed, raft=raft, steps=steps, cuts_unsynced=cuts_unsynced).run()
