"""The records of who may do what, in the KV bucket: read again every second, and written.

Each service keeps its own copy of `Access` by them, so that none has to ask another who somebody is.
"""

from __future__ import annotations

import asyncio
import logging
import secrets
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Protocol

import msgspec
from msgspec.structs import replace

from services.access import Access, Claim, Grant, Key, Link, Record, Seen, Session, User
from services.events import now
from services.keys import NewKey, hashed, new_key
from services.log import Change, Conflict, Unavailable
from services.subjects import name, token

LINK = timedelta(days=2)
"""For so long a one-time link works."""

SEEN_EVERY = timedelta(minutes=5)

MOST_SESSIONS = 50
"""Of one user; of more the oldest ends, so that who signs in without end fills nothing."""

AGAIN = 1.0
"""Seconds between two looks at the bucket: after so long a revocation is known."""

log = logging.getLogger(__name__)


class AccountError(Exception):
    """
    AlreadyThere, Unknown   one sentence for who asked
    """


class AlreadyThere(AccountError):
    pass


class Unknown(AccountError):
    pass


class Table(Protocol):
    """A KV bucket; `tests/memorytable.py` is the same in memory."""

    async def changes(self, after: int) -> list[Change]: ...

    async def put(self, key: str, value: bytes, expected: int | None = None) -> int: ...


class Accounts:
    """`access` is as the bucket was at the last look; what is written here counts at once."""

    def __init__(self, table: Table) -> None:
        self._table = table
        self._seq = 0
        self._seqs: dict[str, int] = {}
        self._listeners: list[Callable[[], None]] = []
        self.access = Access()

    def on_change(self, listener: Callable[[], None]) -> None:
        """Has `listener` called after each change of a record, those of last use excepted."""
        self._listeners.append(listener)

    async def load(self) -> None:
        """Takes in what has changed since the last look; raises Unavailable."""
        changed = False
        while changes := await self._table.changes(self._seq):
            for change in changes:
                changed |= self._apply(change)
            self._seq = changes[-1].seq
        if changed:
            for listener in self._listeners:
                listener()

    async def follow(self) -> None:
        """Loads without end; while the broker is away what is known goes on to count."""
        while True:
            try:
                await self.load()
            except Unavailable as error:
                log.debug("the accounts were not read: %s", error)
            await asyncio.sleep(AGAIN)

    def _apply(self, change: Change) -> bool:
        kind, _, encoded = change.key.partition(".")
        self._seqs[change.key] = change.seq
        self.access.apply(kind, name(encoded) or encoded, change.value)
        return kind != "seen"

    async def _put(self, kind: str, record_name: str, record: Record | None) -> None:
        """Writes one record, or deletes it for None; raises Conflict where it was changed since it was last read."""
        key = f"{kind}.{token(record_name)}"
        value = b"" if record is None else msgspec.json.encode(record)
        # Who used it last is not worth a conflict: two may have noticed at once.
        expected = None if kind == "seen" else self._seqs.get(key, 0)
        seq = await self._table.put(key, value, expected)
        self._apply(Change(seq, key, value))

    # People.

    def check_new(self, user_name: str) -> None:
        """Raises AlreadyThere."""
        if user_name in self.access.users:
            raise AlreadyThere(f"There is a user {user_name} already.")

    async def add_user(self, user: User) -> None:
        """Raises AlreadyThere."""
        self.check_new(user.name)
        await self._put("user", user.name, user)

    async def change_user(self, user: User) -> None:
        """Takes the place of the user of that name; raises Unknown."""
        self.user(user.name)
        await self._put("user", user.name, user)

    async def set_password(self, user_name: str, encoded: str, at: datetime) -> None:
        """A new password ends every session of the user, and every link that was not used; raises Unknown."""
        await self._put("user", user_name, replace(self.user(user_name), password=encoded, since=at))
        await self._void_links(user_name)

    async def sign_out_everywhere(self, user_name: str, at: datetime) -> None:
        """Raises Unknown."""
        await self._put("user", user_name, replace(self.user(user_name), since=at))
        await self._void_links(user_name)

    async def remove_user(self, user_name: str) -> None:
        """With sessions and links; machine keys that the user made stay. Raises Unknown."""
        self.user(user_name)
        await self._put("user", user_name, None)
        for kind, records in (("session", self.access.sessions), ("link", self.access.links)):
            for each in [each for each, record in records.items() if record.user == user_name]:
                await self._put(kind, each, None)

    def user(self, user_name: str) -> User:
        """Raises Unknown."""
        if user_name not in self.access.users:
            raise Unknown(f"There is no user {user_name}.")
        return self.access.users[user_name]

    async def new_link(self, user_name: str, at: datetime) -> str:
        """The token of a one-time link by which the user chooses a password; raises Unknown.

        The one before it works no more: it may have come into the wrong hands.
        """
        self.user(user_name)
        await self._void_links(user_name)
        secret = secrets.token_urlsafe(32)
        await self._put("link", hashed(secret), Link(user_name, at + LINK))
        return secret

    async def _void_links(self, user_name: str) -> None:
        for each in [each for each, link in self.access.links.items() if link.user == user_name]:
            with suppress(Conflict):
                await self._put("link", each, None)

    async def use_link(self, secret: str, at: datetime) -> User:
        """Whose link it is; it never works again. Raises Unknown where it does not work (any more)."""
        link = self.access.links.get(hashed(secret))
        if link is None or link.expires <= at:
            raise Unknown("This link was used already or is too old: ask an admin for a new one.")
        try:
            await self._put("link", hashed(secret), None)
        except Conflict as error:
            raise Unknown("This link was used already: ask an admin for a new one.") from error
        return self.user(link.user)

    # Browsers.

    async def sign_in(self, user_name: str, at: datetime, address: str, agent: str) -> str:
        """The token of a new session, for the cookie."""
        secret = secrets.token_urlsafe(32)
        await self._put("session", hashed(secret), Session(user_name, at, address, agent[:200]))
        held = [(each.created, name) for name, each in self.access.sessions.items() if each.user == user_name]
        for _, each in sorted(held)[:-MOST_SESSIONS]:
            await self.sign_out(each)
        return secret

    async def sign_out(self, session: str) -> None:
        """Ends the session of that hash, where there is one."""
        if session in self.access.sessions:
            # Another has ended it meanwhile.
            with suppress(Conflict):
                await self._put("session", session, None)

    # Machines.

    async def create_key(self, grant: Grant, label: str, by: str, at: datetime, expires: datetime | None) -> NewKey:
        key = new_key(grant.role)
        await self.add_key(key.hash, Key(key.id, grant, label, at, by, expires))
        return key

    async def add_key(self, hash_: str, key: Key) -> None:
        await self._put("key", hash_, key)

    def key(self, key_id: str) -> str:
        """The hash of the key; raises Unknown."""
        for hash_, key in self.access.keys.items():
            if key.id == key_id:
                return hash_
        raise Unknown(f"There is no key {key_id}.")

    async def revoke_key(self, key_id: str) -> None:
        """Raises Unknown."""
        await self._put("key", self.key(key_id), None)

    # Processes.

    async def claim(self, what: str, at: datetime, until: datetime) -> bool:
        """Whether it is the caller's until then, or until it is released; False while it is another's."""
        await self.load()
        held = self.access.claims.get(what)
        if held is not None and held.until > at:
            return False
        try:
            await self._put("claim", what, Claim(until))
        except Conflict:
            return False
        return True

    async def release(self, what: str) -> None:
        """What the caller has claimed."""
        await self._put("claim", what, None)

    # People and machines.

    async def saw(self, credential: str, at: datetime) -> None:
        """Notes the last use of a key or session that lives, to within five minutes."""
        if credential not in self.access.keys and credential not in self.access.sessions:
            return
        before = self.access.seen.get(credential)
        if before is None or at - before.at >= SEEN_EVERY:
            await self._put("seen", credential, Seen(at))

    async def tidy(self) -> None:
        """Sweeps every hour, without end."""
        while True:
            await asyncio.sleep(3600)
            with suppress(Unavailable, Conflict):
                await self.sweep(now())

    async def sweep(self, at: datetime) -> None:
        """Deletes what is over: links and sessions that ended, and last uses of what is gone."""
        access = self.access
        for each in [each for each, link in access.links.items() if link.expires <= at]:
            await self._put("link", each, None)
        for each in [each for each in access.sessions if not access.lives(each, at)]:
            await self._put("session", each, None)
        for each in access.seen.keys() - access.sessions.keys() - access.keys.keys():
            await self._put("seen", each, None)
