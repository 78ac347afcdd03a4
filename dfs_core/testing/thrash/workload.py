"""Clients that store, read, copy, remove and purge all the time, each with keys of its own, and remember.

What a key may hold is a set of contents (None: it is removed). An acknowledged change leaves one; a change that failed
without a word about its fate adds its content to the set, and nobody touches the key again until the end: a later
change would not tell which of the two came last. Contents are shared among all clients, so that the same chunks are
stored, dropped and stored again by several at once.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from random import Random

from dfs_core.client import Client, DfsError, KeyNotFound, NoMajority, NotEnoughCopies
from dfs_core.limits import KIB, MIB
from dfs_core.testing.thrash.nodes import ThrashNode

KEYS_EACH = 12
ANSWER_WITHIN_S = 150.0  # whatever happens, a client is not left without an answer for longer
_SIZES = (0, 100, 4 * KIB, 70 * KIB, MIB, MIB + 1, 3 * MIB)


@dataclass
class Key:
    """One key and what it may hold."""

    name: str
    may_hold: set[bytes | None] = field(default_factory=lambda: {None})
    told: list[str] = field(default_factory=list)  # what was done to it, and what came of that

    def check(self, content: bytes | None, at: str) -> None:
        """AssertionError, with what was done to the key, when this is not what it holds, read through `at`."""
        told = "\n".join(self.told[-20:])
        assert content in self.may_hold, f"{self.name} through {at} is read as {_short(content)}:\n{told}"

    @property
    def certain(self) -> bool:
        return len(self.may_hold) == 1


class ThrashClient:
    """`work` until `stopping`. AssertionError: it was told something that cannot be."""

    def __init__(
        self,
        name: str,
        nodes: Callable[[], list[ThrashNode]],
        random: Random,
        contents: list[bytes],
        grace_s: float = 1.0,
    ) -> None:
        """`contents` are shared by all. `grace_s`: for how long the cluster keeps what nothing refers to."""
        self._grace_s = grace_s
        self._began = time.monotonic()
        self.at = ""  # the node that was asked last
        self.keys = [Key(f"{name}/{number:02}") for number in range(KEYS_EACH)]
        self._nodes, self._random, self._contents = nodes, random, contents
        self.stopping = False
        self.acknowledged = self.failed = self.read = self.again = 0

    async def work(self) -> None:
        """Ask, think, ask again."""
        kinds = (self.store, self.retrieve, self.remove, self.copy, self.store_again)
        while not self.stopping:
            running = [node for node in self._nodes() if node.process is not None and node.control]
            if running:
                node = self._random.choice(running)
                kind = self._random.choices(kinds, (6, 6, 2, 2, 1))[0]
                try:
                    async with asyncio.timeout(ANSWER_WITHIN_S):
                        await self._ask(node, kind)
                except TimeoutError:
                    if not node.paused:
                        raise AssertionError(f"{kind.__name__} through {node.name} had no answer") from None
            await asyncio.sleep(self._random.uniform(0.0, 0.2))

    async def _ask(self, node: ThrashNode, kind: Callable[[Client, Key], object]) -> None:
        certain = [key for key in self.keys if key.certain]
        if not certain:
            return
        key = self._random.choice(certain)
        self.at = node.name
        try:
            client = await Client.connect(node.control, timeout_s=2.0)
        except DfsError:
            return
        async with client:
            work = kind(client, key)
            assert asyncio.iscoroutine(work)
            await work

    async def _change(self, key: Key, content: bytes | None, work: object, what: str) -> None:
        """Carry a change out and note what the key may hold from then on."""
        assert asyncio.iscoroutine(work)
        what = f"{time.monotonic() - self._began:.2f} s, {self.at}: {what} {_short(content)}"
        before = set(key.may_hold)
        key.may_hold.add(content)  # also if this task is cancelled on the way
        try:
            await work
        except (NotEnoughCopies, NoMajority, KeyNotFound) as error:  # nothing was changed, for certain
            key.may_hold = before
            self.failed += 1
            key.told.append(f"not {what}: {error}")
        except DfsError as error:
            self.failed += 1
            key.told.append(f"perhaps {what}: {error}")
        else:
            key.told.append(what)
            key.may_hold = {content}
            self.acknowledged += 1

    async def store(self, client: Client, key: Key) -> None:
        """New bytes, or such as somebody stored before."""
        if self._contents and self._random.random() < 0.4:
            content = self._random.choice(self._contents)
        else:
            content = self._random.randbytes(self._random.choice(_SIZES))
            self._contents.append(content)
            del self._contents[:-20]
        await self._change(key, content, client.store(key.name, content), "stored")

    async def copy(self, client: Client, key: Key) -> None:
        """The content of another key of ours."""
        sources = [other for other in self.keys if other.certain and other is not key and None not in other.may_hold]
        if sources:
            source = self._random.choice(sources)
            (content,) = source.may_hold
            await self._change(key, content, client.copy(source.name, key.name), f"copied from {source.name}")

    async def remove(self, client: Client, key: Key) -> None:
        """Remove a key, its history too half of the time."""
        purge = self._random.random() < 0.5
        await self._change(key, None, client.remove([key.name], purge=purge), "purged" if purge else "removed")

    async def store_again(self, client: Client, key: Key) -> None:
        """Store, purge, and store the same about when it is collected: the second store counts on what is going."""
        content = self._random.randbytes(70 * KIB)
        await self._change(key, content, client.store(key.name, content), "stored")
        if key.may_hold == {content}:
            await self._change(key, None, client.remove([key.name], purge=True), "purged")
        if key.may_hold != {None}:
            return
        await asyncio.sleep(self._random.uniform(0.0, 2.0 * self._grace_s))

        async def stored() -> None:
            answer = await client.store(key.name, content)
            self.again += answer.new_chunks < answer.chunks

        await self._change(key, content, stored(), "stored again")

    async def retrieve(self, client: Client, key: Key) -> None:
        """Read it whole: what it holds, or an error."""
        try:
            async with client.retrieve_stream(key.name) as file:
                stale = file.stale
                content = b"".join([bytes(block) async for block in file])
        except DfsError:
            return
        self.read += 1
        history = "\n".join(key.told[-20:])
        assert stale or content in key.may_hold, (
            f"{key.name} through {self.at} is read as {_short(content)}:\n{history}"
        )


def _short(content: bytes | None) -> str:
    """A content by its length and its beginning."""
    return "nothing" if content is None else f"{len(content)} bytes {content[:4].hex()}"
