"""One table of keys: bindings, hints, help and docs agree because they come from it."""

from __future__ import annotations

from pathlib import Path

import pytest

from dfs_tui import keys
from dfs_tui.app.dashboard import DfsApp
from dfs_tui.keys import (
    ACTIONS,
    BOARD,
    BY_ID,
    KEYS,
    RECONNECTING,
    UNCONNECTED,
    VIEWS,
    fit_hints,
    hints,
    in_view,
    markdown,
    meant,
    over,
    shown_keys,
)

DOCS = Path(__file__).parents[2] / "docs" / "keys.md"


@pytest.mark.parametrize("view", [name for name, _, _ in VIEWS])
def test_no_key_does_two_things_in_a_view(view: str) -> None:
    own = [key for action in ACTIONS if view in action.views for key in action.keys]
    everywhere = [key for action in ACTIONS if not action.views for key in action.keys]
    assert len(own) == len(set(own))
    assert len(everywhere) == len(set(everywhere))


def test_a_view_may_give_a_key_its_own_meaning() -> None:
    for key in KEYS:
        for view, _, _ in VIEWS:
            action = meant(key, view)
            others = [a for a in ACTIONS if key in a.keys and view in a.views]
            assert not others or action in others


def test_the_recovery_board_has_the_keys_of_the_home_screen_and_two_of_its_own() -> None:
    assert [meant(key, BOARD).id for key in ("left_square_bracket", "right_square_bracket")] == [
        "limit_less",
        "limit_more",
    ]
    assert meant("left_square_bracket", "cluster").id == "go_back"
    for key in set(KEYS) - {"left_square_bracket", "right_square_bracket"}:
        assert meant(key, BOARD) is meant(key, "cluster")
    assert {action.id for action in hints("cluster")} < {action.id for action in hints(BOARD)}


@pytest.mark.parametrize("view", [name for name, _, _ in VIEWS])
def test_while_reconnecting_three_keys_mean_that_and_all_others_what_they_mean_in_the_view(view: str) -> None:
    own = {"r": "try_now", "e": "edit_place", "escape": "stop_trying"}
    for key in KEYS:
        expected = own[key] if key in own else meant(key, view).id
        assert meant(key, over(RECONNECTING, view)).id == expected
    assert meant("escape", over(UNCONNECTED, view)).id == "back"
    assert [action.id for action in hints(over(RECONNECTING, view))] == [*own.values(), "quit", "help"]
    for action in ACTIONS:
        assert in_view(action, over(RECONNECTING, view)) == (in_view(action, view) or action.id in own.values())
    assert not any(in_view(BY_ID[name], view) for name in own.values())


def test_every_action_is_carried_out_by_somebody() -> None:
    missing = [a.id for a in ACTIONS if not a.id.startswith("view_") and not hasattr(DfsApp, f"_do_{a.id}")]
    assert not missing


def test_every_key_is_bound_and_only_leaving_reaches_over_fields() -> None:
    bound = {binding.key: binding for binding in DfsApp.BINDINGS}  # type: ignore[union-attr]
    assert set(bound) == {key for action in ACTIONS for key in action.keys}
    assert {key for key, binding in bound.items() if binding.priority} == {"ctrl+c", "ctrl+q"}  # type: ignore[union-attr]


def test_what_changes_the_cluster_is_upper_case_ctrl_or_asks_first() -> None:
    asks = {"stop"}
    seen = {"limit_less", "limit_more"}  # on the recovery board, which says what they do, and undone by each other
    for action in ACTIONS:
        if action.danger and action.id not in asks | seen:
            assert all(key.isupper() or key.startswith("ctrl+") for key in action.keys), action.id


def test_views_are_numbered_in_their_order() -> None:
    assert [key for _, key, _ in VIEWS] == [str(number) for number in range(1, len(VIEWS) + 1)]
    assert all(f"view_{name}" in BY_ID for name, _, _ in VIEWS)


@pytest.mark.parametrize("width", range(8, 130, 3))
@pytest.mark.parametrize("view", [name for name, _, _ in VIEWS])
def test_hints_never_overflow_and_end_with_help(width: int, view: str) -> None:
    shown, cut = fit_hints(hints(view), width, "…")
    said = [f"{shown_keys(action).split()[0]} {action.label}" for action in shown]
    length = sum(len(text) for text in said) + 2 * (len(said) - 1) + (3 if cut else 0)
    assert length <= max(width, len(said[-1]) + 3 * cut)
    assert shown[-1].id == "help"
    assert cut == (len(shown) < len(hints(view)))


def test_hints_offer_only_what_works_in_the_view() -> None:
    assert "kill" not in {action.id for action in hints("keys")}
    assert "remove" in {action.id for action in hints("keys")}
    assert {"kill", "start", "add"} <= {action.id for action in hints("cluster")}
    assert not {"kill", "start", "stop", "add"} & {action.id for action in hints("cluster", runs_nodes=False)}
    assert in_view(BY_ID["store"], "logs")


def test_the_docs_are_what_the_table_says() -> None:
    assert DOCS.read_text(encoding="utf-8") == markdown(), "write it again: python -m dfs_tui --keys > docs/keys.md"


@pytest.mark.parametrize(
    ("view", "wanted"),
    [
        ("cluster", "store retrieve filter kill drain start node_log"),
        ("nodes", "filter start stop kill drain add node_log"),
        ("peers", "disconnect ban filter mark"),
        ("keys", "retrieve filter mark remove sort copy"),
        ("transfers", "hold cancel retry filter tab_after clear mark"),
        ("logs", "follow filter level node_lines wrap times place_mark"),
        ("repair", "repair_now pause_worker pace_worker worker_actions filter mark"),
        ("timeline", "filter copy command"),
        ("activity", "copy undo filter"),
        (BOARD, "start limit_less limit_more actions node_log view_timeline"),
    ],
)
def test_on_a_narrow_screen_the_footer_names_what_matters_most_in_the_view(view: str, wanted: str) -> None:
    shown, _ = fit_hints(hints(view), 78, "…")
    assert set(wanted.split()) <= {action.id for action in shown}
    wide, _ = fit_hints(hints(view), 118, "…")
    assert {action.id for action in shown} < {action.id for action in wide}


def test_what_a_footer_names_first_is_there_to_be_named() -> None:
    for view, first in keys.FIRST.items():
        assert set(first) <= {action.id for action in hints(view)}, view
