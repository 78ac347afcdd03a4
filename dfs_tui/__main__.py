"""The `dfs-tui` command: read the arguments, build the dashboard, run it.

What only says something (`--help`, `--version`) imports no dashboard; a first picture is on screen before the toolkit
is imported, and the dashboard before the client is.
"""

from __future__ import annotations

import argparse
import gc
import os
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from dfs_tui.sources.base import Clock, Source
    from dfs_tui.sources.recording import Recorder

EPILOG = """\
Without options: the local cluster of three nodes is started (or looked at, if it runs already).
Its data is under DFS_HOME, or the platform's folder for user data.
"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the dashboard until the user leaves; the exit code."""
    options = options_of(arguments)
    if options.version:
        from dfs_core import __version__

        print(f"dfs-tui {__version__}")
        return 0
    if options.keys:
        from dfs_tui.keys import markdown

        print(markdown(), end="")
        return 0
    if options.web is not None:
        from dfs_tui.web import serve

        return serve.main(options.web, without_web(sys.argv[1:] if arguments is None else arguments), "dfs")
    if not in_browser(os.environ) and (not sys.stdout.isatty() or not sys.stdin.isatty()):
        print("dfs-tui: needs a terminal; 'dfs-core status' prints the same facts", file=sys.stderr)
        return 2
    return _run(options)


def options_of(arguments: Sequence[str] | None) -> argparse.Namespace:
    """The command line, read. Exits on a mistake, with a line that says which."""
    parser = argparse.ArgumentParser(
        prog="dfs-tui",
        description="Watch and drive a dfs cluster in the terminal.",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    where = parser.add_argument_group("which cluster", "given several times, w chooses between them")
    where.add_argument("--data-dir", metavar="D", action="append", help="the running node whose data is in D")
    where.add_argument("--control", metavar="SOCKET", action="append", help="the running node behind this socket")
    where.add_argument("--connect", metavar="HOST:PORT", action="append", help="a node elsewhere, as its operator")
    where.add_argument("--operator-dir", metavar="D", default="", help="the operator's folder, made by 'dfs-core join'")
    where.add_argument("--demo", action="store_true", help="a generated cluster: nothing is started or stored")
    where.add_argument("--replay", metavar="FILE", action="append", help="a session that was kept with --record")
    parser.add_argument("--record", metavar="FILE", help="keep what is told of the first cluster in FILE, for --replay")
    parser.add_argument("--speed", metavar="X", type=speed, default=1.0, help="play a recording X times as fast")
    parser.add_argument("--read-only", action="store_true", help="look only: nothing can be changed from here")
    parser.add_argument("--detached", action="store_true", help="nodes started here go on afterwards, without asking")
    parser.add_argument(
        "--owned", action="store_true", help="nodes started here are stopped afterwards, without asking"
    )
    parser.add_argument(
        "--web", metavar="HOST:PORT", nargs="?", const="", help="serve the dashboard to a browser (127.0.0.1:7480)"
    )
    parser.add_argument("--nodes", metavar="N", type=int, default=3, help="nodes of a new local cluster (default 3)")
    parser.add_argument("--base-port", metavar="P", type=int, help="ports of a new local cluster, from P upwards")
    parser.add_argument("--ascii", action="store_true", help="draw with ASCII only (also without a UTF-8 locale)")
    parser.add_argument("--keys", action="store_true", help="print all keys as a Markdown document and exit")
    parser.add_argument("--version", action="store_true", help="print the version and exit")
    options = parser.parse_args(arguments)
    if options.detached and options.owned:
        parser.error("--detached and --owned contradict each other")
    if options.replay:
        options.read_only = True
    return options


def speed(text: str) -> float:
    """A number from 0.1 to 100."""
    value = float(text)
    if not 0.1 <= value <= 100:
        raise ValueError
    return value


def _run(options: argparse.Namespace) -> int:
    from dfs_tui.opening import Opening
    from dfs_tui.sources.clock import SystemClock
    from dfs_tui.view.glyphs import ASCII, UNICODE

    clock = SystemClock()
    recorder = _recorder(options.record, clock) if options.record else None
    if options.record and recorder is None:
        return 2
    plain = options.ascii or not (in_browser(os.environ) or speaks_unicode(os.environ))
    glyphs = ASCII if plain else UNICODE
    with Opening(first_label(options), glyphs, os.environ) as opening:
        gc.disable()  # until everything is imported: what comes with it stays
        from dfs_tui.app.dashboard import DfsApp
        from dfs_tui.app.keeping import Keeper
        from dfs_tui.bridge import Bridge

        clusters = clusters_of(options)
        app = DfsApp(Bridge(clusters[0].make(clock), clock), glyphs)
        app.read_only = options.read_only
        app.nodes_afterwards = "leave" if options.detached else "stop" if options.owned else ""
        app.clusters = {cluster.label: partial(cluster.make, clock) for cluster in clusters}
        app.operator_folder = options.operator_dir
        app.remember_in()
        app.keeper = Keeper()
        app.driver_class = opening.driver() or app.driver_class
        if recorder is not None:
            app.bridge.tap = recorder.take
        app.run()
    if recorder is not None:
        recorder.close()
        if recorder.trouble:
            print(f"dfs-tui: not all was recorded: {recorder.trouble}", file=sys.stderr)
    return app.return_code or 0


def _recorder(path: str, clock: Clock) -> Recorder | None:
    """Keeps a session in a new file; None, and a word on standard error, when that cannot be made."""
    from dfs_tui.sources.recording import Recorder

    try:
        return Recorder(Path(path).expanduser(), clock)
    except OSError as error:
        print(f"dfs-tui: --record: {path}: {error.strerror or error}", file=sys.stderr)
        return None


@dataclass(frozen=True)
class Cluster:
    """One cluster that was asked for. `make` builds what tells of it; nothing is dialled or started before."""

    label: str
    make: Callable[[Clock], Source]


def clusters_of(options: argparse.Namespace) -> list[Cluster]:
    """What to look at, in the order of the kinds of options; the local cluster when nothing else was said."""
    from dfs_tui.sources import choose
    from dfs_tui.view.format import printable

    found = [Cluster("demo", choose.demo)] if options.demo else []
    for folder in options.data_dir or ():
        found.append(Cluster(printable(folder), partial(choose.attached, data_dir=folder)))
    for control in options.control or ():
        found.append(Cluster(printable(control), partial(choose.attached, control=control)))
    for address in options.connect or ():
        made = partial(choose.connected, address=address, operator_folder=options.operator_dir)
        found.append(Cluster(printable(address), made))
    for recording in options.replay or ():
        from dfs_tui.sources.recording import replayed

        made = partial(replayed, path=recording, speed=options.speed)
        found.append(Cluster(printable(recording), made))
    if not found:
        started = partial(choose.local, nodes=options.nodes, base_port=options.base_port, start=not options.read_only)
        found.append(Cluster("local", started))
    if options.read_only:
        from dfs_tui.sources.read_only import only_looking

        found = [Cluster(each.label, only_looking(each.make)) for each in found]
    return found


def first_label(options: argparse.Namespace) -> str:
    """What the first cluster is called before anything of it was imported."""
    if options.demo:
        return "demo"
    named = [*(options.data_dir or ()), *(options.control or ()), *(options.connect or ())]
    named += options.replay or ()
    return "".join(char for char in named[0] if char.isprintable()) if named else "local"


def in_browser(variables: Mapping[str, str]) -> bool:
    """Is this the dashboard of a browser's window, started by `--web`?"""
    return variables.get("TEXTUAL_DRIVER", "").endswith(":WebDriver")


def without_web(arguments: Sequence[str]) -> list[str]:
    """The command line of a browser's window: the same, but not served again."""
    left: list[str] = []
    rest = iter(arguments)
    for argument in rest:
        if argument == "--web":
            following = next(rest, "")
            left += [following] if following.startswith("-") else []
        elif not argument.startswith("--web="):
            left.append(argument)
    return left


def speaks_unicode(variables: Mapping[str, str]) -> bool:
    """Does the terminal's locale promise more than ASCII?"""
    locale = variables.get("LC_ALL") or variables.get("LC_CTYPE") or variables.get("LANG") or ""
    return "utf" in locale.lower()


if __name__ == "__main__":
    sys.exit(main())
