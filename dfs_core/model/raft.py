"""Raft without I/O: messages and ticks in; messages, entries to persist and entries to apply out.

Theory of operation
-------------------
Raft (Ongaro's thesis) keeps one log equal on all members. Time is cut into terms with at most one leader each; only
the leader appends, followers copy, and an entry is committed once a majority of the voters has it durably. Beyond the
paper's figure 2 this core has pre-vote, check-quorum, read index, leadership transfer, learners and changes of one
voter at a time. What keeps it safe, and where each rule is:

- One vote a term, durable before it is told to anybody, the candidate's own included (`_request_vote`, `persisted`).
- A vote only for a log that is at least as complete: last term first, then length (`_log_is_enough`).
- An entry fits only behind the entry its leader has before it; what conflicts is cut off (`_fits`, `_take_entries`).
- A leader counts copies only for an entry of its own term; older ones are committed with it (figure 8). It counts
  itself like anybody: from when the entry is durable here, which may be later than at a follower (`_commit`).
- A configuration is in force from when it is appended, and falls back when its entry is cut off. Voters change by one
  at a time, not while the last change is uncommitted, and not before the leader has committed an entry of its own
  term (Ongaro's correction of 2015: without it two leaders can change differently and both have majorities). Learners
  count for nothing, so they change freely. A leader that removed itself leads, uncounted, until that is committed.
- A read is served at the commit index of when it was asked for (or later), once a majority has answered a heartbeat
  round that began after it: no later leader can have committed anything before that. No clock is trusted for this.

And what keeps it live: a node first asks whether it would win (pre-vote), so one that was cut off does not come back
with a high term; who heard a leader within the shortest election timeout does not vote, unless the leader itself asked
for a transfer; a leader that has not heard from a majority for the longest election timeout steps down. Learners,
nodes outside the configuration and nodes that may not vote (`set_may_vote`) never campaign; but a voter that is being
removed does until its removal is committed, since the others may still need the entries it has. A node asked for
its vote answers even if its own configuration does not call it a voter: the asker's log may be further.

What the shell must do
----------------------
The core never waits and is not thread-safe: call it from one event loop. `receive`, `tick`, `propose` and the rest
only change its state; everything to be done comes out of `ready()`. The plain loop, once round at every event:

    ready = raft.ready()                       # until it is empty
    send ready.messages_now                    # before or while writing; order and loss do not matter
    install ready.snapshot                     # before the rest: catalog, then the log on disk begins behind it
    write ready.hard_state and ready.entries   # one transaction, synced; entries replace all at and after the first
    raft.persisted(ready, now)                 # even when there was nothing to write
    send ready.messages_after                  # never before this Ready and all earlier ones are durable
    apply ready.committed                      # in order; each entry comes exactly once per life of this core
    answer ready.reads (once applied up to .index), fail ready.reads_failed, note .leadership and .configuration
    for each ready.fetch: read from disk, then raft.entries_read(fetch, entries, now)

- `persisted` tells more than it seems: the leader's own copy and a candidate's own vote count only from then on. A
  loop that forgets it never elects anybody. Call it once for every Ready that is not empty, in order.
- Events may arrive while a write is under way (in a thread): feed them in; they end up in the next Ready, and so many
  proposals share one transaction. More than one Ready may be under way, if they are written and reported in order.
- Entries in `committed` are durable here already (`persisted` was called for them), so the applied state never runs
  ahead of this node's own log. `LogStart.applied` at the next start must be what was really applied.
- Entries with kind CONFIGURATION and NOOP are handed out with the rest, so that applied indexes have no gaps.
- A proposal has its fate when the entry at its index is applied: with the term of proposing it was taken, with another
  term it was lost. A change of leadership alone says neither, and a lost one may stay open: give it a deadline.
- Wake up no later than `next_deadline()` to call `tick`; both take seconds of one monotonic clock.
- A lost message needs no error report. Send what can be sent; drop the rest, and never queue without bound.
- On start: the durable hard state, `LogStart`, and every configuration that is in the log from the newest applied one
  on, after the one in force before (`configurations`). A node that founds a cluster starts with itself as the only
  voter at index 0; one that joins starts with an empty configuration and learns the rest from the log.
- An exception other than a DfsError means that a rule was broken, here or by a disk that went back: stop the node.

Kept in memory: the newest entries up to a bound, and for the whole log only where each term begins. Followers that are
further behind, and an applier that starts far back, are served through `Ready.fetch`.

Cutting off: `compact(index)` forgets the log's beginning, once what applying it gave is durable without it; the shell
then deletes it on disk, and at the next start says so in `LogStart`. A follower that lacks what was cut off is told so
(InstallSnapshot) and its core says `Ready.snapshot_wanted`. Fetching a snapshot is the shells' business, page by page,
while everything else goes on; when it is whole, `install_snapshot(place)` makes it this node's new beginning: the
next Ready says what is to be installed, and only then the leader is told that everything up to there is here.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from dataclasses import replace

from dfs_core.errors import InvalidInput, NotLeader, Refused, RemoteProtocolError
from dfs_core.model.raft_leading import Leading
from dfs_core.model.raft_log import RaftLog
from dfs_core.model.raft_membership import Membership
from dfs_core.model.raft_messages import (
    COMMAND,
    CONFIGURATION,
    NOOP,
    AppendAnswer,
    AppendEntries,
    Configuration,
    InstallSnapshot,
    LogEntry,
    RaftMessage,
    RequestVote,
    TimeoutNow,
    VoteAnswer,
)
from dfs_core.model.raft_ready import (
    Addressed,
    Dice,
    Fetch,
    FollowerProgress,
    HardState,
    Leadership,
    LogStart,
    RaftSettings,
    ReadIndex,
    Ready,
    Role,
    SnapshotPlace,
    SnapshotWanted,
)


class Raft:
    """One member of one log. See the module for what its owner must do."""

    def __init__(
        self,
        node: bytes,
        *,
        hard_state: HardState,
        log: LogStart,
        configurations: Sequence[tuple[int, Configuration]],
        now: float,
        random: Dice,
        settings: RaftSettings,
    ) -> None:
        """Start as a follower.

        `configurations` are (index, configuration), ascending: the first is in force at `log.applied` or before (index
        0 for the founding one), then every CONFIGURATION entry after it, committed or not.
        """
        self.node = node
        self._hard_state = hard_state
        self._log = RaftLog(log, settings.recent_bytes_max)
        self._membership = Membership(configurations)
        self._random = random
        self._settings = settings
        self._commit_index = self._handed_index = log.applied
        self._role = Role.FOLLOWER
        self._leader: bytes | None = None
        self._leader_heard_at = now
        self._election_at = now
        if self._membership.current.voters != (node,):  # alone, it need not wait for anybody
            self._put_off_election(now)
        self._votes: set[bytes] = set()  # only counted, never walked
        self._lead: Leading | None = None
        self._no_vote: set[bytes] = set()
        self._apply_fetch: Fetch | None = None
        self._apply_fetched: Sequence[LogEntry] = ()
        # What the next Ready will hold:
        self._messages_now: list[Addressed] = []
        self._messages_after: list[Addressed] = []
        self._reads: list[ReadIndex] = []
        self._reads_failed: list[int] = []
        self._snapshot: SnapshotPlace | None = None
        self._snapshot_wanted: SnapshotWanted | None = None
        # What the last one held:
        self._number = 0
        self._told_hard_state = hard_state
        self._told_leadership = self._leadership()
        self._told_configuration = self._membership.current
        self._unreported: deque[int] = deque()  # numbers of Readys that `persisted` was not called for

    # -- facts

    @property
    def term(self) -> int:
        """The highest term seen; perhaps not durable yet."""
        return self._hard_state.term

    @property
    def role(self) -> Role:
        """What this node is doing about leadership."""
        return self._role

    @property
    def leader(self) -> bytes | None:
        """Who leads this term, if that was heard; this node itself while it leads."""
        return self._leader

    @property
    def commit_index(self) -> int:
        """Everything up to here is committed."""
        return self._commit_index

    @property
    def first_index(self) -> int:
        """Where this node's log begins; what was before was cut off."""
        return self._log.first_index

    @property
    def last_index(self) -> int:
        """The end of this node's log, durable or not."""
        return self._log.last_index

    @property
    def configuration(self) -> Configuration:
        """In force: the newest in the log, committed or not."""
        return self._membership.current

    def term_at(self, index: int) -> int | None:
        """The term of the entry at `index` in this node's log; None where there is none (any more)."""
        return self._log.term(index)

    def progress(self) -> list[FollowerProgress]:
        """What is known of the other members, sorted by node; empty on a node that does not lead."""
        return self._lead.progress() if self._lead else []

    def next_deadline(self) -> float:
        """When `tick` has something to do, if nothing else happens before."""
        return self._lead.heartbeat_at if self._lead else self._election_at

    # -- what happens

    def receive(self, sender: bytes, message: RaftMessage, now: float) -> None:
        """Take a message that `sender` sent. RemoteProtocolError if it makes no sense; nothing has changed then."""
        if isinstance(message, AppendEntries):
            self._append_entries(sender, message, now)
        elif isinstance(message, AppendAnswer):
            self._append_answer(sender, message, now)
        elif isinstance(message, RequestVote):
            self._request_vote(sender, message, now)
        elif isinstance(message, VoteAnswer):
            self._vote_answer(sender, message, now)
        elif isinstance(message, InstallSnapshot):
            self._told_to_install(sender, message, now)
        else:
            self._timeout_now(message, now)

    def tick(self, now: float) -> None:
        """Let time pass: campaign, send heartbeats, step down. Calling early or often does no harm."""
        if self._lead is not None:
            if now >= self._lead.heartbeat_at:
                self._heartbeat(self._lead, now)
        elif now >= self._election_at:
            self._leader = None
            self._role = Role.FOLLOWER
            self._put_off_election(now)
            if self._may_campaign():
                self._campaign(Role.PRE_CANDIDATE, now)

    def propose(self, data: bytes, now: float) -> int:
        """Append a command and return its index. With `term` it names the proposal; it is not committed yet.

        NotLeader: nothing was appended (it carries the leader, when known; none while leadership is handed over).
        """
        lead = self._leading()
        if lead.transfer_to is not None:
            raise NotLeader()
        return self._append_own(COMMAND, data)

    def change_configuration(self, configuration: Configuration, now: float) -> int:
        """Append a new configuration and return its index; it is in force here at once.

        NotLeader: as for `propose`. InvalidInput: more than one voter would change, or none would be left.
        Refused("not_settled"): this leader has not committed an entry of its own term yet, or the last change of voters
        is not committed; try again soon. Changes of learners only are never refused so. Asking for what already
        is appends nothing and returns the index of the entry that said so.
        """
        lead = self._leading()
        if lead.transfer_to is not None:
            raise NotLeader()
        wanted = Configuration.of(configuration.voters, configuration.learners)
        if wanted == self._membership.current:
            return self._membership.current_index
        if self._membership.check_next(wanted) and not self._is_settled(lead):
            raise Refused("not_settled", "the last change of voters is not committed yet; try again in a moment")
        index = self._append_own(CONFIGURATION, wanted.encode())
        lead.follow_membership(now)
        if lead.transfer_to is not None and lead.transfer_to not in wanted.voters:
            lead.transfer_to = None
        return index

    def request_read(self, context: int, now: float) -> None:
        """Ask for a read index; `context` comes back in `Ready.reads` or, if leadership is lost, in `reads_failed`.

        NotLeader: ask there. A new leader answers only after it has committed the first entry of its term.
        """
        self._leading().reads.ask(context)

    def transfer_leadership(self, to: bytes | None, now: float) -> None:
        """Hand over to voter `to` (None: the one whose log is fullest). Proposals are refused meanwhile.

        Done when another leads; given up after the longest election timeout. NotLeader; InvalidInput if `to` is not
        another voter. Asking again replaces the earlier target.
        """
        lead = self._leading()
        target = lead.fullest_voter() if to is None else to
        if target is None or target == self.node or target not in self._membership.current.voters:
            raise InvalidInput("leadership can only go to another voter")
        lead.transfer_to = target
        lead.transfer_until = now + self._settings.election_timeout_s_max
        self._hand_over(lead)

    def set_may_vote(self, node: bytes, may_vote: bool, now: float) -> None:
        """Say whether `node` may vote and count. Everybody may at the start.

        For this node itself: it neither votes nor campaigns nor leads, and tells leaders not to count it. For another:
        its votes and copies are not counted here, while the size of a majority stays what the configuration says.
        """
        if may_vote:
            self._no_vote.discard(node)
            return
        self._no_vote.add(node)
        if node == self.node and self._role is not Role.FOLLOWER:
            self._follow(self.term, None, now)

    def compact(self, index: int) -> None:
        """Forget the log up to `index`. What applying it gave must be durable by now, whatever happens.

        ValueError: `index` was not handed out for applying, or is not durable here. Doing it again changes nothing.
        """
        if index < self._log.first_index:
            return
        if index > min(self._handed_index, self._log.durable_index):
            raise ValueError(f"entry {index} is not applied yet, so it cannot be cut off")
        self._membership.compact(index)
        self._log.compact(index)

    def install_snapshot(self, place: SnapshotPlace, now: float) -> bool:
        """Begin behind a snapshot that the shell has whole. False: it says nothing new, and nothing was changed.

        The shell must install it when the next Ready says so (`Ready.snapshot`), not before.
        """
        if place.index <= self._commit_index or self._lead is not None:
            return False
        keeps = self._log.install(place.index, place.term)
        base = (place.configuration_index, place.configuration)
        self._membership.install(place.index, base, keep=keeps)
        self._commit_index = self._handed_index = place.index
        self._apply_fetch, self._apply_fetched = None, ()
        self._snapshot = replace(place, keeps_tail=keeps)
        if self._leader is not None:
            self._accept(self._leader, place.index)
        return True

    # -- work and its completion

    def ready(self) -> Ready:
        """Take what is to be done. Falsy when nothing is; the next call does not repeat it."""
        fetches: list[Fetch] = []
        if self._lead is not None:
            messages, fetches = self._lead.collect(self._commit_index)
            self._messages_now += messages
            self._confirm_reads(self._lead)
        committed = self._take_committed(fetches)
        hard_state = None if self._hard_state == self._told_hard_state else self._hard_state
        leadership = self._leadership()
        configuration = self._membership.current
        ready = Ready(
            number=self._number + 1,
            messages_now=tuple(self._messages_now),
            snapshot=self._snapshot,
            hard_state=hard_state,
            entries=self._log.unwritten(),
            messages_after=tuple(self._messages_after),
            committed=committed,
            reads=tuple(self._reads),
            reads_failed=tuple(self._reads_failed),
            fetch=tuple(fetches),
            snapshot_wanted=self._snapshot_wanted,
            leadership=None if leadership == self._told_leadership else leadership,
            configuration=None if configuration == self._told_configuration else configuration,
        )
        if not ready:
            return ready
        self._number += 1
        self._unreported.append(self._number)
        self._log.begin_write()
        self._told_hard_state, self._told_leadership = self._hard_state, leadership
        self._told_configuration = configuration
        self._messages_now, self._messages_after, self._reads, self._reads_failed = [], [], [], []
        self._snapshot = self._snapshot_wanted = None
        return ready

    def persisted(self, ready: Ready, now: float) -> None:
        """`ready` is durable. ValueError unless called for every non-empty Ready in order."""
        if not self._unreported or self._unreported[0] != ready.number:
            raise ValueError(f"ready {ready.number} was reported out of order")
        self._unreported.popleft()
        self._log.written()
        if self._role is Role.CANDIDATE and ready.hard_state == HardState(self.term, self.node):
            self._count_vote(self.node, now)
        if self._lead is not None:
            self._commit(self._lead, now)

    def entries_read(self, fetch: Fetch, entries: Sequence[LogEntry], now: float) -> None:
        """Answer a `Ready.fetch`. Entries that the log no longer has are ignored, and fetched again if needed."""
        fits = bool(entries) and entries[0].index == fetch.low and self._log.holds(entries)
        wanted = tuple(entries) if fits else ()
        if fetch.node is None:
            if fetch is self._apply_fetch:
                self._apply_fetch, self._apply_fetched = None, wanted
        elif self._lead is not None:
            self._lead.entries_read(fetch, wanted)

    # -- elections

    def _may_campaign(self) -> bool:
        # A voter whose own removal is in its log but not committed still campaigns (without counting itself): the
        # others may not have that entry, need its vote, and be refused because its log is longer.
        return self._membership.is_needed(self.node, self._commit_index) and self.node not in self._no_vote

    def _may_count(self, node: bytes) -> bool:
        return node not in self._no_vote

    def _put_off_election(self, now: float) -> None:
        spread = self._settings
        self._election_at = now + self._random.uniform(spread.election_timeout_s_min, spread.election_timeout_s_max)

    def _campaign(self, role: Role, now: float, *, transfer: bool = False) -> None:
        """Ask every voter: as PRE_CANDIDATE what they would say, as CANDIDATE for their vote in a new term."""
        self._role, self._leader, self._votes = role, None, set()
        if role is Role.CANDIDATE:
            self._hard_state = HardState(self.term + 1, self.node)
            self._put_off_election(now)
        pre_vote = role is Role.PRE_CANDIDATE
        term = self.term + 1 if pre_vote else self.term
        request = RequestVote(term, self._log.last_index, self._log.last_term, pre_vote, transfer)
        # A vote binds only once it is durable: had this node forgotten its own after a crash, it could give the same
        # term's vote to another one. So the request waits too, and the own vote counts when `persisted` says so.
        outbox = self._messages_now if pre_vote else self._messages_after
        outbox += [Addressed(voter, request) for voter in self._membership.current.voters if voter != self.node]
        if pre_vote:
            self._count_vote(self.node, now)

    def _count_vote(self, voter: bytes, now: float) -> None:
        if self._may_count(voter):
            self._votes.add(voter)
        if not self._membership.is_majority(lambda member: member in self._votes):
            return
        if self._role is Role.PRE_CANDIDATE:
            self._campaign(Role.CANDIDATE, now)
        else:
            self._begin_leading(now)

    def _request_vote(self, sender: bytes, request: RequestVote, now: float) -> None:
        if request.term < self.term:
            self._answer(sender, VoteAnswer(self.term, False, request.pre_vote))
            return
        if sender in self._no_vote or (not request.transfer and self._leader_is_alive(now)):
            return
        grant = self.node not in self._no_vote and self._log_is_enough(request)
        if request.pre_vote:
            grant = grant and request.term > self.term
            self._answer(sender, VoteAnswer(request.term if grant else self.term, grant, True))
            return
        if request.term > self.term:
            self._follow(request.term, None, now)
        grant = grant and self._hard_state.vote in (None, sender)
        if grant:
            self._hard_state = HardState(self.term, sender)
            self._put_off_election(now)
        self._answer(sender, VoteAnswer(self.term, grant, False))

    def _log_is_enough(self, request: RequestVote) -> bool:
        return (request.last_term, request.last_index) >= (self._log.last_term, self._log.last_index)

    def _leader_is_alive(self, now: float) -> bool:
        """A leader was heard so recently that nobody has reason to campaign."""
        since = now - self._settings.election_timeout_s_min
        if self._lead is not None:
            return self._lead.heard_majority_since(since)
        return self._leader is not None and self._leader_heard_at > since

    def _vote_answer(self, sender: bytes, answer: VoteAnswer, now: float) -> None:
        if answer.granted:
            asked = self.term + 1 if answer.pre_vote else self.term
            asking = Role.PRE_CANDIDATE if answer.pre_vote else Role.CANDIDATE
            if self._role is asking and answer.term == asked:
                self._count_vote(sender, now)
        elif answer.term > self.term:
            self._follow(answer.term, None, now)

    def _timeout_now(self, message: TimeoutNow, now: float) -> None:
        if message.term == self.term and self._lead is None and self._may_campaign():
            self._campaign(Role.CANDIDATE, now, transfer=True)

    def _follow(self, term: int, leader: bytes | None, now: float) -> None:
        """Be a follower in `term`, giving up whatever this node was doing."""
        if term > self.term:
            self._hard_state = HardState(term, None)
        if self._lead is not None:
            self._reads_failed += self._lead.reads.abandon()
            self._lead = None
            self._put_off_election(now)
        self._role, self._leader = Role.FOLLOWER, leader

    # -- following

    def _append_entries(self, sender: bytes, message: AppendEntries, now: float) -> None:
        _check_entries(message)
        if message.term < self.term:
            # The sender learns the term from it and steps down; silence would leave a node with a higher term out for
            # ever, because nobody votes for it while that leader is alive.
            self._answer(sender, self._refusal(message))
            return
        self._hear_leader(sender, message.term, now)
        if not self._fits(message):
            self._answer(sender, self._refusal(message))
            return
        self._take_entries(message.entries)
        end = message.previous_index + len(message.entries)
        self._commit_index = max(self._commit_index, min(message.commit_index, end))
        self._accept(sender, end, message.round)

    def _hear_leader(self, leader: bytes, term: int, now: float) -> None:
        """Follow `leader`, whose `term` is not an old one; it is alive."""
        if term == self.term and self._lead is not None:
            raise AssertionError(f"two leaders in term {self.term}: this node and {leader.hex()}")
        self._follow(term, leader, now)
        self._leader_heard_at = now
        self._put_off_election(now)

    def _accept(self, leader: bytes, index: int, read_round: int = 0) -> None:
        counts = self.node not in self._no_vote
        self._answer(leader, AppendAnswer(self.term, True, index, round=read_round, counts=counts))

    def _told_to_install(self, sender: bytes, message: InstallSnapshot, now: float) -> None:
        """What this node lacks was cut off at its leader: have a snapshot fetched, unless all of it is here."""
        if message.term < self.term:
            self._answer(sender, AppendAnswer(self.term, False, 0))
            return
        self._hear_leader(sender, message.term, now)
        if self._log.term(message.index) == message.entry_term:  # it was all here, and the leader did not know
            self._commit_index = max(self._commit_index, message.index)
        if message.index > self._commit_index:
            self._snapshot_wanted = SnapshotWanted(sender, message.index)
            self._accept(sender, 0, message.round)
        else:
            self._accept(sender, self._commit_index, message.round)

    def _fits(self, message: AppendEntries) -> bool:
        if message.previous_index < self._log.first_index - 1:
            return True  # what was cut off here was committed, and so is the same everywhere
        return self._log.term(message.previous_index) == message.previous_term

    def _refusal(self, message: AppendEntries) -> AppendAnswer:
        hint = self._log.newest_fit(message.previous_index - 1, message.previous_term)
        return AppendAnswer(
            self.term,
            False,
            message.previous_index,
            hint_index=hint,
            hint_term=self._log.term(hint) or 0,
            round=message.round,
            counts=self.node not in self._no_vote,
        )

    def _take_entries(self, entries: Sequence[LogEntry]) -> None:
        """Append what is new. What is here already stays, even if more follows it: the message may be an old one."""
        for position, entry in enumerate(entries):
            if entry.index < self._log.first_index or self._log.term(entry.index) == entry.term:
                continue
            if entry.index <= self._commit_index:
                raise AssertionError(f"entry {entry.index} is committed here, and a leader says otherwise")
            if entry.index <= self._log.last_index:
                self._log.cut_from(entry.index)
                self._membership.cut_from(entry.index)
            self._log.append(entries[position:])
            self._membership.append(entries[position:])
            return

    # -- leading

    def _leading(self) -> Leading:
        if self._lead is None:
            raise NotLeader(self._leader.hex() if self._leader else "")
        return self._lead

    def _begin_leading(self, now: float) -> None:
        self._role, self._leader = Role.LEADER, self.node
        self._lead = Leading(self.node, self.term, self._log, self._membership, self._settings, self._may_count, now)
        self._append_own(NOOP, b"")

    def _append_own(self, kind: int, data: bytes) -> int:
        entry = LogEntry(self._log.last_index + 1, self.term, kind, data)
        self._log.append([entry])
        self._membership.append([entry])
        return entry.index

    def _is_settled(self, lead: Leading) -> bool:
        """Voters may change: the last change is committed, and so is an entry of this term (the 2015 correction)."""
        return self._commit_index >= lead.first_index and self._commit_index >= self._membership.voters_index

    def _heartbeat(self, lead: Leading, now: float) -> None:
        if not lead.heard_majority_since(now - self._settings.election_timeout_s_max):
            self._follow(self.term, None, now)
            return
        lead.heartbeat_at = now + self._settings.heartbeat_s
        lead.beat()
        if lead.transfer_to is not None and now >= lead.transfer_until:
            lead.transfer_to = None
        self._hand_over(lead)

    def _hand_over(self, lead: Leading) -> None:
        """Ask the heir of a transfer to take over, if it has everything. Repeated, since the message may be lost."""
        if lead.transfer_to is not None and lead.is_complete(lead.transfer_to):
            self._messages_now.append(Addressed(lead.transfer_to, TimeoutNow(self.term)))

    def _append_answer(self, sender: bytes, answer: AppendAnswer, now: float) -> None:
        if answer.term > self.term:
            self._follow(answer.term, None, now)
        if answer.term < self.term or self._lead is None:
            return
        if answer.accepted and answer.index > self._log.last_index:
            raise RemoteProtocolError(f"{sender.hex()} accepted entry {answer.index}, the last one is earlier")
        self._lead.answered(sender, answer, now)
        if answer.accepted:
            if sender == self._lead.transfer_to:
                self._hand_over(self._lead)
            self._commit(self._lead, now)

    def _commit(self, lead: Leading, now: float) -> None:
        """Raise the commit index to what a majority has, if that is of this term: figure 8 says why."""
        index = lead.durable_at_majority()
        if index <= self._commit_index or self._log.term(index) != self.term:
            return
        self._commit_index = index
        if self.node not in self._membership.current.voters and index >= self._membership.current_index:
            # This leader's own removal is committed. Its heir need not wait for an election timeout.
            heir = lead.fullest_voter()
            if heir is not None:
                self._messages_now.append(Addressed(heir, TimeoutNow(self.term)))
            self._follow(self.term, None, now)

    def _confirm_reads(self, lead: Leading) -> None:
        self._reads += lead.reads.confirm(lead.round_answered_by_majority())

    # -- collecting

    def _answer(self, to: bytes, message: RaftMessage) -> None:
        """Answers wait until what they promise is durable."""
        self._messages_after.append(Addressed(to, message))

    def _leadership(self) -> Leadership:
        return Leadership(self.term, self._role, self._leader)

    def _take_committed(self, fetches: list[Fetch]) -> tuple[LogEntry, ...]:
        """The next entries to apply: committed, and durable here, so that what is applied never outruns the log."""
        low, high = self._handed_index + 1, min(self._commit_index, self._log.durable_index)
        if low > high:
            return ()
        entries, self._apply_fetched = self._apply_fetched, ()
        if not entries:
            entries = self._log.entries(low, high, self._settings.apply_bytes_max) or ()
        if not entries and self._apply_fetch is None:
            self._apply_fetch = Fetch(None, low, high, self._settings.apply_bytes_max)
            fetches.append(self._apply_fetch)
        if entries:
            self._handed_index = entries[-1].index
        return tuple(entries)


def _check_entries(message: AppendEntries) -> None:
    term = message.previous_term
    for index, entry in enumerate(message.entries, message.previous_index + 1):
        if entry.index != index or not term <= entry.term <= message.term:
            raise RemoteProtocolError(f"entry {entry.index} of term {entry.term} does not follow {index - 1}")
        if entry.kind == CONFIGURATION:
            Configuration.decode(entry.data)
        term = entry.term
