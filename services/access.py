"""Who may do what: people, machine keys and browser sessions, and what their roles allow. Pure.

`Access` folds the records of the KV bucket (`services/accounts.py`), and answers who sends a request.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, Literal

import msgspec
from msgspec import Struct

from services.keys import hashed, is_whole

Role = Literal["ingester", "viewer", "operator", "admin"]
Action = Literal["ingest", "read", "operate", "administer"]

ALLOWS: dict[Role, frozenset[Action]] = {
    "ingester": frozenset({"ingest"}),
    "viewer": frozenset({"read"}),
    "operator": frozenset({"read", "operate"}),
    "admin": frozenset({"ingest", "read", "operate", "administer"}),
}
"""ingest: send events. read: everything that is shown. operate: redact, play the demo. administer: users and keys."""

EVERY = "*"
"""The project of a grant that holds in all of them."""

Projects = frozenset[str] | None
"""Names of projects; None for every one."""

NAME = r"[a-z0-9][a-z0-9._@+-]{0,63}"
"""The form of the name of a user."""

IDENTITY = "lookout"
"""The key of the `Identity` in the ASGI scope, where the guard puts it."""

ADDRESS = "lookout.address"
"""The key of where a request comes from, which the guard puts there too."""

COOKIE = "__Host-lookout"
IDLE = timedelta(hours=12)
LONGEST = timedelta(days=7)
"""A browser session ends after so long without a request, and at last after so long in all."""


class Grant(Struct, frozen=True):
    role: Role
    project: str = EVERY


class Identity(Struct, frozen=True):
    """Who sends a request. `id` is the name of a user or the id of a key."""

    kind: Literal["local", "user", "key"]
    id: str
    grants: tuple[Grant, ...]
    expires: datetime | None = None
    credential: str = ""
    """The hash of the key or of the browser session."""

    def may(self, action: Action, project: str | None = None) -> bool:
        """Whether it may do this in that project; for None in any."""
        allowed = self.projects(action)
        return allowed is None or (bool(allowed) if project is None else project in allowed)

    def projects(self, action: Action) -> Projects:
        """Where it may do this."""
        names = frozenset(grant.project for grant in self.grants if action in ALLOWS[grant.role])
        return None if EVERY in names else names

    def only_project(self, action: Action) -> str | None:
        """The project that it is bound to by this; None for who may do it in several."""
        names = self.projects(action)
        return next(iter(names)) if names is not None and len(names) == 1 else None

    @property
    def full_name(self) -> str:
        """Told apart from every other: `key k_1f3c9a2b4d5e`, `user ada`, `local`."""
        return f"{self.kind} {self.id}".rstrip()

    def __str__(self) -> str:
        """As it is called in sentences."""
        return f"The key {self.id}" if self.kind == "key" else self.id


LOCAL = Identity("local", "", (Grant("admin"),))
"""Without login there is one who may do everything: whoever is on this machine."""


class User(Struct, frozen=True):
    name: str
    grants: tuple[Grant, ...]
    created: datetime
    password: str = ""
    """argon2id, in its own encoding; empty until it is set."""
    since: datetime | None = None
    """Sessions that began before are void: a new password and `sign out everywhere` end them."""
    subject: str = ""
    """`<issuer> <sub>` of who signs in by OpenID Connect."""


class Key(Struct, frozen=True):
    """A machine key; its record is named by its hash."""

    id: str
    grant: Grant
    label: str
    created: datetime
    created_by: str
    expires: datetime | None = None


class Session(Struct, frozen=True):
    """A browser that has signed in; its record is named by the hash of its cookie."""

    user: str
    created: datetime
    address: str = ""
    agent: str = ""
    """The browser's own name for itself, cut short."""


class Link(Struct, frozen=True):
    """A one-time link to choose a password; its record is named by the hash of its token."""

    user: str
    expires: datetime


class Seen(Struct, frozen=True):
    """When a key (named by its id) or a session (by its hash) was last used, to within five minutes."""

    at: datetime


class Claim(Struct, frozen=True):
    """Something that one process does for all of them, until then at the longest; its record is named by what it is."""

    until: datetime


Record = User | Key | Session | Link | Seen | Claim


class Access:
    """The records as they are now, by kind and name."""

    def __init__(self) -> None:
        self.users: dict[str, User] = {}
        self.keys: dict[str, Key] = {}
        self.sessions: dict[str, Session] = {}
        self.links: dict[str, Link] = {}
        self.seen: dict[str, Seen] = {}
        self.claims: dict[str, Claim] = {}
        self._kinds: dict[str, tuple[type[Record], dict[str, Any]]] = {
            "user": (User, self.users),
            "key": (Key, self.keys),
            "session": (Session, self.sessions),
            "link": (Link, self.links),
            "seen": (Seen, self.seen),
            "claim": (Claim, self.claims),
        }

    def apply(self, kind: str, name: str, value: bytes) -> None:
        """Takes in one change; an empty value is a deletion. A kind of a later version is left alone."""
        if kind not in self._kinds:
            return
        record, records = self._kinds[kind]
        if value:
            records[name] = msgspec.json.decode(value, type=record)
        else:
            records.pop(name, None)

    def identify(self, authorization: str, cookies: str, now: datetime) -> Identity | None:
        """Who sends a request with these headers (either may be empty); None where nobody is known by them.

        A key that is named counts alone: a wrong one is not made good by a cookie.
        """
        if authorization:
            scheme, _, text = authorization.partition(" ")
            whole = scheme.lower() == "bearer" and is_whole(text.strip())
            return self._holder(hashed(text.strip()), now) if whole else None
        token = cookie(cookies)
        return self._signed_in(hashed(token), now) if token else None

    def still(self, identity: Identity, now: datetime) -> Identity | None:
        """The same one with what it may do now; None where its key or session is revoked or over."""
        if identity.kind == "local":
            return identity
        known = self._holder if identity.kind == "key" else self._signed_in
        return known(identity.credential, now)

    def _holder(self, name: str, now: datetime) -> Identity | None:
        key = self.keys.get(name)
        if key is None or (key.expires is not None and key.expires <= now):
            return None
        return Identity("key", key.id, (key.grant,), key.expires, name)

    def lives(self, session: str, now: datetime) -> bool:
        return self._signed_in(session, now) is not None

    def _signed_in(self, name: str, now: datetime) -> Identity | None:
        session = self.sessions.get(name)
        user = self.users.get(session.user) if session else None
        # One of a user that was removed is not that of another of the same name.
        if session is None or user is None or session.created < max(user.created, user.since or user.created):
            return None
        seen = self.seen.get(name)
        expires = min(session.created + LONGEST, (seen.at if seen else session.created) + IDLE)
        return Identity("user", user.name, user.grants, expires, name) if now < expires else None


def cookie(header: str) -> str:
    """The token of the browser session in a `Cookie` header, or nothing.

    Read by hand: the standard library's parser drops every cookie of a header in which another program's is malformed.
    The first of two of one name counts, as RFC 6265 (5.4) orders them; `__Host-` lets only this host set it.
    """
    for pair in header.split(";"):
        name, _, value = pair.strip(" \t").partition("=")
        if name == COOKIE:
            return value
    return ""
