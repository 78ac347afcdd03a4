from __future__ import annotations

import pytest

from dfs_core.encoding import inventory_messages
from dfs_core.encoding.inventory_messages import (
    BUCKET_SUM,
    CHUNK_HELD,
    INVENTORY_MESSAGES,
    AskBucket,
    AskInventory,
    BucketListed,
    InventoryKnown,
    OweChunks,
    ReleaseChunks,
)
from dfs_core.encoding.message import Done, Message
from dfs_core.encoding.messages import ALL_MESSAGES
from dfs_core.limits import BUCKET_PAGE_MAX, MESSAGE_BYTES_MAX, OWE_CHUNKS_MAX
from dfs_core.model.ids import BUCKET_COUNT, Address

from .declared import messages_of, tag_of


@pytest.mark.parametrize("message", messages_of(inventory_messages), ids=lambda message: message.__name__)
def test_what_is_declared_can_be_said_under_a_tag_of_its_own(message: type[Message]) -> None:
    assert message in INVENTORY_MESSAGES
    assert [other for other in ALL_MESSAGES if tag_of(other) == tag_of(message)] == [message]


def test_each_question_has_its_answer() -> None:
    assert (AskInventory.reply, AskBucket.reply) == (InventoryKnown, BucketListed)
    assert (OweChunks.reply, ReleaseChunks.reply) == (Done, Done)


def test_a_whole_inventory_and_a_full_page_fit_a_message() -> None:
    assert BUCKET_SUM.size * BUCKET_COUNT < MESSAGE_BYTES_MAX // 2
    assert CHUNK_HELD.size * BUCKET_PAGE_MAX < MESSAGE_BYTES_MAX // 2
    assert Address.size * OWE_CHUNKS_MAX < MESSAGE_BYTES_MAX // 2
