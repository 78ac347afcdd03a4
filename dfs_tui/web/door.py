"""Who may come in. It decides, and knows neither sockets nor HTTP's library.

Whoever can open a connection to the port is not yet anybody: on a machine with several users that is each of them, and
through a person's browser every page that person looks at. So there are four questions, all to be answered with yes:

- **Host**: is the server addressed by its own name? A foreign domain that was pointed at this address (DNS rebinding)
  is turned away, whatever else it brings.
- **Origin**: for everything that acts (the WebSocket, the form), does the page that asks come from here? A foreign page
  can make a browser send cookies, never another Origin.
- **Token**: the link that was printed carries 256 random bits and works once. It is exchanged for a cookie; the next
  browser needs the next link. Where the address is not this machine's own, the password is asked for as well, and
  three wrong ones spend the link.
- **Cookie**: HttpOnly, SameSite=Strict, and valid only below a place of random name: browsers send cookies to every
  port of a host, and another user's server on another port must not be handed ours.

Everything is forgotten with the process.
"""

from __future__ import annotations

import hmac
import ipaddress
import secrets
from dataclasses import dataclass, field
from enum import Enum
from hashlib import blake2b
from urllib.parse import urlsplit

SECRET_BYTES = 32
PASSWORD_LENGTH_MIN = 10
WRONG_MAX = 3
COOKIE = "dfs"
LOOPBACK_NAMES = frozenset({"localhost", "127.0.0.1", "::1"})


class Entry(Enum):
    """What came of a token."""

    ADMITTED = "admitted"
    PASSWORD_WANTED = "password"
    PASSWORD_WRONG = "wrong"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Where:
    """The address that is served on."""

    host: str
    port: int

    @property
    def is_loopback(self) -> bool:
        """Can only this machine reach it?"""
        if self.host == "localhost":
            return True
        try:
            return ipaddress.ip_address(self.host).is_loopback
        except ValueError:
            return False

    @property
    def is_everywhere(self) -> bool:
        """Is every address of this machine served on?"""
        return _is_address(self.host) and ipaddress.ip_address(self.host).is_unspecified

    @property
    def text(self) -> str:
        """As it stands in a URL."""
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"


def parse_where(text: str, port: int) -> Where:
    """HOST:PORT, either left out. ValueError says what is wrong with it."""
    host, given = text, ""
    if text.startswith("["):
        host, _, rest = text[1:].partition("]")
        given = rest.removeprefix(":")
    elif text.count(":") == 1:
        host, _, given = text.partition(":")
    elif text.isdecimal():
        host, given = "", text
    if given and not (given.isdecimal() and int(given) < 65536):
        raise ValueError(f"'{given}' is not a port")
    return Where(host or "127.0.0.1", int(given) if given else port)


@dataclass
class Door:
    """One server's door. `where` has the port that is really listened on."""

    where: Where
    password: str = field(default="", repr=False)
    place: str = field(default_factory=lambda: secrets.token_urlsafe(16), repr=False)
    _token: str = field(default="", repr=False)
    _wrong: int = 0
    _cookies: set[bytes] = field(default_factory=set, repr=False)

    def __post_init__(self) -> None:
        if not self.where.is_loopback and len(self.password) < PASSWORD_LENGTH_MIN:
            raise ValueError(
                f"{self.where.host} can be reached from elsewhere: "
                f"a password of at least {PASSWORD_LENGTH_MIN} characters is needed"
            )
        self.new_token()

    # -- the link

    def new_token(self) -> str:
        """A link's secret; the one before it is void."""
        self._token = secrets.token_urlsafe(SECRET_BYTES)
        self._wrong = 0
        return self._token

    @property
    def link(self) -> str:
        """What to open in a browser, once."""
        where = Where("127.0.0.1", self.where.port) if self.where.is_everywhere else self.where
        return f"http://{where.text}/enter?token={self._token}"

    def enter(self, token: str, password: str | None) -> Entry:
        """Somebody shows a token, and perhaps a password."""
        if not self._token or not _same(token, self._token):
            return Entry.REFUSED
        if self.password:
            if password is None:
                return Entry.PASSWORD_WANTED
            if not _same(password, self.password):
                self._wrong += 1
                if self._wrong >= WRONG_MAX:
                    self._token = ""
                    return Entry.REFUSED
                return Entry.PASSWORD_WRONG
        self._token = ""  # once
        return Entry.ADMITTED

    def new_cookie(self) -> str:
        """For somebody who was admitted."""
        cookie = secrets.token_urlsafe(SECRET_BYTES)
        self._cookies.add(_digest(cookie))
        return cookie

    def knows(self, cookie: str | None) -> bool:
        """Was this cookie given out here?"""
        return cookie is not None and _digest(cookie) in self._cookies

    # -- the browser

    def is_addressed(self, host: str | None) -> bool:
        """Does the Host header name this server? Any literal address does where several are served; no other name."""
        name, port = _split(host or "")
        if port != self.where.port:
            return False
        if name == self.where.host or (self.where.is_loopback and name in LOOPBACK_NAMES):
            return True
        return not self.where.is_loopback and _is_address(name)

    def is_own_page(self, origin: str | None, host: str | None) -> bool:
        """Does the Origin header name the very server that the Host header does?"""
        if not origin or not host:
            return False
        parts = urlsplit(origin)
        return parts.scheme in ("http", "https") and parts.netloc == host and not parts.path


def _same(given: str, wanted: str) -> bool:
    return hmac.compare_digest(given.encode(), wanted.encode())


def _digest(cookie: str) -> bytes:
    return blake2b(cookie.encode(), digest_size=32).digest()  # looking up the cookie itself would leak it by its time


def _split(host: str) -> tuple[str, int]:
    try:
        parts = urlsplit(f"//{host}")
        return parts.hostname or "", parts.port or 80
    except ValueError:
        return "", 0


def _is_address(name: str) -> bool:
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True
