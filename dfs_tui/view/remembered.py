"""What the dashboard remembers from one run to the next, as a document that may be missing, old, or damaged.

Whatever cannot be read is left at its default: a dashboard never fails to open because of what it remembers.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, fields

from dfs_tui.view.sort import COLUMNS

COMMANDS_MAX = 200
COMMAND_LENGTH_MAX = 1000
DROPS = ("ask", "instant")
_KNOWN = {"sort": set(COLUMNS), "drop": set(DROPS)}


@dataclass(frozen=True, slots=True)
class Remembered:
    """`room` is the detail's: -1 none, 0 beside the table, 1 more than the table. `commands`: the newest last.

    `place`: the folder last retrieved to, as it was typed (`~` allowed); empty: none yet. `drop`: whether a small file
    that is dropped is stored at once (`instant`) or after a look at the sheet (`ask`).
    """

    view: str = "cluster"
    sort: str = "key"
    reverse: bool = False
    theme: str = ""
    room: int = 0
    welcomed: bool = False
    commands: tuple[str, ...] = ()
    place: str = ""
    drop: str = "ask"


def written(remembered: Remembered) -> str:
    """The document."""
    kept = [command[:COMMAND_LENGTH_MAX] for command in remembered.commands[-COMMANDS_MAX:]]
    return json.dumps({"dfs_dashboard": 1, **asdict(remembered), "commands": kept}, indent=1, ensure_ascii=False) + "\n"


def understood(text: str) -> tuple[Remembered, str]:
    """What a document says, and a word about what of it could not be read (empty: everything could)."""
    try:
        found = json.loads(text)
    except ValueError:
        found = None
    if not isinstance(found, dict) or found.get("dfs_dashboard") != 1:
        return Remembered(), "it is not a document of this dashboard"
    values: dict[str, object] = {}
    wrong: list[str] = []
    defaults = Remembered()
    for field in fields(Remembered):
        if field.name not in found:
            continue
        value = found[field.name]
        if field.name == "commands" and isinstance(value, list):
            value = tuple(command for command in value if isinstance(command, str))[-COMMANDS_MAX:]
        known = _KNOWN.get(field.name)
        if type(value) is not type(getattr(defaults, field.name)) or (known is not None and value not in known):
            wrong.append(field.name)
        else:
            values[field.name] = value
    return Remembered(**values), f"not understood: {', '.join(wrong)}" if wrong else ""  # type: ignore[arg-type]
