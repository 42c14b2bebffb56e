"""Erases sessions: says so on the log, then deletes there what belongs to them, however often it must begin again.

The history and the states drop a session when they meet the event that says so (`services/api/projector.py`). What
comes to the log for an erased session later (ingest learns of an erasure within a second) is met there too, and
deleted here.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import aclosing
from typing import Any

import msgspec

from services.api.history import History
from services.api.history_erase import Session
from services.api.projector import Projector
from services.erased import Erased, Range, ranges
from services.events import LOOKOUT, Envelope, SessionErased, natural_id, now
from services.follow import RETRY, learn
from services.log import EventLog, Stored, Unavailable, message
from services.subjects import session_subjects

RANGES = 4000
"""In one event, so that it stays well below the size that is stored at most."""


class Eraser:
    def __init__(self, log: EventLog, history: History, projector: Projector) -> None:
        self._log = log
        self._history = history
        self._projector = projector

    async def found(self, session: str, project: str | None) -> dict[str, list[int]]:
        """The seqs that the log has of a session, by project. Raises Unavailable."""
        seqs: dict[str, list[int]] = defaultdict(list)
        async with aclosing(self._log.matching(session_subjects(project, session))) as chunks:
            async for chunk in chunks:
                for stored in chunk:
                    seqs[_project_of(stored)].append(stored.seq)
        return seqs

    async def tell(self, session: Session, seqs: Sequence[int], by: str) -> int:
        """Says that these are erased, and returns where it says so; what was said before is not said again."""
        known = Erased()
        await learn(self._log, known)
        new = ranges(seq for seq in seqs if known.find(seq) is None)
        seq = 0
        if new or session not in self._history.forgotten.sessions:
            for event in _erasures(session, new, by):
                seq = (await self._log.append(message(event))).seq
        return seq

    async def run(self) -> None:
        """Deletes what is left of erased sessions, without end."""
        while True:
            while self._projector.erased:
                session = self._projector.erased.pop()
                try:
                    await self._delete(session)
                except Unavailable:
                    self._projector.erased.add(session)
                    await asyncio.sleep(RETRY)
            await self._projector.news()

    async def forgotten(self, subject: str, payload: bytes) -> bytes:
        """Answers ingest: the erased sessions that it may not know, each with the seq of the event that says so."""
        after = msgspec.json.decode(payload, type=int)
        sessions = self._history.forgotten.sessions
        return msgspec.json.encode([(*session, seq) for session, seq in sessions.items() if seq > after])

    async def _delete(self, session: Session) -> None:
        while seqs := (await self.found(session.session, session.project)).get(session.project):
            await self.tell(session, seqs, LOOKOUT)
            for seq in seqs:
                await self._log.erase(seq)


def _erasures(session: Session, erased: Sequence[Range], by: str) -> Iterator[Envelope[Any]]:
    """The same for every API that finds the same to erase."""
    for start in range(0, max(1, len(erased)), RANGES):
        part = list(erased[start : start + RANGES])
        told = [f"{first}-{last}" for first, last in part]
        yield Envelope(
            id=natural_id("session_erased", *session, *told),
            source=LOOKOUT,
            type="session_erased",
            time=now(),
            project=session.project,
            agent=by,
            data=SessionErased(session_id=session.session, ranges=part, by=by),
        )


class _Placed(msgspec.Struct):
    project: str = ""


def _project_of(stored: Stored) -> str:
    return msgspec.json.decode(stored.payload, type=_Placed).project
