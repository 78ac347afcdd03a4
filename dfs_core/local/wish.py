"""What a node that is still to be made is to be like, and what keeps it from being so.

Whoever makes nodes and whoever lets people type what they want ask the same question here, so a form and a command
refuse the same things in the same words. Each trouble belongs to one field and says what to do.
"""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Collection
from pathlib import Path

import msgspec

from dfs_core.errors import DfsError, InvalidInput
from dfs_core.limits import CAPACITY_BYTES_MAX, CHUNK_BYTES_MAX
from dfs_core.local import state
from dfs_core.local.launch import DATA_NAME, OWN_NAMES
from dfs_core.local.ports import PORT_MAX, PORT_MIN, choose_port, is_free, wished_port
from dfs_core.local.state import ClusterRecord, NodeRecord
from dfs_core.store.folder import BROUGHT, MARKER_NAME

NAME_LENGTH_MAX = 24
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")


class NodeWish(msgspec.Struct, frozen=True):
    """A node to be made. What is empty or 0 is chosen: see `filled`.

    `folder` holds its data, its log and its readiness line. `capacity` is in bytes, 0: what its disk has free.
    `invitation`: the line to join with, else a node of the cluster invites it.
    """

    name: str = ""
    folder: str = ""
    port: int = 0
    capacity: int = 0
    invitation: str = ""


def filled(wish: NodeWish, root: Path, known: ClusterRecord, base_port: int | None = None) -> NodeWish:
    """The wish with its name, folder and port chosen, where it leaves them open.

    Names go on counting and never come back; a port is the next one that is free. ConfigError: none is.
    """
    number = known.made
    while any(node.name.casefold() == f"n{number + 1}" for node in known.nodes):
        number += 1  # somebody chose it by hand
    name = wish.name or f"n{number + 1}"
    folder = os.path.abspath(os.path.expanduser(wish.folder)) if wish.folder else str(root / name)  # noqa: PTH100, PTH111 - a folder that is no path yet is no error here
    port = wish.port or choose_port(wished_port(number, base_port), {node.port for node in known.nodes})
    return msgspec.structs.replace(wish, name=name, folder=folder, port=port)


def troubles(wish: NodeWish, root: Path, known: ClusterRecord) -> dict[str, str]:
    """What is wrong with a wish that is `filled`, by field, a line each; empty when it can be tried. Looks at disks."""
    found = {
        "name": _name_trouble(wish.name, root, known.nodes),
        "folder": _folder_trouble(Path(wish.folder), wish.name, root, known.nodes),
        "port": _port_trouble(wish.port, known.nodes),
        "capacity": _capacity_trouble(wish.capacity),
        "invitation": _invitation_trouble(wish.invitation, known.nodes),
    }
    return {field: said for field, said in found.items() if said}


def record_of(wish: NodeWish, root: Path) -> NodeRecord:
    """What is written down of a node that was made as it was wished."""
    return NodeRecord(wish.name, wish.port, folder="" if wish.folder == str(root / wish.name) else wish.folder)


def refuse(found: dict[str, str]) -> None:
    """InvalidInput with the first trouble, if there is any."""
    for said in found.values():
        raise InvalidInput(said)


def free_bytes(folder: Path) -> int:
    """What the disk has free on which the folder is or would be; -1: not known."""
    for place in (folder, *folder.parents):
        try:
            return shutil.disk_usage(place).free
        except OSError:
            continue
    return -1


def _name_trouble(name: str, root: Path, nodes: Collection[NodeRecord]) -> str:
    if not _NAME.fullmatch(name) or len(name) > NAME_LENGTH_MAX:
        return f"a name is up to {NAME_LENGTH_MAX} letters, digits, '.', '_' or '-', a letter or digit first"
    # As a disk that takes N1 and n1 for the same name does.
    if any(node.name.casefold() == name.casefold() for node in nodes):
        return f"there is a node {name} here already; choose another name"
    if (root / name).is_file() or name in (state.LOCK_NAME, state.STATE_NAME):
        return f"{name} is the name of a file of the cluster; choose another name"
    return ""


def _folder_trouble(folder: Path, name: str, root: Path, nodes: Collection[NodeRecord]) -> str:
    for node in nodes:
        taken = Path(node.folder or root / node.name)
        if folder == taken or taken in folder.parents:
            return f"that is the folder of {node.name}; give one that is new or empty"
        if folder in taken.parents and folder != root:
            return f"{node.name} lives in there; give one that is new or empty"
    if folder == root or folder in root.parents:
        return "the cluster's own folder is in there; give one that is new or empty"
    try:
        foreign = sorted(set(os.listdir(folder)) - OWN_NAMES - BROUGHT)  # noqa: PTH208 - names are all that is wanted
        made = folder != root / name and (folder / DATA_NAME / MARKER_NAME).exists()
    except FileNotFoundError:
        return _unmakeable(folder)
    except NotADirectoryError:
        return "that is a file; give a folder that is new or empty"
    except OSError as error:
        return f"it cannot be read: {error.strerror or error}"
    if foreign:
        return f"it is not empty ({foreign[0]!r} is in it); give a folder that is new or empty"
    if made:
        return "a node has been made in it already; give a folder that is new or empty"
    if not os.access(folder, os.W_OK | os.X_OK):
        return "you may not write there; choose another folder"
    return ""


def _unmakeable(folder: Path) -> str:
    """What keeps a folder that is not there from being made."""
    above = next(place for place in folder.parents if place.exists())
    if not above.is_dir():
        return f"{above} is a file; choose another folder"
    if not os.access(above, os.W_OK | os.X_OK):
        return f"you may not make a folder in {above}; choose another one"
    return ""


def _port_trouble(port: int, nodes: Collection[NodeRecord]) -> str:
    if not PORT_MIN <= port <= PORT_MAX:
        return f"a port is {PORT_MIN} to {PORT_MAX}"
    owner = next((node.name for node in nodes if node.port == port), "")
    if not owner and is_free(port):
        return ""
    try:
        free = choose_port(port, {node.port for node in nodes})
    except DfsError:
        free = 0
    by = f"is {owner}'s" if owner else "is in use by another program"
    return f"port {port} {by}; {f'{free} is free' if free else 'choose a lower one'}"


def _capacity_trouble(capacity: int) -> str:
    if not capacity:
        return ""
    if capacity < CHUNK_BYTES_MAX:
        return f"that is less than one chunk may take ({CHUNK_BYTES_MAX >> 20} MiB); say 500G or 1.5T"
    if capacity > CAPACITY_BYTES_MAX:
        return "that is more than any disk has; say 500G or 1.5T"
    return ""


def _invitation_trouble(line: str, nodes: Collection[NodeRecord]) -> str:
    if not line:
        return ""
    from dfs_core.crypto.invitation import Invitation  # here: most nodes are invited by the cluster itself

    try:
        invitation = Invitation.parse(line)
    except InvalidInput as error:
        return str(error)
    if invitation.role != "full":
        return f"it is for the role {invitation.role!r}; a node here needs a line of plain 'dfs-core invite'"
    if not nodes:
        return "there is no cluster here that it could be for; 'dfs-core join LINE --start' joins one elsewhere"
    return ""
