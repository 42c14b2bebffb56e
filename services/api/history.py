"""What was: every event of the log with full-text search, and checkpoints of the projections, in one SQLite file.

The file is the service's own and may be deleted at any time: it is made of the log. Every call blocks and may come from
any thread. What SQLite raises (a full disk, a file that another process holds) is not caught here; where it is damage,
the next `open_history` makes the file anew.
"""

from __future__ import annotations

import json
import zlib
from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import datetime
from functools import cached_property
from itertools import chain, pairwise
from pathlib import Path
from typing import NamedTuple

from services.access import Projects
from services.api import history_erase, history_search
from services.api.history_erase import Forgotten, Session, Undone, erased_session, session_of
from services.api.history_file import NAMES, SEGMENT, WORDS, HistoryFile, microseconds, open_file
from services.api.history_names import Names
from services.api.history_plan import Stretch, key, last_before
from services.api.history_read import READ, decoded, read
from services.api.history_search import Histogram, Kept, Page
from services.api.sqlite import sqlite3
from services.events import Recorded, SessionErased, message_id
from services.query import Query
from services.row import Row, row

TRIMMED = 5000
"""Rows that are dropped in one transaction, so that an append never waits long."""

DENSE = 1000
DENSE_WITHIN = 20_000
SPARSE = 4000
"""Checkpoints stay at most DENSE seqs apart in the last DENSE_WITHIN seqs, and SPARSE before."""

COLUMNS = ("seq", "stored", "key", "level", "waiting", "dur", "size", *NAMES)

PARAMETERS = 9_500
"""Of one statement: 500 rows of the widest table."""

Entry = tuple[Recorded, bytes]
"""An event and its payload."""


class Checkpoint(NamedTuple):
    """The state of the projections after the event `seq`, encoded."""

    seq: int
    state: bytes


class Appended(NamedTuple):
    """fresh: the events that are new, to be folded; or, where there is one, `undone` says what to fold again.

    erased: sessions that were erased just now, or of which events came though they were erased before.
    """

    fresh: list[Recorded]
    undone: Undone | None
    erased: set[Session]


def open_history(path: Path, epoch: str, schema: str, key: str = "") -> History:
    """The history of this epoch of the log, encrypted where a key is given. What belongs to another epoch or key, or is
    damaged, is made anew, empty; checkpoints of another schema are dropped."""
    return History(open_file(path, epoch, schema, key))


class History:
    def __init__(self, file: HistoryFile) -> None:
        self._file = file
        self._names = Names()

    @property
    def place(self) -> tuple[Path, str]:
        """The file and its key."""
        return self._file.path, self._file.key

    def close(self) -> None:
        self._file.close()

    @cached_property
    def forgotten(self) -> Forgotten:
        """What was erased, as the events say that the history has."""
        forgotten = Forgotten()
        with self._file.reading() as db:
            for each in history_erase.told(db):
                forgotten.add(each)
        return forgotten

    def remember(self) -> None:
        """Looks again for what was erased: another process has written."""
        self.__dict__.pop("forgotten", None)

    def position(self) -> int:
        """The last seq that was appended; 0 at the beginning."""
        with self._file.reading() as db:
            return _position(db)

    def first(self) -> int:
        """The first seq that is there, or the one after the position."""
        with self._file.reading() as db:
            return _whole(db).low

    def append(self, entries: Sequence[tuple[Recorded, bytes]]) -> Appended:
        """Keeps events in the order of their seqs, each with its payload, and erases the sessions that they say so of.

        Not new is what is not after the position, what belongs to an erased session, and a repeat: an event with the
        `message_id` of an earlier one. All is done in one transaction, with the position.
        """
        try:
            with self._file.writing() as db:
                position = _position(db)
                entries = [entry for entry in entries if entry[0].seq > position]
                if not entries:
                    return Appended([], None, set())
                last = entries[-1][0].seq
                erasures = [recorded for recorded, _ in entries if isinstance(recorded.event.data, SessionErased)]
                forgotten = self.forgotten.sessions.keys() | {erased_session(each) for each in erasures}
                late = {session_of(recorded) for recorded, _ in entries} & forgotten if forgotten else set()
                if late:
                    entries = [entry for entry in entries if session_of(entry[0]) not in late]
                fresh, keys = _without_repeats(db, entries)
                self._names.bound()
                self._insert(db, fresh, keys)
                db.execute("UPDATE meta SET value = ? WHERE key = 'position'", (last,))
                undone = history_erase.erase(db, erasures) if erasures else None
        except BaseException:
            # Numbers that were given in the transaction do not hold.
            self._names.forget()
            raise
        if undone is not None:
            self._names.forget()
        for each in erasures:
            self.forgotten.add(each)
        return Appended([recorded for recorded, _ in fresh], undone, late | {erased_session(each) for each in erasures})

    def compact(self) -> None:
        """Where something was erased, writes the file anew, so that nothing of it is left in free pages."""
        if self._file.has_remnants():
            self._file.compact()

    def hurry(self) -> None:
        """From now on as fast as can be, until `settle`: a machine that fails before makes the history anew."""
        self._file.hurry()

    def settle(self) -> None:
        """All that was written is on the disk."""
        self._file.settle()

    def _insert(self, db: sqlite3.Connection, entries: Sequence[Entry], keys: Sequence[int]) -> None:
        rows = [row(recorded) for recorded, _ in entries]
        insert(db, "events", COLUMNS, [self._values(db, each, key) for each, key in zip(rows, keys, strict=True)])
        insert(db, "payloads", ("seq", "payload"), [(recorded.seq, payload) for recorded, payload in entries])
        segments: dict[int, list[tuple[int, str]]] = defaultdict(list)
        for each in rows:
            segments[each.seq // SEGMENT].append((each.seq, each.text))
        for number, texts in segments.items():
            if db.execute("INSERT OR IGNORE INTO segments VALUES (?)", (number,)).rowcount:
                db.execute(WORDS.format(number))
            insert(db, f"words_{number}", ("rowid", "text"), texts)

    def _values(self, db: sqlite3.Connection, each: Row, key: int) -> tuple[object, ...]:
        numbers = self._names.numbers(db, each)
        return each.seq, microseconds(each.stored), key, each.level, each.waiting, each.dur, each.size, *numbers

    def rows(self, first: int, last: int) -> Iterator[Recorded]:
        """The events from `first` to `last` in order; one that can no longer be decoded is passed over."""
        while first <= last:
            with self._file.reading() as db:
                found = read(db, first, last)
            yield from (recorded for each in found if (recorded := decoded(*each)) is not None)
            if len(found) < READ:
                return
            first = found[-1][0] + 1

    def event(self, seq: int) -> Kept | None:
        """One event, whole; None where it was trimmed, is a repeat, or is not there yet."""
        with self._file.reading() as db:
            known = db.execute("SELECT 1 FROM events WHERE seq = ?", (seq,)).fetchone()
            return history_search.kept(db, seq) if known else None

    def search(self, query: Query, before: int | None, limit: int, now: datetime, projects: Projects = None) -> Page:
        """At most `limit` matching events of these projects earlier than the seq `before`, newest first.

        Raises QueryError.
        """
        with self._file.reading() as db:
            within = _whole(db)
            if before is not None:
                within = within.meet(0, before - 1)
            return history_search.search(db, query, within, limit, now, projects)

    def histogram(
        self,
        query: Query,
        after: datetime,
        before: datetime,
        buckets: int,
        now: datetime,
        projects: Projects = None,
    ) -> Histogram:
        """The matching events of these projects by when they were stored, from `after` up to `before`.

        Raises QueryError.
        """
        with self._file.reading() as db:
            return history_search.histogram(db, query, _whole(db), after, before, buckets, now, projects)

    def seq_at(self, at: datetime) -> int:
        """The last seq stored then or earlier; the one before `first` where that was earlier still."""
        with self._file.reading() as db:
            return last_before(db, microseconds(at) + 1, _whole(db))

    def save_checkpoint(self, seq: int, stored: datetime, state: bytes) -> None:
        with self._file.writing() as db:
            values = (seq, microseconds(stored), zlib.compress(state, 1))
            db.execute("REPLACE INTO checkpoints VALUES (?, ?, ?)", values)

    def checkpoint_at(self, seq: int) -> Checkpoint | None:
        """The last checkpoint at this seq or before it."""
        with self._file.reading() as db:
            select = "SELECT seq, state FROM checkpoints WHERE seq <= ? ORDER BY seq DESC LIMIT 1"
            found = db.execute(select, (seq,)).fetchone()
        return Checkpoint(found[0], zlib.decompress(found[1])) if found else None

    def thin(self) -> None:
        """Drops checkpoints that stand closer than they need to."""
        with self._file.writing() as db:
            seqs = [seq for (seq,) in db.execute("SELECT seq FROM checkpoints ORDER BY seq")]
            dropped = [(seq,) for seq in surplus(seqs, _position(db))]
            db.executemany("DELETE FROM checkpoints WHERE seq = ?", dropped)

    def trim(self, first: int) -> None:
        """Drops all that is before the seq `first`, which the log has no more.

        A checkpoint right before it stays: with it the states from there on can still be folded.
        """
        while self._trim_some(first):
            pass

    def _trim_some(self, first: int) -> bool:
        """Whether there was something left to drop."""
        with self._file.writing() as db:
            lowest = db.execute("SELECT min(seq) FROM events").fetchone()[0]
            if lowest is None or lowest >= first:
                _drop_segments(db, first)
                self._names.trim(db, first)
                return False
            end = min(first, lowest + TRIMMED)
            db.execute("DELETE FROM checkpoints WHERE seq < ?", (end - 1,))
            db.execute("DELETE FROM payloads WHERE seq < ?", (end,))
            db.execute("DELETE FROM events WHERE seq < ?", (end,))
            return True


def surplus(seqs: Sequence[int], head: int) -> list[int]:
    """Of the seqs of checkpoints, in order, those that can go without leaving a wider gap than allowed."""
    dropped: list[int] = []
    kept = seqs[0] if seqs else 0
    for seq, following in pairwise(seqs[1:]):
        spacing = DENSE if following > head - DENSE_WITHIN else SPARSE
        if following - kept <= spacing:
            dropped.append(seq)
        else:
            kept = seq
    return dropped


def _position(db: sqlite3.Connection) -> int:
    position: int = db.execute("SELECT value FROM meta WHERE key = 'position'").fetchone()[0]
    return position


def _whole(db: sqlite3.Connection) -> Stretch:
    position = _position(db)
    lowest = db.execute("SELECT min(seq) FROM events").fetchone()[0]
    return Stretch(position + 1 if lowest is None else lowest, position)


def _drop_segments(db: sqlite3.Connection, first: int) -> None:
    ended = db.execute("SELECT number FROM segments WHERE number < ?", (first // SEGMENT,)).fetchall()
    for (number,) in ended:
        db.execute(f"DROP TABLE words_{number}")
        db.execute("DELETE FROM segments WHERE number = ?", (number,))


def _without_repeats(db: sqlite3.Connection, entries: Sequence[Entry]) -> tuple[list[Entry], list[int]]:
    """Entries whose message_id neither an earlier entry nor an event in the history has, and their keys."""
    keys = [key(recorded.event.id) for recorded, _ in entries]
    earlier = _with_keys(db, keys)
    if not earlier and len(set(keys)) == len(keys):
        return list(entries), keys
    fresh: list[tuple[Entry, int]] = []
    for entry, number in zip(entries, keys, strict=True):
        same = earlier[number]
        if not same or message_id(entry[0].event) not in {message_id(each.event) for each in same}:
            same.append(entry[0])
            fresh.append((entry, number))
    return [entry for entry, _ in fresh], [number for _, number in fresh]


def insert(db: sqlite3.Connection, table: str, columns: Sequence[str], rows: Sequence[tuple[object, ...]]) -> None:
    """As few statements as their parameters allow: between two of them this thread waits for its turn in Python."""
    most = PARAMETERS // len(columns)
    one = f"({', '.join('?' * len(columns))})"
    for start in range(0, len(rows), most):
        some = rows[start : start + most]
        values = ", ".join([one] * len(some))
        db.execute(f"INSERT INTO {table} ({', '.join(columns)}) VALUES {values}", list(chain.from_iterable(some)))


def _with_keys(db: sqlite3.Connection, keys: Sequence[int]) -> defaultdict[int, list[Recorded]]:
    """The events in the history by their key, for keys that are there."""
    select = (
        "SELECT events.key, seq, stored, text, payload FROM json_each(?)"
        " CROSS JOIN events INDEXED BY by_key ON events.key = json_each.value"
        " JOIN payloads USING (seq) JOIN names ON names.id = events.type"
    )
    found: defaultdict[int, list[Recorded]] = defaultdict(list)
    for number, *rest in db.execute(select, (json.dumps(keys),)):
        recorded = decoded(*rest)
        if recorded is not None:
            found[number].append(recorded)
    return found
