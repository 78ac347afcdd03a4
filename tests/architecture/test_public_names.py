"""What may be imported from the one door is what docs/client.md says."""

from __future__ import annotations

import inspect
import re

import dfs_core.client
from dfs_core import errors
from dfs_core.client import Client
from dfs_core.encoding.control_messages import CONTROL_MESSAGES
from dfs_core.encoding.health_messages import GetHealth, HealthChanged, HealthFound
from dfs_core.encoding.worker_messages import WORKER_MESSAGES

from .source_tree import ROOT

SECTIONS = re.split(r"^## ", (ROOT / "docs/client.md").read_text(encoding="utf-8"), flags=re.MULTILINE)


def named_in(section: str) -> set[str]:
    """The names in the first column of a section's table."""
    (text,) = [part for part in SECTIONS if part.splitlines()[0].strip("`") == section]
    cells = [line.split("|")[1] for line in text.splitlines() if line.startswith("|")]
    return {name for cell in cells for name in re.findall(r"`(\w+)`", cell)}


def test_the_door_has_what_its_document_names_and_nothing_else() -> None:
    tables = ("Finding a node", "Folders", "Values", "Events", "Errors")
    documented = {"Client"}.union(*(named_in(section) for section in tables))
    assert set(dfs_core.client.__all__) == documented


def test_everything_in_the_door_is_there() -> None:
    for name in dfs_core.client.__all__:
        assert hasattr(dfs_core.client, name), name
    assert sorted(dfs_core.client.__all__) == dfs_core.client.__all__, "kept in order"


def test_every_verb_of_a_client_is_documented() -> None:
    verbs = {name for name, _ in inspect.getmembers(Client, inspect.isfunction) if not name.startswith("_")}
    verbs |= {name for name, value in vars(Client).items() if isinstance(value, classmethod)}
    assert named_in("Client") == verbs


def test_every_event_that_is_sent_can_be_imported() -> None:
    """An event answers nothing and is answered by nothing."""
    messages = (*CONTROL_MESSAGES, *WORKER_MESSAGES, GetHealth, HealthFound, HealthChanged)
    replies = {message.reply for message in messages}
    events = {message.__name__ for message in messages if message.reply is None and message not in replies}
    assert events == named_in("Events")


def test_the_errors_named_are_errors() -> None:
    for name in named_in("Errors"):
        assert issubclass(getattr(errors, name), errors.DfsError)
