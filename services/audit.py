"""Audit events: who did what to Lookout itself, from where. Pure; whoever acts appends what this makes.

    await log.append(message(audit("login", who="ada", address="192.0.2.7")))
    await log.append(message(audit("key_created", who="ada", on="k1f3", address=address, scope="ingest")))

with log's `message`. They are ordinary events of the type `audit.<what>` in the project `lookout`, searched,
relayed and kept like any other; but nobody can post one, since the type is reserved (`events.is_reserved`).
"""

from __future__ import annotations

from typing import Any

from services.events import AUDIT, LOOKOUT, Envelope, now, random_id

Fact = str | int | float | bool | None


def audit(what: str, *, who: str, on: str = "", address: str = "", **facts: Fact) -> Envelope[Any]:
    """The event that says that `who` did `what`.

    what: snake_case, in the past or a noun: login, login_failed, logout, user_added, user_removed, password_changed,
    key_created, key_revoked, session_redacted. who: a user's name, a key's id, `cli` for whoever has the data folder.
    on: what it was done to, by its name or id. address: of the client, where there is one. facts: more of it, each with
    the name of a field. Never a password, a key, a cookie or a link, whole or in part.
    """
    data = {"who": who, "what": what, "on": on, "address": address} | facts
    told = {name: value for name, value in data.items() if value not in ("", None)}
    return Envelope(
        id=random_id(), source=LOOKOUT, type=AUDIT + what, time=now(), project=LOOKOUT, agent=who, data=told
    )
