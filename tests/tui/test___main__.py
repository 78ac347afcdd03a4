"""The command: what it prints, what it refuses, what it builds."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from dfs_core import __version__
from dfs_tui.__main__ import (
    clusters_of,
    first_label,
    in_browser,
    main,
    options_of,
    speaks_unicode,
    without_web,
)
from dfs_tui.keys import markdown
from dfs_tui.sources.choose import LateSource
from dfs_tui.sources.demo import DemoSource
from dfs_tui.sources.read_only import ReadOnlySource

from .worlds import HandClock


def test_version_and_help_answer_without_the_dashboard(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--version"]) == 0
    assert capsys.readouterr().out == f"dfs-tui {__version__}\n"
    code = "import sys; sys.argv = ['dfs-tui', '--version']; from dfs_tui.__main__ import main; main()\n"
    code += "print([name for name in sys.modules if name.startswith(('textual', 'rich', 'asyncio', 'dfs_core.'))])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "[]"


def test_help_names_every_option(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as left:
        main(["--help"])
    assert left.value.code == 0
    said = capsys.readouterr().out
    for option in (
        "--data-dir",
        "--control",
        "--demo",
        "--nodes",
        "--ascii",
        "--web",
        "--connect",
        "--read-only",
        "--record",
        "--replay",
        "--version",
        "DFS_HOME",
    ):
        assert option in said


def test_the_keys_are_printed_as_a_document(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--keys"]) == 0
    assert capsys.readouterr().out == markdown()


def test_without_a_terminal_it_says_what_to_use_instead(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([]) == 2
    assert "dfs-core status" in capsys.readouterr().err


def labels(*arguments: str) -> list[str]:
    return [cluster.label for cluster in clusters_of(options_of(list(arguments)))]


def test_options_name_the_clusters_one_or_several() -> None:
    assert labels() == ["local"]
    assert labels("--demo") == ["demo"]
    named = ("--control", "/a", "--connect", "nas.lan:7420", "--data-dir", "/d", "--control", "/b", "--demo")
    assert labels(*named) == ["demo", "/d", "/a", "/b", "nas.lan:7420"]
    assert labels("--replay", "/s", "--demo") == ["demo", "/s"]


def test_a_recording_is_only_looked_at_and_at_a_speed_that_can_be() -> None:
    assert options_of(["--replay", "/s", "--speed", "2.5"]).read_only
    for speed in ("0", "1000", "fast"):
        with pytest.raises(SystemExit):
            options_of(["--replay", "/s", "--speed", speed])


def test_a_recording_is_not_written_over(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TEXTUAL_DRIVER", "x:WebDriver")
    assert main(["--demo", "--record", str(tmp_path)]) == 2
    assert f"--record: {tmp_path}: File exists" in capsys.readouterr().err


@pytest.mark.parametrize("arguments", [[], ["--control", "/x"], ["--data-dir", "/d"], ["--connect", "a:1"], ["--demo"]])
def test_nothing_is_dialled_or_started_before_it_is_watched(arguments: list[str]) -> None:
    (cluster,) = clusters_of(options_of(arguments))
    assert isinstance(cluster.make(HandClock()), DemoSource if arguments == ["--demo"] else LateSource)


def test_read_only_wraps_every_cluster() -> None:
    for cluster in clusters_of(options_of(["--read-only", "--demo", "--control", "/x"])):
        assert isinstance(cluster.make(HandClock()), ReadOnlySource)


def test_nodes_cannot_be_owned_and_detached(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        options_of(["--owned", "--detached"])
    assert "contradict" in capsys.readouterr().err


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["--demo"],
        ["--control", "/a", "--connect", "b:1"],
        ["--connect", "b:1"],
        ["--data-dir", "/d"],
        ["--replay", "/r"],
    ],
)
def test_the_first_picture_names_the_first_cluster(arguments: list[str]) -> None:
    options = options_of(arguments)
    assert first_label(options) == clusters_of(options)[0].label


@pytest.mark.parametrize(
    ("variables", "unicode"),
    [
        ({"LANG": "en_US.UTF-8"}, True),
        ({"LANG": "C.utf8"}, True),
        ({"LANG": "C"}, False),
        ({"LANG": "en_US.UTF-8", "LC_ALL": "C"}, False),
        ({"LC_CTYPE": "UTF-8"}, True),
        ({}, False),
    ],
)
def test_the_locale_says_whether_unicode_is_spoken(variables: dict[str, str], unicode: bool) -> None:
    assert speaks_unicode(variables) == unicode


@pytest.mark.parametrize(
    ("given", "left"),
    [
        (["--web"], []),
        (["--web", "127.0.0.1:80", "--demo"], ["--demo"]),
        (["--demo", "--web"], ["--demo"]),
        (["--web", "--demo"], ["--demo"]),
        (["--web=:80", "--control", "/s"], ["--control", "/s"]),
    ],
)
def test_what_a_browsers_window_runs_is_the_same_without_the_server(given: list[str], left: list[str]) -> None:
    assert without_web(given) == left


def test_a_browsers_window_is_known_by_its_driver() -> None:
    assert in_browser({"TEXTUAL_DRIVER": "textual.drivers.web_driver:WebDriver"})
    assert not in_browser({})
