"""Contexts follow the member list."""

from __future__ import annotations

from dfs_core.transport.contexts import Contexts

from .nodes import ANN, BEN, CAT


async def test_contexts_are_made_once_a_list() -> None:
    contexts = Contexts(ANN)
    contexts.trust([BEN.certificate])
    server, client = await contexts.server(), await contexts.client()
    assert server is not client
    assert await contexts.server() is server
    contexts.trust([BEN.certificate])
    assert await contexts.server() is server


async def test_a_changed_list_makes_new_ones() -> None:
    contexts = Contexts(ANN)
    contexts.trust([BEN.certificate])
    before = await contexts.server(), await contexts.client()
    contexts.trust([BEN.certificate, CAT.certificate])
    after = await contexts.server(), await contexts.client()
    assert after[0] is not before[0]
    assert after[1] is not before[1]
    assert [context.cert_store_stats()["x509"] for context in (*before, *after)] == [1, 1, 2, 2]


async def test_nobody_is_trusted_before_there_is_a_list() -> None:
    assert (await Contexts(ANN).server()).cert_store_stats()["x509"] == 0
