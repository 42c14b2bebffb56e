"""Erasing a session from the history: its events, their words, names that only they had, and what was folded of it."""

from __future__ import annotations

import json
import zlib
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

import msgspec

from services.api.history_file import NAMES, SEGMENT, WORDS
from services.api.history_read import decoded, read
from services.api.sqlite import sqlite3
from services.erased import Erased
from services.events import Recorded, SessionErased
from services.row import row
from services.subjects import event_subject


class Session(NamedTuple):
    project: str
    session: str


def session_of(recorded: Recorded) -> Session:
    return Session(recorded.event.project, recorded.event.session)


def erased_session(erasure: Recorded) -> Session:
    """That which a `session_erased` tells of."""
    return Session(erasure.event.project, erasure.event.data.session_id)


class Forgotten:
    """What was erased. What arrives later for one of these sessions is not kept."""

    def __init__(self) -> None:
        self.seqs = Erased()
        self.sessions: dict[Session, int] = {}
        """With the seq of the last event that says so."""

    def add(self, erasure: Recorded) -> None:
        session = erased_session(erasure)
        self.seqs.add(erasure.event.data.ranges, event_subject(*session, ""))
        self.sessions[session] = erasure.seq


class Undone(NamedTuple):
    """What must be folded again: the states from seq `since` on.

    begin: the first seq that the history had. checkpoints: the seqs of those that were dropped.
    """

    since: int
    begin: int
    checkpoints: list[int]


def told(db: sqlite3.Connection) -> list[Recorded]:
    """The `session_erased` events that the history has."""
    select = (
        "SELECT seq, stored, text, payload FROM events JOIN payloads USING (seq) JOIN names ON names.id = events.type"
        " WHERE events.type IN (SELECT id FROM names WHERE field = 'type' AND text = 'session_erased') ORDER BY seq"
    )
    found = (decoded(*each) for each in db.execute(select))
    return [each for each in found if each is not None and isinstance(each.event.data, SessionErased)]


def erase(db: sqlite3.Connection, erasures: Sequence[Recorded]) -> Undone | None:
    """Drops all that the history has of these sessions; None where that is nothing."""
    begin = _first(db)
    sessions = {erased_session(each) for each in erasures}
    db.execute("CREATE TEMP TABLE IF NOT EXISTS doomed (seq INTEGER PRIMARY KEY)")
    db.execute("DELETE FROM doomed")
    ranges = [each for erasure in erasures for each in erasure.event.data.ranges]
    db.executemany("INSERT OR IGNORE INTO doomed SELECT seq FROM events WHERE seq BETWEEN ? AND ?", ranges)
    db.executemany("INSERT OR IGNORE INTO doomed VALUES (?)", ((seq,) for each in sessions for seq in _named(db, each)))
    since: int | None = db.execute("SELECT min(seq) FROM doomed").fetchone()[0]
    if since is not None:
        _drop(db)
    if _knows(db, sessions, since):
        since = begin
        db.execute("DELETE FROM checkpoints WHERE seq < ?", (begin,))
    if since is None:
        return None
    dropped = [seq for (seq,) in db.execute("SELECT seq FROM checkpoints WHERE seq >= ? ORDER BY seq", (since,))]
    db.execute("DELETE FROM checkpoints WHERE seq >= ?", (since,))
    db.execute("REPLACE INTO meta VALUES ('remnants', 1)")
    return Undone(since, begin, dropped)


def _first(db: sqlite3.Connection) -> int:
    select = "SELECT coalesce((SELECT min(seq) FROM events), value + 1) FROM meta WHERE key = 'position'"
    first: int = db.execute(select).fetchone()[0]
    return first


def _named(db: sqlite3.Connection, session: Session) -> list[int]:
    """The seqs of the session's events, also of those that the log has dropped since."""
    select = (
        "SELECT seq, stored, types.text, payload FROM events JOIN payloads USING (seq)"
        " JOIN names types ON types.id = events.type"
        " JOIN names sessions ON sessions.id = events.session JOIN names projects ON projects.id = events.project"
        " WHERE sessions.text = ? AND projects.text = ?"
    )
    found = (decoded(*each) for each in db.execute(select, (session.session, session.project)))
    return [each.seq for each in found if each is not None and session_of(each) == session]


def _drop(db: sqlite3.Connection) -> None:
    names = {
        column: {number for (number,) in db.execute(f"SELECT DISTINCT {column} FROM events JOIN doomed USING (seq)")}
        for column in NAMES
    }
    segments = [number for (number,) in db.execute(f"SELECT DISTINCT seq / {SEGMENT} FROM doomed")]
    for table in ("events", "payloads"):
        db.execute(f"DELETE FROM {table} WHERE seq IN (SELECT seq FROM doomed)")
    for column, numbers in names.items():
        _drop_unused(db, column, numbers)
    for number in segments:
        # Deleting from an FTS5 table leaves words in it, even with its option secure-delete.
        db.execute(f"DROP TABLE words_{number}")
        db.execute(WORDS.format(number))
        db.executemany(f"INSERT INTO words_{number} (rowid, text) VALUES (?, ?)", _texts(db, number))


def _drop_unused(db: sqlite3.Connection, column: str, numbers: set[int]) -> None:
    wanted = json.dumps(sorted(numbers))
    select = f"SELECT DISTINCT {column} FROM events WHERE {column} IN (SELECT value FROM json_each(?))"
    unused = numbers - {number for (number,) in db.execute(select, (wanted,))}
    db.executemany("DELETE FROM names WHERE id = ?", ((number,) for number in unused))


def _texts(db: sqlite3.Connection, segment: int) -> Iterator[tuple[int, str]]:
    first, last = segment * SEGMENT, segment * SEGMENT + SEGMENT - 1
    while found := read(db, first, last):
        for each in found:
            recorded = decoded(*each)
            if recorded is not None:
                yield recorded.seq, row(recorded).text
        first = found[-1][0] + 1


def _knows(db: sqlite3.Connection, sessions: Iterable[Session], since: int | None) -> bool:
    """Whether states before `since` know of a session, from events that the history has no more."""
    found = db.execute("SELECT seq, state FROM checkpoints ORDER BY seq LIMIT 1").fetchone()
    if found is None or (since is not None and found[0] >= since):
        return False
    state = zlib.decompress(found[1])
    return any(msgspec.msgpack.encode(name) in state or f"{name}/".encode() in state for _, name in sessions)
