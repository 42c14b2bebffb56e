"""The SQLite file of the history: its tables, its connections, and when it is made anew.

Names are kept once, in `names`, and events have their numbers (0 for what is missing): a row of `events` is some 60
bytes, a million of them are scanned in about a tenth of a second, and what a query says of a name is decided once for
each name. Free words are in FTS5 tables of 131,072 seqs each, so that the oldest go by dropping a table.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Lock

from services.api.sqlite import sqlite3
from services.disk import is_full
from services.room import NoRoom

LAYOUT = 1
"""Raised whenever the tables, or the columns that `services/row.py` gives for an event, change."""

NAMES = ("type", "project", "session", "agent", "agent_id", "source", "host", "tool", "phase", "path", "op", "model")
"""The columns of `events` that hold the number of a name."""

INDEXED = ("type", "session", "agent", "tool", "path")

SEGMENT = 1 << 17
"""Seqs that share one table of words."""

BUSY_SECONDS = 5.0
IDLE_READERS = 4

TABLES = f"""
CREATE TABLE meta (key TEXT PRIMARY KEY, value) WITHOUT ROWID;
CREATE TABLE names (
    id INTEGER PRIMARY KEY, field TEXT NOT NULL, folded TEXT NOT NULL, text TEXT NOT NULL, used INTEGER NOT NULL,
    UNIQUE (field, folded, text)
);
CREATE TABLE events (
    seq INTEGER PRIMARY KEY, level INTEGER NOT NULL, stored INTEGER NOT NULL,
    {", ".join(f"{name} INTEGER NOT NULL" for name in NAMES)},
    waiting INTEGER NOT NULL, dur REAL, size INTEGER, key INTEGER NOT NULL
);
CREATE INDEX by_key ON events (key);
{"".join(f"CREATE INDEX by_{name} ON events ({name}) WHERE {name} != 0;" for name in INDEXED)}
CREATE TABLE payloads (seq INTEGER PRIMARY KEY, payload BLOB NOT NULL);
CREATE TABLE segments (number INTEGER PRIMARY KEY);
CREATE TABLE checkpoints (seq INTEGER PRIMARY KEY, stored INTEGER NOT NULL, state BLOB NOT NULL);
"""

WORDS = "CREATE VIRTUAL TABLE words_{} USING fts5(text, content='', columnsize=0, tokenize='ascii')"
"""Without contents of its own: the texts are only ever found, never shown."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_DAMAGED = {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB}


def microseconds(at: datetime) -> int:
    return (at - _EPOCH) // _MICROSECOND


def instant(at: int) -> datetime:
    return _EPOCH + at * _MICROSECOND


class HistoryFile:
    """One writer at a time, and as many readers as there are threads that read; none of them waits for another."""

    def __init__(self, path: Path, key: str = "") -> None:
        self.path = path
        self.key = key
        self._writer = _connect(path, key)
        self._writer.execute("PRAGMA secure_delete = OFF")
        self._writer.execute("PRAGMA cache_size = -65536")
        # Keys come in no order, so that many of their pages change again and again before they are worth copying.
        self._writer.execute("PRAGMA wal_autocheckpoint = 8000")
        self._lock = Lock()
        self._idle: list[sqlite3.Connection] = []

    @contextmanager
    def writing(self) -> Iterator[sqlite3.Connection]:
        """A transaction: all of it or, if the block raises, nothing."""
        with self._lock, self._watched():
            self._writer.execute("BEGIN IMMEDIATE")
            try:
                yield self._writer
                self._writer.execute("COMMIT")
            except BaseException:
                # A full disk has rolled back already.
                with suppress(sqlite3.OperationalError):
                    self._writer.execute("ROLLBACK")
                raise

    @contextmanager
    def reading(self) -> Iterator[sqlite3.Connection]:
        """The file as it is at this moment, whatever is written meanwhile."""
        reader = self._reader()
        try:
            with self._watched():
                reader.execute("BEGIN")
                yield reader
        finally:
            reader.rollback()
            if len(self._idle) < IDLE_READERS:
                self._idle.append(reader)
            else:
                reader.close()

    def hurry(self) -> None:
        """Leaves it to the system when what is written comes to the disk; marked, as a power cut would damage it."""
        _mark(self.path).touch()
        os.sync()
        self._writer.execute("PRAGMA synchronous = OFF")

    def settle(self) -> None:
        with self._lock:
            self._writer.execute("PRAGMA synchronous = NORMAL")
        os.sync()
        _mark(self.path).unlink(missing_ok=True)

    def _reader(self) -> sqlite3.Connection:
        # Asking first whether one is idle would be too late: another thread may take it in between.
        try:
            return self._idle.pop()
        except IndexError:
            return _connect(self.path, self.key)

    @contextmanager
    def _watched(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.DatabaseError as error:
            if _is_damage(error):
                _mark(self.path).touch()
            elif is_full(self.path.parent):
                raise NoRoom(f"the history cannot be written ({error}), as the disk is full") from error
            raise

    def has_remnants(self) -> bool:
        """Whether something was erased that may still stand in free pages or in the journal."""
        with self.reading() as db:
            return _meta(db, "remnants") is not None

    def compact(self) -> None:
        """Writes the file anew, and empties the journal; writers wait meanwhile."""
        with self._lock, self._watched():
            self._writer.execute("VACUUM")
            if self._writer.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0] == 0:
                self._writer.execute("DELETE FROM meta WHERE key = 'remnants'")

    def close(self) -> None:
        """Waits for a thread that still writes: SQLite may crash where a connection is closed under a statement."""
        with suppress(IndexError):
            while True:
                self._idle.pop().close()
        with self._lock:
            self._writer.close()


def open_file(path: Path, epoch: str, schema: str, key: str = "") -> HistoryFile:
    """The file, made anew if it is damaged or belongs to another epoch, layout or key; checkpoints only of this schema.

    `key` is 64 hexadecimal digits; without one the file is plain. Raises NoRoom where the disk is full.
    """
    try:
        return _open(path, epoch, schema, key)
    except sqlite3.OperationalError as error:
        if is_full(path.parent):
            raise NoRoom(f"the history cannot be opened ({error}), as the disk is full") from error
        raise


def _open(path: Path, epoch: str, schema: str, key: str) -> HistoryFile:
    if _mark(path).exists() or not _usable(path, epoch, key):
        for each in (path, path.with_name(f"{path.name}-wal"), path.with_name(f"{path.name}-shm"), _mark(path)):
            each.unlink(missing_ok=True)
    file = HistoryFile(path, key)
    with ExitStack() as unless_it_fails:
        unless_it_fails.callback(file.close)
        with file.writing() as db:
            if _layout(db) == 0:
                _create(db, epoch)
            if _meta(db, "schema") != schema:
                db.execute("DELETE FROM checkpoints")
                db.execute("REPLACE INTO meta VALUES ('schema', ?)", (schema,))
        unless_it_fails.pop_all()
    return file


def _connect(path: Path, key: str) -> sqlite3.Connection:
    db = sqlite3.connect(
        path, timeout=BUSY_SECONDS, isolation_level=None, check_same_thread=False, cached_statements=256
    )
    with ExitStack() as unless_it_fails:
        unless_it_fails.callback(db.close)
        if key:
            db.execute(f"PRAGMA key = \"x'{key}'\"")
        db.execute("PRAGMA journal_mode = WAL")
        # What a lost power supply takes from the end is read from the log again.
        db.execute("PRAGMA synchronous = NORMAL")
        db.execute("PRAGMA journal_size_limit = 67108864")
        unless_it_fails.pop_all()
    return db


def _mark(path: Path) -> Path:
    """Says that the file is, or may be, damaged: the next process makes it anew."""
    return path.with_name(f"{path.name}-damaged")


def _is_damage(error: sqlite3.DatabaseError) -> bool:
    # Errors of the module itself have no code; the low byte is the primary one.
    return getattr(error, "sqlite_errorcode", 0) & 0xFF in _DAMAGED


def _usable(path: Path, epoch: str, key: str) -> bool:
    if not path.exists():
        return True
    try:
        with closing(_connect(path, key)) as db:
            return _layout(db) == LAYOUT and _meta(db, "epoch") == epoch
    except sqlite3.DatabaseError as error:
        if _is_damage(error):
            return False
        raise


def _layout(db: sqlite3.Connection) -> int:
    found: int = db.execute("PRAGMA user_version").fetchone()[0]
    return found


def _meta(db: sqlite3.Connection, key: str) -> object:
    found = db.execute("SELECT value FROM meta WHERE key = ?", (key,)).fetchone()
    return found and found[0]


def _create(db: sqlite3.Connection, epoch: str) -> None:
    for statement in TABLES.split(";"):
        db.execute(statement)
    db.execute("INSERT INTO meta VALUES ('epoch', ?), ('position', 0)", (epoch,))
    db.execute(f"PRAGMA user_version = {LAYOUT}")
