"""What the owner of the data folder does about users, past the login: `lookout user`, and the first admin."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import datetime
from typing import NamedTuple

from services.access import EVERY, NAME, Access, Grant, Role, User
from services.accounts import Accounts
from services.audit import audit
from services.broker import connected
from services.events import now
from services.line import escape
from services.log import EventLog, message
from services.settings import Settings
from services.status import columns

FIRST = "admin"
MOST_SIGNS = 32
"""Of `.`, `@` and `+` in a user's name; each takes three characters of a subject's token."""


class Desk(NamedTuple):
    accounts: Accounts
    log: EventLog

    async def note(self, what: str, on: str, **facts: str) -> None:
        """Before it is done, as `services/api/login.py` says; raises Unavailable."""
        await self.log.append(message(audit(what, who="cli", on=on, **facts)))


@asynccontextmanager
async def desk(settings: Settings) -> AsyncIterator[Desk]:
    """The accounts as they are; raises Unavailable where Lookout does not run, OSError without its data folder."""
    async with connected(settings, "access") as connection:
        accounts = Accounts(connection.access)
        await connection.access.ensure()
        await accounts.load()
        yield Desk(accounts, connection.log)


async def first_admin(settings: Settings) -> str:
    """The link for the first user, who is made an admin; empty where somebody can sign in already."""
    async with desk(settings) as at:
        users = at.accounts.access.users
        if any(user.password or user.subject for user in users.values()):
            return ""
        if FIRST in users:
            return await new_link(at, settings, FIRST)
        return await add(at, settings, FIRST, "admin", (EVERY,), "")


async def add(at: Desk, settings: Settings, name: str, role: Role, projects: Sequence[str], subject: str) -> str:
    """The one-time link of the new user; raises AlreadyThere."""
    grants = tuple(Grant(role, project) for project in projects)
    at.accounts.check_new(name)
    await at.note("user_added", name, grants=told(grants))
    await at.accounts.add_user(User(name, grants, now(), subject=subject))
    return await new_link(at, settings, name)


async def new_link(at: Desk, settings: Settings, name: str) -> str:
    return f"{settings.url}/link?token={await at.accounts.new_link(name, now())}"


def told(grants: Sequence[Grant]) -> str:
    """`viewer in shop, operator in bank`."""
    return ", ".join(f"{grant.role} in {grant.project}" for grant in grants)


def is_name(text: str) -> bool:
    """Whether it is a user's: of more signs the record would be kept under a hash, in which the name is lost."""
    return re.fullmatch(NAME, text) is not None and sum(map(text.count, ".@+")) <= MOST_SIGNS


def table(access: Access) -> str:
    """A user a line, in columns."""
    rows = [["NAME", "ROLES", "SIGNS IN BY", "ADDED"]]
    for user in sorted(access.users.values(), key=lambda each: each.name):
        by = "provider" if user.subject else ("password" if user.password else "nothing yet")
        rows.append([user.name, told(user.grants), by, f"{user.created:%Y-%m-%d}"])
    return _lines(rows)


def keys_table(access: Access, at: datetime) -> str:
    """A key a line, in columns, the newest first."""
    rows = [["ID", "ROLE", "PROJECT", "LABEL", "CREATED", "EXPIRES", "LAST USED"]]
    for name, key in sorted(access.keys.items(), key=lambda each: each[1].created, reverse=True):
        seen = f"{access.seen[name].at:%Y-%m-%d %H:%M}" if name in access.seen else "never"
        expires = "never" if key.expires is None else f"{key.expires:%Y-%m-%d %H:%M}"
        if key.expires is not None and key.expires <= at:
            expires = f"{expires} (over)"
        role, project = key.grant.role, key.grant.project
        rows.append([key.id, role, project, key.label, f"{key.created:%Y-%m-%d %H:%M}", expires, seen])
    return _lines(rows)


def _lines(rows: list[list[str]]) -> str:
    return "\n".join(columns([[escape(cell) for cell in row] for row in rows]))
