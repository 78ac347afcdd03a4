"""Write docs/cli.md from the commands themselves: `python docs/make_cli.py`. A test says when it is due.

Synopses and options come from the commands, exit codes from their table, JSON fields from the structs that are
printed; only what a field means is said here.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import click
import msgspec

from dfs_core.cli.exit_codes import EXIT_CODES, MEANINGS
from dfs_core.cli.main import ALIASES, SECTIONS, dfs_core_command
from dfs_core.encoding.collect_messages import CollectReported
from dfs_core.encoding.control_messages import (
    ChunkHolders,
    FileStored,
    Invited,
    KeyDetail,
    KeyEntry,
    NodeStatus,
    PeerStatus,
    Transfer,
)
from dfs_core.encoding.health_messages import HealthFound, HealthItem, HealthReport
from dfs_core.encoding.layout_messages import LayoutFound, LayoutNode, LayoutPreviewed
from dfs_core.encoding.recovery_messages import SecretRotated, SnapshotEntry
from dfs_core.encoding.settings_messages import SettingEntry
from dfs_core.encoding.upkeep_messages import KeyVerified, RepairStarted, ScrubStatus
from dfs_core.encoding.worker_messages import WorkerStatus
from dfs_core.local import LocalNode

PLACE = Path(__file__).with_name("cli.md")
NODE_OPTIONS = ("--data-dir", "--control", "--connect", "--operator-dir")

INTRODUCTION = """# The command line

<!-- Made by docs/make_cli.py from the code; edit meanings there and help texts in dfs_core/cli. -->

`dfs-core VERB --help` says the same as this page, a verb at a time. `python -m dfs_core` is the same command.

## Which node a verb talks to

The first of these that is given:

1. `--connect HOST:PORT` or `--operator-dir DIR`: a node elsewhere (below);
2. `--control SOCKET`: a node's control socket;
3. `--data-dir DIR`: a node's data folder;
4. the environment variable `DFS_CONNECT`, as `--connect`; else `DFS_DATA_DIR`;
5. the first running node of the local cluster (`dfs-core local up`), below `DFS_HOME` or the platform's folder for a
   user's application data (`~/.local/share/dfs` on Linux);
6. where nobody made a local cluster: this machine's own node (`dfs-core init` without `--data-dir`).

`init`, `join` and `node` take `--data-dir`, else `DFS_DATA_DIR`, else `node` below `DFS_HOME`.

**From elsewhere.** `dfs-core invite --role operator` on a node prints a line; `dfs-core join LINE` on any machine makes
an operator's folder of it (`--data-dir`, else `DFS_OPERATOR_DIR`, else `operator` below `DFS_HOME`). With it, every
verb that talks to a node takes `--connect HOST:PORT`, over TLS: the node must be one of the cluster's members, or
nothing is said. `--operator-dir` alone goes to the first node that answers. An operator may do all that a node's own
user may, but neither invite full nodes nor read secrets. `dfs-core remove` takes the certificate off the member list.

## Output

Results go to standard output, everything meant for a person to standard error: what failed and what to do next, in
one line that begins with `dfs-core: `. `DFS_DEBUG=1` shows the traceback instead. A progress bar with rate and time
left appears on a terminal when a run lasts, and never in a pipe.

On a terminal, characters in names that it would act upon (control characters, bidirectional controls, invisible
ones) are shown as escapes like `\\x1b`. Into a pipe, names go as they are; end them with NUL (`ls -0`) if they may
contain newlines. JSON is ASCII: every other character is an escape.

An answer that no leader has confirmed is marked on standard error: `may be stale: no leader reachable`.

## Paths and keys

- A file is stored under its base name; with `--prefix P` under `P/` and that; with `--key K` under `K`. Standard
  input (`-`) needs `--key`.
- `store -r FOLDER` stores every file below it under the folder's name and its place in it, with `/` between:
  `photos/2024/a.jpg`.
- A key is 1 to 4096 bytes of UTF-8 without NUL, and none of its parts is empty, `.` or `..`. A name that is not
  UTF-8 cannot be stored; it is reported and the rest goes on.
- Links to files are followed. A link to a folder inside a tree is not (it may lead in a circle, or anywhere); it is
  reported, as sockets, fifos, devices and dangling links are. Empty folders have no key.
- In a tree, a file that is stored already with the same size, modification time and permissions, and whose status
  has not changed since it was stored, is passed over: an interrupted run is simply repeated. A file that is named is
  always stored; chunks that its holders have are not sent again.
- `retrieve KEY` writes to the key's last part in the current folder; `-o PATH` to `PATH`, or into it if it is a
  folder; `-o -` to standard output. `retrieve -r KEY -o PATH` writes what is below `KEY/` below `PATH`, never
  outside of it.
- A retrieved file appears whole or not at all: it is written beside its target under a hidden name
  (`.….dfs-partial`), checked against the whole file's BLAKE3, synced and renamed. If it is interrupted, the next run
  goes on with the hidden file. Modification time and permissions come back (never set-user-id and the like).
- `b3:` and 64 hex digits mean the file with that BLAKE3, under whatever key.
- `--range A-B` includes both ends, as HTTP and curl have it: `0-0` is one byte. `A-` goes to the end, `-N` is the
  last N bytes.
- Sizes: `500G` and `500GiB` are 500 × 2^30 bytes, `500GB` 500 × 10^9. Durations: `90s`, `30m`, `1h`, `7d`, `1h30m`.

## Local clusters

`dfs-core local up` makes and starts real nodes that go on running: `n1`, `n2`, `n3` on ports 3000, 7000 and 5000 of
this machine, more on 5001, 5002, …; with `--base-port P` on P, P+1, …. A port that is taken gives way to the next
free one, which is said. Each node dials those made before it. Run again, it starts what is stopped and makes what is
missing. Below the cluster's folder: `cluster.json` (what was started), `recovery-sheet.txt`, and for each node
`data/`, `node.log` and `ready.json`. To throw a cluster away: `dfs-core local down`, then remove the folder.
"""

MEANINGS_OF_FIELDS: dict[type[msgspec.Struct], dict[str, str]] = {
    KeyEntry: {
        "key": "the key",
        "version": "number of this version; a greater one is later, over all keys",
        "size": "bytes of the file",
        "mtime_ns": "modification time of the file that was stored, nanoseconds since 1970",
        "mode": "its permissions; 0: none in particular",
        "stored_ms": "when it was stored, milliseconds since 1970 by the storing node's clock",
        "chunks": "chunks it consists of; 0: kept in the catalog itself",
        "removed": "the key ends with this version",
        "hash": "BLAKE3 of the file, hex; empty in listings",
        "stored_by": "id of the node that stored it",
        "copies": "copies of its least replicated chunk, as its holders just said; -1: not counted",
    },
    KeyDetail: {
        "entry": "the version (fields as for `ls`)",
        "holders": "node id → how many of its chunks that node holds",
        "placed": "node id → how many of its chunks belong there",
        "chunks": "with `--chunks`: each chunk in order (see below); else empty",
        "history": "versions of the key, newest first (fields as for `ls`)",
        "stale": "no leader confirmed the answer",
    },
    ChunkHolders: {
        "address": "BLAKE3 of the sealed chunk",
        "length": "bytes of the file in it",
        "holders": "ids of the nodes that hold it",
        "placed": "ids of the nodes it belongs on",
    },
    FileStored: {
        "key": "the key it was stored under",
        "version": "number of the new version",
        "size": "bytes of the file",
        "hash": "BLAKE3 of the file, hex; empty when it was passed over",
        "chunks": "chunks it consists of",
        "new_chunks": "of them, those that the cluster did not have",
        "sent_bytes": "sealed bytes that had to be sent or written",
        "copies": "durable copies of its least replicated chunk at the commit",
    },
    NodeStatus: {
        "node": "id of the answering node",
        "cluster": "id of its cluster",
        "name": "what people call the node",
        "version": "of the program",
        "state": "starting, ready or stopping",
        "role": "full, vault or operator",
        "listen": "where it accepts other nodes",
        "advertise": "addresses it gives to other nodes",
        "control": "its control socket",
        "data_dir": "its data folder",
        "pid": "its process",
        "up_s": "seconds since it became ready",
        "health": "HEALTHY, DEGRADED, AT RISK or LOST",
        "reasons": "why, in words",
        "copies": "copies wanted of each chunk",
        "durable_copies": "durable copies a store waits for",
        "leader": "id of the leader it follows; empty: none known",
        "term": "of the log",
        "commit_index": "log index up to which entries are decided",
        "applied_index": "log index up to which they are applied here",
        "voters": "ids of the nodes that count for majorities",
        "keys": "current keys",
        "versions": "versions kept",
        "logical_bytes": "bytes of all current files",
        "chunks": "chunks held here",
        "bytes": "their bytes",
        "capacity": "bytes this node offers",
        "free": "bytes it still takes",
        "durability": "durable or relaxed",
        "recovery_confirmed": "somebody said that the recovery sheet is safe",
        "peers": "the members (fields as for `peers`)",
        "transfers": "stores and retrieves under way and just ended (see below)",
        "stored_bytes": "bytes of files stored through this node since its start",
        "served_bytes": "bytes of files retrieved through it since its start",
        "resync_length": "chunks it still has to bring where they belong",
        "damaged": "bad copies found here since its start",
        "secret_epoch": "number of the secrets in force",
        "copies_found": "how many chunks have no copy, one, two, … that can be reached, by position",
        "under_chunks": "chunks with fewer copies than wanted",
        "under_bytes": "their bytes, one copy of each",
        "absent_chunks": "chunks without a copy that can be reached; a node that is away may have one",
        "lost_chunks": "chunks without a copy, while no node is away that could have one",
        "repair": "copies being restored: total, left, left_bytes, rate (bytes/s), eta_s (-1: unknown)",
        "pending_free": "what nothing refers to and takes room still, one copy each: chunks, bytes, condemned_chunks,"
        " condemned_bytes (being deleted), next_s (log time until the first of the rest goes; -1: none waits)",
        "health_age_s": "seconds since the leader's last report on the chunks; -1: none was heard",
        "gaps": "which nodes that are up do not hear which, in words",
        "alarms": "what is wrong with the answering node itself, in words",
        "repair_bytes_s": "bytes a second that each node may move to repair; 0: all there is; -1: not told",
    },
    SnapshotEntry: {
        "number": "of the snapshot; a greater one is later",
        "taken_at": "log index up to which it goes",
        "epoch": "number of the secrets that it is sealed under",
        "size": "bytes of the catalog in it",
        "age_s": "seconds of log time since it was taken",
        "known": "nodes that keep a pointer to it, or to a newer one",
    },
    SecretRotated: {
        "epoch": "number of the secret epoch that is in force now",
        "holding": "ids of the full nodes that hold its secret",
        "waiting": "ids of those that fetch it when they are back",
    },
    Transfer: {
        "id": "of the transfer",
        "direction": "store, retrieve or repair",
        "key": "the key",
        "state": "active, done, failed or cancelled",
        "bytes_done": "of the file",
        "bytes_total": "-1: a stream of unknown length",
        "rate": "bytes a second over the last seconds",
        "elapsed_s": "seconds since it began",
        "copies": "node id → chunks it has acknowledged",
        "error": "why it failed",
        "bytes_copied": "of a store: how much of the file has all the copies that are wanted",
    },
    PeerStatus: {
        "node": "id of the member",
        "role": "full, vault or operator",
        "zone": "what it can fail together with",
        "member_state": "joined, draining, out or removed",
        "liveness": "self, up, suspect, down or unknown, as the answering node sees it",
        "addresses": "where it can be reached",
        "voter": "it counts for majorities",
        "leader": "it leads the log",
        "seen_s": "seconds since anything was heard of it; -1: never",
        "rtt_ms": "round trip; -1: unknown",
        "chunks": "chunks it holds",
        "bytes": "their bytes",
        "capacity": "bytes it offers",
        "free": "bytes it still takes",
        "applied": "log index it has applied",
        "version": "of its program",
        "up_s": "seconds since it became ready",
        "sent_bytes": "to it, on the link that is open",
        "received_bytes": "from it, on the link that is open",
        "error": "why there is no link",
        "unheard_by": "nodes that are up and do not hear this one",
        "banned_s": "seconds that the answering node still refuses it, as somebody asked; 0: it does not",
    },
    Invited: {
        "line": "the invitation; a secret until it is used",
        "role": "what the new node may do",
        "expires_s": "for how long it can be used",
    },
    LayoutFound: {
        "revision": "the log index of its last change",
        "copies": "how many copies of each chunk are wanted, as far as there are nodes for them",
        "nodes": "the nodes (below)",
        "usable_bytes": "how much fits, in so many copies",
        "stored_bytes": "one copy of everything that is stored",
        "stale": "no leader reachable: the node says what it last knew",
    },
    LayoutNode: {
        "node": "its id",
        "role": "`full` or `vault`",
        "zone": "what it can fail together with",
        "capacity": "bytes it offers",
        "state": "`joined`, `draining` or `out`",
        "up": "the answering node hears it",
        "chunks": "chunks it holds, as it last told; -1 unknown",
        "bytes": "bytes it holds, as it last told; -1 unknown",
        "placed_bytes": "bytes it should hold",
        "held_chunks": "chunks still in use that it holds; -1 unknown",
    },
    LayoutPreviewed: {
        "revision": "of the layout that would be changed",
        "copies_before": "wanted copies now",
        "copies_after": "wanted copies afterwards",
        "moved_chunks": "copies of chunks that have to be made",
        "moved_bytes": "their bytes",
        "usable_before": "how much fits now",
        "usable_after": "how much fits afterwards",
        "at_risk_chunks": "chunks with too few copies until they are copied again",
        "lost_chunks": "chunks without any copy left",
        "nodes": "of each node `node`, and the bytes placed on it `before` and `after`",
        "exact": "all chunks were looked at; else the numbers are estimates",
        "refused": "why the change cannot be made; empty when it can",
        "storing_after": "how many nodes chunks would be placed on; -1: an older node, which does not tell",
    },
    SettingEntry: {
        "name": "of the setting",
        "value": "that it has now",
        "default": "that it has where nobody set it",
        "least": "the smallest it can have",
        "most": "the largest it can have",
        "means": "in words",
    },
    CollectReported: {
        "chunks": "condemned now, or due with `--dry-run`",
        "bytes": "of these, one copy each",
        "pending": "as `pending_free` of `status`, after that",
        "off": "why nothing is collected now; empty when it is",
    },
    HealthFound: {
        "report": "of the leader (see below)",
        "state": "HEALTHY, DEGRADED, AT RISK or LOST, as the answering node sees it now",
        "reasons": "why, in words",
        "age_s": "seconds since the report was heard; -1: none was",
    },
    HealthReport: {
        "state": "HEALTHY, DEGRADED, AT RISK or LOST, as it was when this was counted",
        "reasons": "why, in words",
        "term": "of the leader that counted",
        "number": "of the report; a later one has a greater one",
        "chunks": "that something refers to",
        "bytes": "of these, one copy each",
        "copies_found": "how many chunks have no copy, one, two, … that can be reached, by position",
        "under_chunks": "chunks with fewer copies than wanted",
        "under_bytes": "their bytes, one copy of each",
        "absent_chunks": "chunks without a copy that can be reached; a node that is away may have one",
        "lost_chunks": "chunks without a copy, while no node is away that could have one",
        "surplus_copies": "copies that lie elsewhere than where they belong",
        "unknown_chunks": "chunks that lie somewhere and that nothing refers to",
        "unknown_bytes": "of these, one copy each",
        "uncounted_buckets": "of 4,096 parts of all chunks, how many this leader has not counted yet",
        "repair": "copies being restored: total, left, left_bytes, rate (bytes/s), eta_s (-1: unknown)",
    },
    HealthItem: {
        "key": "the key",
        "version": "number of the version",
        "size": "of the file, in bytes",
        "chunks": "chunks it consists of",
        "short": "of these, how many have fewer copies than wanted",
        "copies": "how many the worst of them has",
    },
    ScrubStatus: {
        "checked": "chunks of this node checked in this tour",
        "total": "chunks it holds",
        "damaged": "of those checked, how many were damaged",
        "missing": "chunk files that were gone at the end of the last tour",
        "elapsed_s": "seconds the node was up since the tour began",
        "period_s": "seconds a tour may take (the setting scrub_ms)",
        "late": "the tour takes far longer than that",
        "hurried": "it goes as fast as it can: somebody asked for it",
        "tours": "that have ended",
        "last_checked": "chunks checked in the tour before",
        "last_damaged": "of them, how many were damaged",
        "catalog": "what is wrong with the catalog, as found at the end of the last tour; empty: nothing",
    },
    RepairStarted: {
        "hurried": "ids of the nodes that work off at once what waits for its turn",
        "silent": "ids of those that did not answer",
        "workers": "of the answering node, those that bring copies where they belong (fields as for `workers`)",
    },
    KeyVerified: {
        "key": "the key",
        "version": "number of the version",
        "chunks": "chunks it consists of",
        "good": "copies that were re-read and are whole",
        "damaged": "copies that were damaged; they are set aside and fetched again",
        "missing": "copies that the nodes they belong on have not; they get them",
        "unreachable": "copies on nodes that did not answer",
        "lost": "chunks of which no good copy was found",
    },
    WorkerStatus: {
        "name": "what the verbs call it",
        "state": "busy, resting, idle, paused or stopped",
        "paused": "somebody paused it; a step under way still ends",
        "pace": "rest divided by work",
        "waiting": "things before it, as far as it knows",
        "oldest_s": "seconds since the oldest of them came; -1: none, or not known",
        "done": "things done since the node's start",
        "done_bytes": "their bytes",
        "rate": "things a second over the last seconds",
        "rate_bytes": "bytes a second over the last seconds",
        "last_error": "what went wrong last, as it sometimes does; empty: nothing yet",
        "last_error_s": "seconds since then; -1: never",
        "detail": "where it is, in words",
    },
    LocalNode: {
        "name": "n1, n2, …",
        "node_id": "its id; empty before its first start",
        "pid": "its process; null: none runs",
        "state": "running, stopped, crashed or starting",
        "listen": "where it accepts other nodes",
        "control": "its control socket",
        "data_dir": "its data folder",
    },
}

PRINTED: list[tuple[str, type[msgspec.Struct], dict[str, str]]] = [
    ("`ls --json`, `find --json`: one object a key; `history --json`: one object a version", KeyEntry, {}),
    ("`stat --json`: one object", KeyDetail, {}),
    ("An item of `chunks` in `stat --json`", ChunkHolders, {}),
    (
        "`store --json`: one object a file",
        FileStored,
        {"path": "the path that was read", "unchanged": "it was stored already and passed over"},
    ),
    ("`status --json`: one object", NodeStatus, {}),
    ("An item of `transfers` in `status --json`", Transfer, {}),
    ("`peers --json`: one object a member", PeerStatus, {}),
    ("`invite --json`: one object", Invited, {}),
    ("`settings --json`: one object a setting", SettingEntry, {}),
    ("`layout --json`: one object", LayoutFound, {}),
    ("`nodes` of `layout --json`", LayoutNode, {}),
    ("`layout set --json`: one object", LayoutPreviewed, {}),
    ("`health --json`: one object", HealthFound, {}),
    ("`report` of `health --json`", HealthReport, {}),
    ("`health --items --json`: one object a version", HealthItem, {}),
    ("`scrub --json`: one object", ScrubStatus, {}),
    ("`repair --json`: one object", RepairStarted, {}),
    ("`verify --json`: one object a key", KeyVerified, {}),
    ("`workers --json`: one object a worker", WorkerStatus, {}),
    ("`rotate --json`: one object", SecretRotated, {}),
    ("`collect --json`: one object", CollectReported, {}),
    (
        "`recovery snapshot --json`: one object a snapshot",
        SnapshotEntry,
        {"nodes": "nodes that should know of it"},
    ),
    ("`local up --json`, `local status --json`: one object a node", LocalNode, {}),
]

PLAIN = """
### `init --json`: one object

`node_id`, `cluster_id`, `data_dir`, `recovery_sheet` (the sheet's text: whoever has it can read every file).

### `join --json`: one object

`node_id`, `cluster_id`, `role`, `data_dir`.

### `recovery restore --json`: one object

`node_id`, `cluster_id`, `data_dir`; or `join` (a line for `dfs-core join`) and `node` when a full node is alive.

### `node`: one object, when it is ready

`event` (`"ready"`), `node_id`, `listen`, `control`, `pid`.
"""


def document() -> str:
    """The whole page."""
    parts = [
        INTRODUCTION,
        "\n## Verbs\n",
        *_verbs(),
        "\n## Exit codes\n\n",
        *_exit_codes(),
        "\n## JSON\n",
        *_json(),
        PLAIN,
    ]
    return "".join(parts)


def _verbs() -> Iterator[str]:
    context = click.Context(dfs_core_command, info_name="dfs-core", **dfs_core_command.context_settings)
    for title, verbs in SECTIONS.items():
        yield f"\n### {title}\n"
        for name in verbs:
            command = dfs_core_command.get_command(context, name)
            assert command is not None
            yield from _verb(command, f"dfs-core {name}", context)
    yield "\nAliases: " + ", ".join(f"`{alias}` is `{verb}`" for alias, verb in ALIASES.items()) + ".\n"


def _verb(command: click.Command, path: str, parent: click.Context) -> Iterator[str]:
    context = click.Context(command, info_name=path.rpartition(" ")[2], parent=parent)
    if isinstance(command, click.Group):
        for name in command.list_commands(context):
            inner = command.get_command(context, name)
            assert inner is not None
            yield from _verb(inner, f"{path} {name}", context)
        return
    pieces = [piece for piece in command.collect_usage_pieces(context) if piece != "[OPTIONS]"]
    yield f"\n#### `{' '.join([path, *pieces])}`\n\n{_paragraphs(command.help or '')}\n"
    options = [param for param in command.params if isinstance(param, click.Option)]
    common = NODE_OPTIONS if any("--control" in option.opts for option in options) else ()
    rows = [_option(option) for option in options if not set(option.opts) & set(common)]
    if rows:
        yield "\n| Option | |\n|---|---|\n" + "".join(rows)


def _option(option: click.Option) -> str:
    value = "" if option.is_flag else f" {option.metavar or (option.type.name or '').upper()}"
    if isinstance(option.type, click.Choice):
        value = " " + "\\|".join(option.type.choices)
    elif isinstance(option.type, click.IntRange):
        value = " N"
    default = f" (default: {option.default})" if option.show_default else ""
    names = ", ".join(f"`{name}{value}`" for name in option.opts)
    return f"| {names} | {option.help}{default} |\n"


def _paragraphs(text: str) -> str:
    return "\n\n".join(" ".join(part.split()) for part in text.replace("\b", "").split("\n\n"))


def _exit_codes() -> Iterator[str]:
    yield "| Code | Meaning | Kinds of error |\n|---|---|---|\n"
    for code, meaning in MEANINGS.items():
        kinds = ", ".join(f"`{kind}`" for kind, its_code in EXIT_CODES.items() if its_code == code)
        yield f"| {code} | {meaning} | {kinds} |\n"


def _json() -> Iterator[str]:
    yield "\nLists are one object a line. Fields are never renamed; new ones may come.\n"
    for title, struct, more in PRINTED:
        yield f"\n### {title}\n\n| Field | Meaning |\n|---|---|\n"
        for name in (*struct.__struct_fields__, *more):
            yield f"| `{name}` | {more.get(name) or MEANINGS_OF_FIELDS[struct][name]} |\n"


if __name__ == "__main__":
    PLACE.write_text(document(), encoding="utf-8")
