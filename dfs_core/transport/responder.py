"""Responder: one link's requests from the other side, each run by the handler as a task of its own.

Here and nowhere else the role table is enforced, for requests and one-way messages alike. A refusal is answered, and
logged once a kind of message, so that a stranger cannot fill the log.
"""

from __future__ import annotations

import asyncio
import logging

import msgspec

from dfs_core.encoding.message import Failed
from dfs_core.errors import Cancelled, DfsError
from dfs_core.transport.events import OpenExchange
from dfs_core.transport.exchange import Carrier, Exchange, Handler
from dfs_core.transport.roles import refusal

_log = logging.getLogger(__name__)


class Responder:
    """Answers requests. Handlers end with their link."""

    def __init__(self, link: Carrier, handler: Handler | None) -> None:
        """`handler` None: this side takes no requests."""
        self._link, self._handler = link, handler
        self._tasks: dict[Exchange, asyncio.Task[None]] = {}
        self._refused: set[type[msgspec.Struct]] = set()

    def admits(self, message: msgspec.Struct) -> bool:
        """Whether the other side may send this one-way message."""
        reason = refusal(self._link.role, message)
        if reason:
            self._log_refusal(message, reason)
        return not reason

    def take(self, asked: OpenExchange, message: msgspec.Struct) -> Exchange | None:
        """Have a request handled; its exchange, or None when it was refused."""
        reason = "this side takes no requests" if self._handler is None else refusal(self._link.role, message)
        if reason or self._handler is None:
            self._log_refusal(message, reason)
            self._link.send_reply(asked, Failed("not_allowed", reason), last=True)
            return None
        if len(self._tasks) >= 2 * self._link.connection.ours.requests_max:
            self._link.drop("it cancels requests faster than they can be stopped")
            return None
        exchange = Exchange(self._link, asked, message)
        task = asyncio.get_running_loop().create_task(self._handle(exchange, self._handler))
        self._tasks[exchange] = task
        task.add_done_callback(lambda _: self._tasks.pop(exchange, None))
        return exchange

    def cancel(self, exchange: Exchange) -> None:
        """Stop the handler of an exchange that nobody waits for any more, if it has one."""
        task = self._tasks.get(exchange)
        if task is not None:
            task.cancel()

    async def wait_idle(self) -> None:
        """Return when every handler has ended."""
        while self._tasks:
            await asyncio.wait(list(self._tasks.values()))

    async def _handle(self, exchange: Exchange, handler: Handler) -> None:
        try:
            await handler(exchange)
            exchange.answered()
        except DfsError as error:
            exchange.failed(error)
        except asyncio.CancelledError:
            exchange.failed(Cancelled("the request was stopped"))
            raise
        except Exception:  # noqa: BLE001 - the dispatcher's edge: a bug in one handler must not hang its asker
            _log.exception("%s: %s failed", self._link.address, type(exchange.request).__name__)
            exchange.failed(DfsError("an internal error; the node's log has the details"))

    def _log_refusal(self, message: msgspec.Struct, reason: str) -> None:
        if type(message) not in self._refused:
            self._refused.add(type(message))
            _log.warning("%s: refused: %s", self._link.address, reason)
