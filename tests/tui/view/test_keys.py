"""The key list: what is in it, what of it is shown, in which order."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from dfs_tui.view import filter as filters
from dfs_tui.view.cells import text_of
from dfs_tui.view.events import KeyEvent, KeyRemoved, KeysListed, KeysRestarted, KeyStored
from dfs_tui.view.glyphs import ASCII
from dfs_tui.view.keys import KeyIndex, key_cells
from dfs_tui.view.sort import COLUMNS, Order
from dfs_tui.view.values import KeyEntry

from ..worlds import WALL_S, index_of


def entry(key: str, version: int = 1, size: int = 10, copies: int = 3, age_s: float = 60.0) -> KeyEntry:
    return KeyEntry(key, version, size, WALL_S - age_s, copies)


def apply(index: KeyIndex, *events: KeyEvent) -> KeyIndex:
    index.apply(events, WALL_S)
    index.settle(WALL_S)
    return index


def test_a_list_is_shown_in_key_order_while_it_is_still_being_read() -> None:
    index = apply(KeyIndex(), KeysListed((entry("b"), entry("a")), complete=False))
    assert index.visible == ["a", "b"]
    assert index.loading
    assert not apply(index, KeysListed((), complete=True)).loading


def test_a_stored_key_appears_in_its_place() -> None:
    index = index_of(entry("a"), entry("c"))
    revision = index.revision
    assert apply(index, KeyStored(entry("b", 2))).visible == ["a", "b", "c"]
    assert index.revision > revision


def test_an_older_version_never_replaces_a_newer_one() -> None:
    index = index_of(entry("a", 5, size=50))
    apply(index, KeyStored(entry("a", 4, size=40)), KeysListed((entry("a", 3, size=30),), complete=False))
    assert index.entries["a"].size_bytes == 50


def test_a_change_without_a_count_keeps_the_copies_that_were_counted() -> None:
    index = index_of(entry("a", 5, copies=2))
    apply(index, KeyStored(entry("a", 5, copies=-1)), KeysListed((entry("a", 5, copies=-1),), complete=False))
    assert index.entries["a"].copies == 2
    apply(index, KeyStored(entry("a", 6, copies=-1)))
    assert index.entries["a"].copies == -1


def test_a_removed_key_is_gone_and_a_late_word_of_it_does_not_bring_it_back() -> None:
    index = index_of(entry("a", 5), entry("b"))
    apply(index, KeyRemoved("a", 6), KeyStored(entry("a", 5)))
    assert index.visible == ["b"]
    assert apply(index, KeyStored(entry("a", 7))).visible == ["a", "b"]


def test_a_late_removal_does_not_take_away_what_was_stored_after_it() -> None:
    assert apply(index_of(entry("a", 8)), KeyRemoved("a", 6)).visible == ["a"]


def test_reading_the_list_again_drops_what_is_no_longer_there() -> None:
    index = index_of(entry("a"), entry("b"), entry("c"))
    apply(index, KeysRestarted(), KeysListed((entry("a"),), complete=False))
    assert index.visible == ["a", "b", "c"], "nothing may vanish before the list is whole"
    apply(index, KeyStored(entry("b", 2)), KeysListed((), complete=True))
    assert index.visible == ["a", "b"]


def test_a_filter_stays_in_force_for_what_comes_later() -> None:
    index = index_of(entry("photos/a"), entry("notes/b"))
    index.show(filters.parse("photos"), WALL_S)
    apply(index, KeyStored(entry("photos/c")), KeyStored(entry("notes/d")))
    assert index.visible == ["photos/a", "photos/c"]
    apply(index, KeyRemoved("photos/a"))
    assert index.visible == ["photos/c"]
    index.show(filters.parse(""), WALL_S)
    assert index.visible == ["notes/b", "notes/d", "photos/c"]


def test_an_order_stays_in_force_for_what_comes_later() -> None:
    index = index_of(entry("a", size=10), entry("b", size=30))
    index.arrange(Order("size"), WALL_S)
    assert apply(index, KeyStored(entry("c", size=20))).visible == ["b", "c", "a"]
    assert apply(index, KeyStored(entry("a", 2, size=40))).visible == ["a", "b", "c"]


def test_a_key_is_found_in_any_order() -> None:
    index = index_of(entry("a", size=10), entry("b", size=30), entry("c", size=20))
    assert [index.find(key) for key in "abcx"] == [0, 1, 2, None]
    index.arrange(Order("size"), WALL_S)
    assert [index.find(key) for key in "bcax"] == [0, 1, 2, None]


operation = st.one_of(
    st.builds(
        lambda key, version, size: KeyStored(entry(key, version, size)),
        st.sampled_from("abcdef"),
        st.integers(1, 9),
        st.integers(0, 99),
    ),
    st.builds(KeyRemoved, st.sampled_from("abcdef"), st.integers(0, 9)),
    st.builds(lambda: KeysRestarted()),
    st.builds(
        lambda keys, complete: KeysListed(tuple(entry(key) for key in keys), complete),
        st.lists(st.sampled_from("abcdef"), max_size=4),
        st.booleans(),
    ),
)


@given(
    st.lists(operation, max_size=30),
    st.sampled_from(COLUMNS),
    st.booleans(),
    st.sampled_from(["", "a", "!b", "size>50"]),
)
def test_what_is_shown_is_always_what_was_asked_for(
    events: list[KeyEvent], column: str, reverse: bool, text: str
) -> None:
    index = KeyIndex()
    wanted = filters.parse(text)
    index.arrange(Order(column, reverse), WALL_S)
    index.show(wanted, WALL_S)
    for event in events:
        apply(index, event)
        shown = [key for key, found in index.entries.items() if wanted.matches(found, WALL_S)]
        assert sorted(shown) == sorted(index.visible)
        ranks = [index.order.rank(index.entries[key]) for key in index.visible]
        assert ranks == sorted(ranks, reverse=reverse)
        assert all(index.find(key) == place for place, key in enumerate(index.visible))
        assert index.size_bytes == sum(found.size_bytes for found in index.entries.values())
        assert sum(index.by_copies.values()) == len(index.entries)


PAGES = st.lists(st.lists(st.text("abc/", min_size=1, max_size=4), max_size=6, unique=True).map(sorted), max_size=6)


@given(PAGES, st.sampled_from(["", "a", "b !c"]), st.lists(st.text("abc/", min_size=1, max_size=4), max_size=4))
def test_a_page_at_one_go_is_what_its_keys_one_by_one_are(pages: list[list[str]], text: str, before: list[str]) -> None:
    whole, single = KeyIndex(), KeyIndex()
    for index in (whole, single):
        index.show(filters.parse(text), WALL_S)
        apply(index, *(KeyStored(entry(key, 2)) for key in before))
    for page in pages:
        entries = tuple(entry(key, size=len(key)) for key in page)
        apply(whole, KeysListed(entries, complete=False))
        apply(single, *(KeyStored(one) for one in entries))
        assert whole.visible == single.visible
        assert (whole.size_bytes, whole.by_copies) == (single.size_bytes, single.by_copies)


def test_typing_on_narrows_what_is_shown_and_taking_back_widens_it() -> None:
    index = index_of(*(entry(key) for key in ("alps.raw", "alp.txt", "beach.raw")))
    for text, shown in [
        ("al", ["alp.txt", "alps.raw"]),
        ("alp", ["alp.txt", "alps.raw"]),
        ("alps", ["alps.raw"]),
        ("al", ["alp.txt", "alps.raw"]),
        ("al raw", ["alps.raw"]),
        ("raw", ["alps.raw", "beach.raw"]),
    ]:
        index.show(filters.parse(text), WALL_S)
        assert index.visible == shown
    apply(index, KeyStored(entry("alpen.raw")))
    assert index.visible == ["alpen.raw", "alps.raw", "beach.raw"]


def test_below_names_everything_under_a_folder() -> None:
    assert sorted(index_of(entry("a/b"), entry("a/c"), entry("ab")).below("a/")) == ["a/b", "a/c"]


def test_a_row_shows_name_size_copies_and_age() -> None:
    row = key_cells(entry("photos/beach.raw", size=2 << 30, copies=2, age_s=7200), 3, WALL_S, ASCII, stale=False)
    assert {name: text_of(spans) for name, spans in row.items()} == {
        "key": "photos/beach.raw",
        "size": "2.00 GiB",
        "copies": "##.",
        "age": "2 h",
    }


def test_a_long_hostile_key_stays_in_its_column() -> None:
    row = key_cells(entry("\x1b[2J\u202e" + "a" * 4000 + "/end.raw"), 3, WALL_S, ASCII, stale=False, width=40)
    shown = text_of(row["key"])
    assert len(shown) <= 40
    assert shown.isprintable()
    assert shown.endswith("/end.raw")


def test_old_data_is_dimmed() -> None:
    row = key_cells(entry("a"), 3, WALL_S, ASCII, stale=True)
    assert {tone for spans in row.values() for _, tone in spans} == {"dim"}
