"""Reading events back out of the history."""

from __future__ import annotations

import msgspec

from services.api.history_file import instant
from services.api.sqlite import sqlite3
from services.events import Recorded, decode

READ = 1000
"""Rows that are read at once."""


def read(db: sqlite3.Connection, first: int, last: int) -> list[tuple[int, int, str, bytes]]:
    select = (
        "SELECT seq, stored, text, payload FROM events JOIN payloads USING (seq) JOIN names ON names.id = events.type"
        " WHERE seq BETWEEN ? AND ? ORDER BY seq LIMIT ?"
    )
    return db.execute(select, (first, last, READ)).fetchall()


def decoded(seq: int, stored: int, event_type: str, payload: bytes) -> Recorded | None:
    try:
        return Recorded(seq, instant(stored), decode(event_type, payload))
    except msgspec.ValidationError:
        return None
