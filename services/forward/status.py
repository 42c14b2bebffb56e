"""`lookout forward --status`: what the spool on this machine holds, whether or not its forwarder runs."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import msgspec
from msgspec import Struct

from services.events import now
from services.forward.spool import State, count_of, load_state, received, segments_of, start_of
from services.line import escape
from services.status import columns, duration

RUNS, STOPPED, TROUBLED = 0, 3, 4
"""Exit codes."""


class Status(Struct):
    """Sizes in bytes."""

    folder: str
    runs: bool
    trouble: str
    waiting: int
    waiting_bytes: int
    oldest: datetime | None
    """When the first of those that wait was taken."""
    sent: int
    refused: int
    lost: int


def report(folder: Path, as_json: bool) -> int:
    """Prints it; returns the exit code."""
    status = look(folder)
    print(msgspec.json.encode(status).decode() if as_json else "\n".join(map(escape, _lines(status))))
    if not status.runs:
        return STOPPED
    return TROUBLED if status.trouble else RUNS


def look(folder: Path) -> Status:
    state = load_state(folder) or State(spool="")
    parts = [(each, start_of(state, each)) for each in segments_of(folder)]
    oldest = None
    for segment, start in parts:
        if start < segment.size and oldest is None:
            with open(segment.path, "rb") as file:
                file.seek(start)
                oldest = received(file.readline())
    return Status(
        folder=str(folder),
        runs=_is_held(folder / "lock"),
        trouble=state.trouble,
        waiting=sum(count_of(*each) for each in parts),
        waiting_bytes=sum(segment.size - start for segment, start in parts),
        oldest=oldest,
        sent=state.sent,
        refused=state.refused,
        lost=state.lost,
    )


def _is_held(lock: Path) -> bool:
    try:
        descriptor = os.open(lock, os.O_RDWR)
    except FileNotFoundError:
        return False
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(descriptor)
    return False


def _lines(status: Status) -> Iterator[str]:
    yield f"The forwarder of {status.folder} {'runs' if status.runs else 'does not run'}."
    if status.trouble:
        yield status.trouble
    yield ""
    waiting = f"{status.waiting} events, {status.waiting_bytes} bytes"
    if status.oldest is not None:
        waiting += f", the oldest for {duration((now() - status.oldest).total_seconds())}"
    figures = {"sent": status.sent, "refused": status.refused, "lost": status.lost}
    yield from columns([["waiting", waiting], *([name, f"{figure} events"] for name, figure in figures.items())])
