"""`python -m dfs_core` is the `dfs-core` command."""

from __future__ import annotations

import sys

from dfs_core import __version__


def main() -> None:
    """Run the command line and end the process with its exit code."""
    if sys.argv[1:] == ["--version"]:  # asked for by scripts at every turn: not worth a parser
        print(f"dfs-core {__version__}")
        return
    try:
        from dfs_core.cli.main import main as run
        from dfs_core.cli.run import end
    except KeyboardInterrupt:  # so early that nothing was begun
        sys.exit(130)
    end(run())


if __name__ == "__main__":
    main()
