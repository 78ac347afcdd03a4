from __future__ import annotations

from typing import cast

from dfs_core.catalog.facts import Verdict
from dfs_core.catalog.query import CatalogReader
from dfs_core.encoding.collect_messages import AskVerdicts, VerdictTold
from dfs_core.server.verdicts_api import VerdictsApi
from dfs_core.transport.exchange import Exchange

from .exchanges import FakeExchange


class OneVerdict:
    def verdict(self, after: int) -> Verdict:
        return Verdict(5, (b"a" * 32, b"b" * 32)) if after < 5 else Verdict(after, ())


async def test_what_was_condemned_next_is_told_in_one_piece() -> None:
    api = VerdictsApi(cast(CatalogReader, OneVerdict()))
    for since, told in ((2, VerdictTold(5, b"a" * 32 + b"b" * 32)), (5, VerdictTold(5, b""))):
        exchange = FakeExchange(AskVerdicts(since))
        await api.handlers[AskVerdicts](cast(Exchange, exchange))
        assert exchange.replies == [told]
