"""The history, written by a process of its own, while the one that reads the log folds what was written before.

It is worth its start where the log is far ahead: a Python process keeps one core busy. One process at a time writes, so
its reader leaves the history alone meanwhile; readers are many as ever. Requests and answers are MessagePack behind
their length in eight bytes, by stdin and stdout, one at a time. The process ends when stdin does, and so with its
reader, however that ends. Nothing of it is lost then: the file is marked (`History.hurry`), and made anew.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import datetime
from pathlib import Path
from typing import IO, NamedTuple, TypeVar

import msgspec
from msgspec import Struct

from services.api.entries import entries
from services.api.history import Appended, Entry, History
from services.api.history_erase import Session, Undone
from services.api.history_file import HistoryFile
from services.log import Stored
from services.room import NoRoom

COMMAND = (sys.executable, "-P", "-m", "services.api.history_apart")

LENGTH = 8

PIPE = 1 << 20
"""Bytes that wait in a pipe: as many as a process may have there by default on Linux."""


class Ended(Exception):
    """The process has ended before it was told to; why stands in the log."""


class Place(Struct):
    """The first request: which file, its key, and the time before which nothing is stored."""

    path: str
    key: str
    after: datetime


class Checkpoint(NamedTuple):
    seq: int
    stored: datetime
    state: bytes


class Batch(Struct):
    """Every other request: checkpoints of what was appended before, and what follows on the log."""

    checkpoints: list[Checkpoint]
    chunk: list[Stored]


class Answer(Struct, omit_defaults=True):
    """What `Appended` says beside what is fresh; or why there was no room."""

    undone: Undone | None = None
    erased: set[Session] = set()
    no_room: str = ""


class HistoryApart:
    """What `History` has for a writer. A checkpoint is kept with what is appended next, or at the end."""

    def __init__(self, history: History, process: subprocess.Popen[bytes]) -> None:
        assert process.stdin is not None
        assert process.stdout is not None
        self._history = history
        self._process = process
        self._requests, self._answers = process.stdin, process.stdout
        self._checkpoints: list[Checkpoint] = []

    def begin(self, after: datetime) -> None:
        """Returns when the process has opened the file, which before it may be another one than this reader's."""
        path, key = self._history.place
        self._ask(Place(str(path), key, after))

    def append(self, chunk: Sequence[Stored]) -> Appended:
        """What is fresh is not told: the history has it. Raises NoRoom where the disk is full, and Ended."""
        checkpoints = self._checkpoints[:]
        answer = self._ask(Batch(checkpoints, list(chunk)))
        # Another thread may have added one.
        del self._checkpoints[: len(checkpoints)]
        if answer.erased:
            self._history.remember()
        return Appended([], answer.undone, answer.erased)

    def save_checkpoint(self, seq: int, stored: datetime, state: bytes) -> None:
        self._checkpoints.append(Checkpoint(seq, stored, state))

    def finish(self) -> None:
        """Returns when all is written and the process has ended. Raises NoRoom and Ended."""
        self.append([])
        self._requests.close()
        if self._process.wait():
            raise self._ended()

    def close(self) -> None:
        """What is still to be sent to a process that has ended is given up."""
        with suppress(BrokenPipeError):
            self._requests.close()

    def _ask(self, request: Struct) -> Answer:
        try:
            _send(self._requests, request)
            answer = _receive(self._answers, Answer)
        except BrokenPipeError:
            raise self._ended() from None
        if answer is None:
            raise self._ended()
        if answer.no_room:
            raise NoRoom(answer.no_room)
        return answer

    def _ended(self) -> Ended:
        return Ended(f"the process that writes the history has ended ({self._process.wait()})")


@contextmanager
def kept_apart(history: History) -> Iterator[HistoryApart]:
    """A process that is not finished when the block ends is killed."""
    with subprocess.Popen(COMMAND, stdin=subprocess.PIPE, stdout=subprocess.PIPE, pipesize=PIPE) as process:
        apart = HistoryApart(history, process)
        try:
            yield apart
        finally:
            process.kill()
            apart.close()


def main() -> None:
    with suppress(BrokenPipeError):
        _serve(sys.stdin.buffer, sys.stdout.buffer)
    # Without closing the file: where the reader was killed, its successor may be making another one of that name, whose
    # journal SQLite would then delete.
    os._exit(0)


def _serve(requests: IO[bytes], answers: IO[bytes]) -> None:
    place = _receive(requests, Place)
    if place is None:
        return
    history = History(HistoryFile(Path(place.path), place.key))
    history.hurry()
    _send(answers, Answer())
    after = place.after
    while (batch := _receive(requests, Batch)) is not None:
        kept = list(entries(batch.chunk, after))
        _send(answers, _written(history, batch.checkpoints, kept))
        after = kept[-1][0].stored if kept else after


def _written(history: History, checkpoints: Sequence[Checkpoint], kept: Sequence[Entry]) -> Answer:
    """Twice equals once."""
    try:
        for each in checkpoints:
            history.save_checkpoint(*each)
        appended = history.append(kept)
    except NoRoom as error:
        return Answer(no_room=str(error))
    return Answer(appended.undone, appended.erased)


M = TypeVar("M", bound=Struct)


def _send(pipe: IO[bytes], message: Struct) -> None:
    encoded = msgspec.msgpack.encode(message)
    pipe.write(len(encoded).to_bytes(LENGTH, "big"))
    pipe.write(encoded)
    pipe.flush()


def _receive(pipe: IO[bytes], kind: type[M]) -> M | None:
    """None where the other end has been closed."""
    length = pipe.read(LENGTH)
    if len(length) < LENGTH:
        return None
    size = int.from_bytes(length, "big")
    encoded = pipe.read(size)
    return msgspec.msgpack.decode(encoded, type=kind) if len(encoded) == size else None


if __name__ == "__main__":
    main()
