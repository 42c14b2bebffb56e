"""The spool: events on this machine's disk until the server has them, in order.

A folder of segments, `00000001.ndjson` and on: files that are only ever appended to, an event a line. `state.json`
says up to where the server has them; a segment behind that is removed. What `append` has returned from is on the disk;
a line that it was cut off in has no end, and is none. Whatever moment a power cut or a kill -9 picks, at worst the
state is older than it might be, and what it does not know of is sent again under the same ids.

It is for one thread at a time; others may only read its figures.
"""

from __future__ import annotations

import fcntl
import os
import secrets
from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import NamedTuple

import msgspec
from msgspec import Struct

BATCH_BYTES = 512 * 1024
SEGMENT_BYTES = 8 << 20
"""Or a sixteenth of the spool: what is sent is freed by the segment."""
REFUSED = "refused.ndjson"
REFUSED_BYTES = 8 << 20
"""What is kept, at most, of events that the server refused; later ones are only counted."""


class Occupied(Exception):
    """Another forwarder has this spool."""


class State(Struct):
    """What is saved: how far the server has the events, and what has become of all of them."""

    spool: str
    """Tells this spool apart from every other, of this machine and of others."""
    segment: int = 0
    offset: int = 0
    sent: int = 0
    refused: int = 0
    """Set aside, since the server does not take them."""
    lost: int = 0
    """Turned away, since the spool was full or the disk failed."""
    trouble: str = ""
    """Why the server does not have what waits; nothing while it takes events."""


class Segment:
    """One file of the spool; `size` bytes of it are whole events on the disk."""

    __slots__ = ("number", "path", "size")

    def __init__(self, path: Path, size: int) -> None:
        self.path = path
        self.number = int(path.stem)
        self.size = size


class Batch(NamedTuple):
    """The oldest events that the server does not have, a line each, and where they end."""

    lines: list[bytes]
    segment: int
    end: int


class Refusal(NamedTuple):
    """An event that the server does not take, and why."""

    line: bytes
    detail: str


class Spool:
    """Opened, it is this process's alone. Raises Occupied, or OSError where the folder cannot be written to."""

    def __init__(self, folder: Path, max_bytes: int) -> None:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.folder = folder
        self._lock = _locked(folder / "lock")
        self.max_bytes = max_bytes
        self._segment_bytes = min(SEGMENT_BYTES, max_bytes // 16)
        self.state = load_state(folder) or State(spool=secrets.token_hex(8))
        # It was that of another run.
        self.state.trouble = ""
        # Replaced and never changed, for threads that read figures meanwhile.
        self._segments = segments_of(folder)
        self.waiting = sum(count_of(each, start_of(self.state, each)) for each in self._segments)
        """Events that the server does not have yet."""
        self._file = -1
        self._is_sealed = True
        self._roll()
        self.save()

    @property
    def size(self) -> int:
        """Bytes that cannot be freed before more is sent."""
        return sum(each.size for each in self._segments if start_of(self.state, each) < each.size)

    @property
    def waiting_bytes(self) -> int:
        return sum(each.size - start_of(self.state, each) for each in self._segments)

    def append(self, lines: bytes, count: int) -> None:
        """Puts `count` events, each a line with its end, on the disk, all or none; raises OSError for none."""
        if self._is_sealed or self._segments[-1].size >= self._segment_bytes:
            self._roll()
        last = self._segments[-1]
        try:
            _write(self._file, lines)
            os.fsync(self._file)
        except OSError:
            # After a failed fsync nobody knows what of the file is on the disk, and a second would not tell.
            self._is_sealed = True
            with suppress(OSError):
                os.ftruncate(self._file, last.size)
            raise
        last.size += len(lines)
        self.waiting += count

    def read(self, most: int) -> Batch:
        """At most `most` events and about `BATCH_BYTES`, but one where there is one."""
        for segment in self._segments:
            start = start_of(self.state, segment)
            if start < segment.size:
                lines = _lines(segment, start, most)
                return Batch(lines, segment.number, start + sum(map(len, lines)))
        return Batch([], self.state.segment, self.state.offset)

    def oldest(self) -> datetime | None:
        """When the first event was taken that the server does not have."""
        lines = self.read(1).lines
        return received(lines[0]) if lines else None

    def advance(self, batch: Batch, refused: Sequence[Refusal] = ()) -> None:
        """The server has these events, save those that it refused: they are set aside."""
        if refused:
            self._set_aside(refused)
        self.state.segment, self.state.offset = batch.segment, batch.end
        self.state.sent += len(batch.lines) - len(refused)
        self.state.refused += len(refused)
        self.waiting -= len(batch.lines)
        self.save()
        self._free()

    def save(self) -> None:
        """Puts the state on the disk; a full one keeps the one before, by which events are sent again and none lost."""
        path = self.folder / "state.json"
        with suppress(OSError):
            with open(path.with_suffix(".new"), "wb", opener=_private) as file:
                file.write(msgspec.json.encode(self.state))
                file.flush()
                os.fsync(file.fileno())
            path.with_suffix(".new").replace(path)

    def close(self) -> None:
        os.close(self._file)
        os.close(self._lock)

    def _roll(self) -> None:
        """Begins a new segment."""
        number = max([self.state.segment, *(each.number for each in self._segments)]) + 1
        path = self.folder / f"{number:08}.ndjson"
        descriptor = _private(str(path), os.O_WRONLY | os.O_CREAT | os.O_APPEND)
        _sync(self.folder)
        if self._file >= 0:
            os.close(self._file)
        self._file = descriptor
        self._is_sealed = False
        self._segments = [*self._segments, Segment(path, 0)]
        self._free()

    def _free(self) -> None:
        """Removes what the server has, and what is empty, save the segment that is appended to."""
        *others, last = self._segments
        freed = [each for each in others if start_of(self.state, each) >= each.size]
        self._segments = [*(each for each in others if each not in freed), last]
        for each in freed:
            each.path.unlink(missing_ok=True)

    def _set_aside(self, refused: Sequence[Refusal]) -> None:
        notes = [{"detail": each.detail, "event": each.line.decode(errors="replace")} for each in refused]
        lines = b"".join(msgspec.json.encode(note) + b"\n" for note in notes)
        with suppress(OSError), open(self.folder / REFUSED, "ab", opener=_private) as file:
            if file.tell() + len(lines) <= REFUSED_BYTES:
                file.write(lines)


class Received(Struct):
    received: datetime


def received(line: bytes) -> datetime | None:
    """When an event was taken; None where the disk has spoiled it."""
    try:
        return msgspec.json.decode(line, type=Received).received
    except msgspec.DecodeError:
        return None


def load_state(folder: Path) -> State | None:
    """None where there is none, or none that can be read: then everything there is will be sent."""
    try:
        return msgspec.json.decode((folder / "state.json").read_bytes(), type=State)
    except (FileNotFoundError, msgspec.DecodeError):
        return None


def segments_of(folder: Path) -> list[Segment]:
    """Oldest first, without what an append that was cut off has left at their ends."""
    paths = sorted((each for each in folder.glob("*.ndjson") if each.stem.isdigit()), key=lambda each: int(each.stem))
    return [Segment(path, path.read_bytes().rfind(b"\n") + 1) for path in paths]


def start_of(state: State, segment: Segment) -> int:
    """Where in a segment the first event is that the server does not have."""
    if segment.number == state.segment:
        return min(state.offset, segment.size)
    return 0 if segment.number > state.segment else segment.size


def count_of(segment: Segment, start: int) -> int:
    return segment.path.read_bytes()[start : segment.size].count(b"\n")


def _lines(segment: Segment, start: int, most: int) -> list[bytes]:
    with open(segment.path, "rb") as file:
        file.seek(start)
        *lines, _ = file.read(min(BATCH_BYTES, segment.size - start)).split(b"\n")
        if lines:
            return [line + b"\n" for line in lines[:most]]
        # Longer than a batch: no event is, but one that the disk has spoiled may seem to be.
        file.seek(start)
        return [file.readline(segment.size - start)]


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)


def _locked(path: Path) -> int:
    descriptor = _private(str(path), os.O_RDWR | os.O_CREAT)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(descriptor)
        raise Occupied(f"Another forwarder uses {path.parent}: stop it, or give this one another --spool.") from None
    return descriptor


def _write(descriptor: int, data: bytes) -> None:
    view = memoryview(data)
    while view:
        view = view[os.write(descriptor, view) :]


def _sync(folder: Path) -> None:
    """Puts on the disk which files there are."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
