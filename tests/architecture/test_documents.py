"""A document that can be checked is checked: the glossary against the names, the settings against the code."""

from __future__ import annotations

import importlib.util
import re

import pytest

from tests import ablations

from .source_tree import ROOT, tracked_files
from .test_tidy import MODULE_NAMES_NEVER, WORDS_NEVER

DOCUMENTS = sorted(path.relative_to(ROOT).as_posix() for path in (ROOT / "docs").rglob("*.md"))


def text_of(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def glossary() -> list[list[str]]:
    """The table's rows, cell by cell."""
    rows = [line.strip().strip("|").split("|") for line in text_of("docs/glossary.md").splitlines() if "|" in line]
    return [[cell.strip() for cell in row] for row in rows[2:]]


def test_every_term_has_one_meaning() -> None:
    terms = [term.strip() for row in glossary() for term in row[0].split(",")]
    assert len(terms) > 45
    assert len(set(terms)) == len(terms)
    for row in glossary():
        assert len(row) == 4, row
        assert row[1], f"{row[0]} has no meaning"


@pytest.mark.parametrize(
    "term", ["key", "secret", "chunk", "address", "manifest", "catalog", "layout", "resync", "holder", "link", "mesh"]
)
def test_the_words_that_everything_is_made_of_are_explained(term: str) -> None:
    assert term in {name.strip() for row in glossary() for name in row[0].split(",")}


def test_words_that_the_code_must_not_use_come_from_the_glossary() -> None:
    elsewhere = {word for row in glossary() for word in re.findall(r"[a-z]+", f"{row[2]} {row[3]}".lower())}
    assert elsewhere >= WORDS_NEVER - MODULE_NAMES_NEVER


def test_a_term_is_not_a_word_that_must_not_be_used() -> None:
    terms = {word for row in glossary() for word in re.findall(r"[a-z]+", row[0].lower())}
    assert not terms & WORDS_NEVER


def test_the_settings_are_documented_as_they_are() -> None:
    specification = importlib.util.spec_from_file_location("make_settings", ROOT / "docs/make_settings.py")
    assert specification is not None and specification.loader is not None
    made = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(made)
    assert text_of("docs/settings.md") == made.document(), "run `python docs/make_settings.py`"


def test_the_safeguards_are_documented_as_they_are_tested() -> None:
    assert text_of("docs/ablation.md") == ablations.document(), "run `python -m tests.ablations`"
    for each in ablations.all_of_them():
        file, _, name = each.test.partition("::")
        assert f"def {name}(" in text_of(file), f"{each.safeguard}: {file} has no {name}"


def test_code_that_a_document_names_is_there() -> None:
    """Paths like `replication/chunks.py`, below the root or one of our packages."""
    wrong = []
    for name in DOCUMENTS:
        for path in re.findall(r"`((?:[a-z_]+/)+[a-z_]+\.(?:py|md|json|toml))`", text_of(name)):
            places = (ROOT / path, ROOT / "dfs_core" / path, ROOT / "dfs_tui" / path, ROOT / "docs" / path)
            if not any(place.exists() for place in places):
                wrong.append(f"{name}: {path}")
    assert not wrong, "\n".join(wrong)


def test_links_between_documents_lead_somewhere() -> None:
    wrong = []
    for name in (*DOCUMENTS, *(file for file in tracked_files() if file in ("README.md", "CHANGELOG.md"))):
        for target in re.findall(r"\]\(([^)#:\s]+)(?:#[^)]*)?\)", text_of(name)):
            if not ((ROOT / name).parent / target).exists():
                wrong.append(f"{name}: {target}")
    assert not wrong, "\n".join(wrong)


def test_every_test_that_the_pitfalls_name_exists() -> None:
    named = re.findall(r"`(tests/[^`]+)`", text_of("docs/pitfalls.md"))
    assert len(named) > 15
    for name in named:
        path, _, function = name.partition("::")
        assert (ROOT / path).exists(), path
        assert not function or f"def {function}(" in text_of(path), name
