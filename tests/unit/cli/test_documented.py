"""docs/cli.md is what the commands, the exit codes and the printed structs say."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).parents[3]


@pytest.fixture(scope="module")
def made() -> ModuleType:
    specification = importlib.util.spec_from_file_location("make_cli", ROOT / "docs" / "make_cli.py")
    assert specification is not None
    assert specification.loader is not None
    module = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(module)
    return module


def test_every_field_that_is_printed_has_a_meaning_and_no_other(made: ModuleType) -> None:
    for struct, meanings in made.MEANINGS_OF_FIELDS.items():
        assert tuple(meanings) == struct.__struct_fields__, struct.__name__
    assert {struct for _, struct, _ in made.PRINTED} == set(made.MEANINGS_OF_FIELDS)


def test_the_page_is_the_one_that_the_code_makes(made: ModuleType) -> None:
    assert (ROOT / "docs" / "cli.md").read_text(encoding="utf-8") == made.document(), "run `python docs/make_cli.py`"
