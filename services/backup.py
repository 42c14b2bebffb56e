"""`lookout backup` and `lookout restore`: all that cannot be made again, in one file.

The file is gzip of lines of JSON: first what it is, then the secrets of this Lookout, who may do what, what each
subscriber has acknowledged, and every event of the log, as it was read; last their number and the SHA-256 of all lines
before. The key that the data folder is encrypted with is not in it, nor is the history, which is made of the log.

A restored log has the same seqs, holes included, and tells the same times, but another epoch: clients that resume are
told to begin anew. Its events are kept for `log.max_age_days` from the restore on.
"""

from __future__ import annotations

import asyncio
import gzip
import json
import os
import secrets
import shutil
import zlib
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import AsyncExitStack, aclosing
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from typing import BinaryIO, NamedTuple

import msgspec
from msgspec import Raw, Struct

from services import encryption
from services.alone import alone
from services.broker import connected, subscribers
from services.encryption import Keys
from services.eventlog import Connection
from services.events import now
from services.log import Broken, Stored
from services.private import write_private
from services.settings import Settings
from services.subjects import LOG, STREAM
from services.subscribers import acknowledged, make_consumer

CONNECT_SECONDS = 5.0
VERSION = 1
BATCH = 500

KEPT = ("secrets.json", "nats/subscribers.json", "nats/certificate.*", "caddy/caddy/pki/authorities/local/*")
"""Files of the data folder that cannot be made again so that clients go on as before."""

MADE = ("secrets.json", "jetstream", "history.sqlite")
"""What a data folder has in which there is a Lookout already."""


class BackupError(Exception):
    """Why there is no backup, or why it cannot be restored, in one sentence."""


class Opening(Struct, frozen=True, tag="lookout", tag_field="kind"):
    version: int
    made: datetime
    epoch: str
    first: int
    last: int


class File(Struct, frozen=True, tag="file", tag_field="kind"):
    path: str
    content: bytes


class Record(Struct, frozen=True, tag="access", tag_field="kind"):
    key: str
    value: bytes


class Consumer(Struct, frozen=True, tag="consumer", tag_field="kind"):
    subscriber: str
    acknowledged: int


class Event(Struct, frozen=True, tag="event", tag_field="kind"):
    """`event` is the payload as it is; a foreign one that is no line of JSON is in `raw`."""

    seq: int
    stored: datetime
    subject: str
    event: Raw = Raw(b"null")
    raw: bytes = b""


class Ending(Struct, frozen=True, tag="end", tag_field="kind"):
    events: int
    sha256: str


Line = Opening | File | Record | Consumer | Event | Ending


class Summary(NamedTuple):
    made: datetime
    events: int
    first: int
    last: int


async def write(settings: Settings, out: BinaryIO) -> int:
    """Writes a backup of the Lookout that runs, and returns how many events are in it.

    Raises Unavailable, TimeoutError.
    """
    async with AsyncExitStack() as stack:
        async with asyncio.timeout(CONNECT_SECONDS):
            access = await stack.enter_async_context(connected(settings, "access"))
        packed = stack.enter_context(gzip.GzipFile(fileobj=out, mode="wb", compresslevel=6, mtime=0))
        digest = sha256()
        events = 0
        async for line in _contents(settings, access):
            encoded = msgspec.json.encode(line) + b"\n"
            digest.update(encoded)
            packed.write(encoded)
            events += isinstance(line, Event)
        packed.write(msgspec.json.encode(Ending(events, digest.hexdigest())) + b"\n")
    return events


async def _contents(settings: Settings, connection: Connection) -> AsyncIterator[Line]:
    head = await connection.log.head()
    yield Opening(VERSION, now(), head.epoch, head.first, head.last)
    for pattern in KEPT:
        for file in sorted(settings.data_dir.glob(pattern)):
            yield File(str(file.relative_to(settings.data_dir)), file.read_bytes())
    async for record in _records(connection):
        yield record
    for each in subscribers(settings.data_dir):
        if (seq := await acknowledged(connection.bus, each.name)) is not None:
            yield Consumer(each.name, min(seq, head.last))
    async with aclosing(connection.log.read(head.first, head.last)) as chunks:
        async for chunk in chunks:
            for stored in chunk:
                yield _event(stored)


async def _records(connection: Connection) -> AsyncIterator[Record]:
    bucket = json.loads(await connection.bus.request("$JS.API.STREAM.INFO.KV_ACCESS", b""))
    after = 0
    while "error" not in bucket and (changes := await connection.access.changes(after)):
        for change in changes:
            if change.value:
                yield Record(change.key, change.value)
        after = changes[-1].seq


def _event(stored: Stored) -> Event:
    if _is_line(stored.payload):
        return Event(stored.seq, stored.time, stored.subject, Raw(stored.payload))
    return Event(stored.seq, stored.time, stored.subject, raw=stored.payload)


def _is_line(payload: bytes) -> bool:
    """Whether it is JSON as Lookout writes it."""
    try:
        msgspec.json.decode(payload, type=Raw)
    except msgspec.DecodeError:
        return False
    return b"\n" not in payload


def check(file: Path) -> Summary:
    """Reads a backup to its end; raises BackupError where it is not whole."""
    opening: Opening | None = None
    digest = sha256()
    events = 0
    for line, encoded in _lines(file):
        if isinstance(line, Ending):
            if opening is None or line != Ending(events, digest.hexdigest()):
                raise BackupError(f"{file} is damaged: its contents are not those that were written.")
            return Summary(opening.made, events, opening.first, opening.last)
        if isinstance(line, Opening):
            opening = line
        digest.update(encoded)
        events += isinstance(line, Event)
    raise BackupError(f"{file} ends too early: it is not the whole backup.")


def _lines(file: Path) -> Iterator[tuple[Line, bytes]]:
    decoder: msgspec.json.Decoder[Line] = msgspec.json.Decoder(Line)
    try:
        with gzip.open(file) as lines:
            for encoded in lines:
                yield decoder.decode(encoded), encoded
    except (EOFError, zlib.error, gzip.BadGzipFile, msgspec.DecodeError) as error:
        raise BackupError(f"{file} is no whole backup of Lookout ({error}).") from error
    except OSError as error:
        raise BackupError(f"{file} cannot be read: {error.strerror}.") from error


def restore(settings: Settings, environment: Mapping[str, str], file: Path) -> Summary:
    """Makes an empty data folder that of the backup; where that fails it is empty again.

    Raises BackupError, EncryptionError, LogError. Who calls this holds the data folder.
    """
    data = settings.data_dir
    if there := [name for name in MADE if (data / name).exists()]:
        raise BackupError(
            f"{data} has a Lookout in it already ({', '.join(there)}): name an empty folder with LOOKOUT_DATA."
        )
    summary = check(file)
    try:
        keys = encryption.admit(settings, environment)
        for line, _ in _lines(file):
            if isinstance(line, File):
                _put(data, line)
        asyncio.run(_fill(settings, keys, file))
    except BaseException:
        for name in MADE:
            shutil.rmtree(data / name, ignore_errors=True)
            (data / name).unlink(missing_ok=True)
        raise
    return summary


def _put(data: Path, line: File) -> None:
    path = (data / line.path).resolve()
    if not path.is_relative_to(data):
        raise BackupError(f"The backup wants to write {line.path}, which is not in the data folder.")
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    write_private(path, line.content)


async def _fill(settings: Settings, keys: Keys | None, file: Path) -> None:
    known = {each.name: each for each in subscribers(settings.data_dir)}
    consumers: list[Consumer] = []
    async with alone(settings, keys) as connection:
        refill = Refill(connection)
        for line, _ in _lines(file):
            match line:
                case Opening():
                    seconds = settings.log.max_age_days * 86_400
                    epoch = secrets.token_hex(8)
                    await connection.log.ensure_stream(epoch, seconds, settings.log.max_bytes, line.first)
                    refill.begin(line)
                case Record():
                    await connection.access.ensure()
                    await connection.access.put(line.key, line.value)
                case Consumer():
                    consumers.append(line)
                case Event():
                    await refill.take(line)
        await refill.end()
        for each in consumers:
            await make_consumer(connection.bus, known[each.subscriber], after=each.acknowledged)


class Refill:
    """Puts events back at their seqs. Where one is missing, because it was erased, one is put and taken out again."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._next = 1
        self._last = 0
        self._time = now()
        self._waiting: list[Stored] = []
        self._holes: list[int] = []

    def begin(self, opening: Opening) -> None:
        self._next, self._last, self._time = opening.first, opening.last, opening.made

    async def take(self, line: Event) -> None:
        self._time = line.stored
        await self._pass_over(line.seq)
        await self._store(Stored(line.seq, line.stored, line.subject, line.raw or bytes(line.event)))

    async def end(self) -> None:
        await self._pass_over(self._last + 1)
        await self._flush()

    async def _pass_over(self, seq: int) -> None:
        while self._next < seq:
            self._holes.append(self._next)
            await self._store(Stored(self._next, self._time, f"{LOG}._._._", b"{}"))

    async def _store(self, stored: Stored) -> None:
        self._waiting.append(stored)
        self._next = stored.seq + 1
        if len(self._waiting) == BATCH:
            await self._flush()

    async def _flush(self) -> None:
        if not self._waiting:
            return
        first = await self._connection.log.restore(self._waiting)
        if first != self._waiting[0].seq:
            raise Broken(f"seq {self._waiting[0].seq} was stored as {first}")
        self._waiting.clear()
        for seq in self._holes:
            question = json.dumps({"seq": seq, "no_erase": True}).encode()
            await self._connection.bus.request(f"$JS.API.STREAM.MSG.DELETE.{STREAM}", question)
        self._holes.clear()


def part_of(file: Path) -> Path:
    """Where a backup is written before it is whole."""
    return file.with_name(f"{file.name}.part")


async def written(settings: Settings, file: Path) -> Summary:
    """A backup in a file for its owner alone, read again to its end; raises as `write` and `check` do."""
    part = part_of(file)
    try:
        with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as out:
            await write(settings, out)
            out.flush()
            os.fsync(out.fileno())
        summary = check(part)
        part.replace(file)
    finally:
        part.unlink(missing_ok=True)
    return summary
