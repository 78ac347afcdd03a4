"""The recovery sheet: what must survive when every full node is lost, and the authority that comes with it.

    "dfsR1-" + base32( version u8 = 1 | cluster id 16 | secrets document | check 4 )

in groups of five letters, so that it can be copied by hand. Whoever has it can read everything the cluster stores.

**The recovery authority.** Vaults believe nobody who is not on their member list, and when every full node is lost
nobody on it can speak for the cluster. So each secret epoch has a key pair derived from its secret. The certificate is
known to all nodes (the log tells it with the epoch), the private key to whoever holds the secret: full nodes, and the
sheet. A link under it may fetch sealed chunks and bring a new member list, nothing else. It ends with its epoch: after
`rotate`, what an older sheet or a removed full node can derive opens no link.
"""

from __future__ import annotations

import base64
import binascii
from dataclasses import dataclass

from blake3 import blake3

from dfs_core.crypto.identity import Identity
from dfs_core.crypto.secrets import ClusterSecrets
from dfs_core.errors import InvalidInput
from dfs_core.model.ids import ClusterId

PREFIX = "dfsr1-"
_VERSION = 1
_CHECK_BYTES = 4
_GROUP, _GROUPS_A_LINE = 5, 8


@dataclass(frozen=True, slots=True)
class RecoverySheet:
    """The cluster and its secrets. The repr shows neither secret nor code."""

    cluster: ClusterId
    secrets: ClusterSecrets

    def code(self) -> str:
        """The code, without spaces."""
        body = bytes([_VERSION]) + self.cluster.digest + self.secrets.encode()
        data = body + blake3(body).digest(length=_CHECK_BYTES)
        return PREFIX + base64.b32encode(data).decode("ascii").rstrip("=").lower()

    @property
    def epochs(self) -> tuple[int, ...]:
        """The secret epochs that it opens."""
        return tuple(self.secrets.epochs)

    def picture_text(self) -> str:
        """The code in the letters that a QR code holds most densely; `parse` reads them as well."""
        return self.code().upper()

    def text(self) -> str:
        """The sheet to print or write down."""
        letters = self.code()[len(PREFIX) :]
        groups = [letters[at : at + _GROUP] for at in range(0, len(letters), _GROUP)]
        lines = [" ".join(groups[at : at + _GROUPS_A_LINE]) for at in range(0, len(groups), _GROUPS_A_LINE)]
        return "\n".join(
            [
                f"dfs recovery sheet of cluster {self.cluster}, epoch {self.secrets.current}",
                f"  {PREFIX}",
                *(f"  {line}" for line in lines),
            ]
        )

    @classmethod
    def parse(cls, text: str) -> RecoverySheet:
        """Read a code back; spaces, line ends and capitals are forgiven. InvalidInput says what is wrong."""
        compact = "".join(text.split()).lower()
        start = compact.find(PREFIX)
        if start < 0:
            raise InvalidInput(f"a recovery code starts with {PREFIX!r}")
        letters = compact[start + len(PREFIX) :].upper()
        try:
            data = base64.b32decode(letters + "=" * (-len(letters) % 8))
        except (binascii.Error, ValueError):
            raise InvalidInput("the recovery code contains a character that no code has") from None
        body, check = data[:-_CHECK_BYTES], data[-_CHECK_BYTES:]
        if len(body) <= 1 + ClusterId.size or check != blake3(body).digest(length=_CHECK_BYTES):
            raise InvalidInput("the recovery code has a typing mistake or is cut short")
        if body[0] != _VERSION:
            raise InvalidInput("this recovery code was made by a newer dfs: upgrade this one")
        return cls(ClusterId(body[1 : 1 + ClusterId.size]), ClusterSecrets.decode(body[1 + ClusterId.size :]))


def recovery_authority(secrets: ClusterSecrets, epoch: int) -> Identity:
    """The key pair that speaks for the cluster under this epoch. SealBroken when the epoch's secret is not held."""
    return Identity.from_seed(secrets.authority_seed(epoch))
