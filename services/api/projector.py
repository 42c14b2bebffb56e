"""Folds the log into the state and the history, and shows the state as it is or was.

The history is written first and the state folded after, from what was new to it: a repeat that comes after the log's
duplicate window has another seq but the same id, and is in neither. After a restart the state is the last checkpoint
plus the rows of the history behind it, and the log is followed from where the history ends.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncGenerator, Iterable, Iterator
from contextlib import aclosing
from datetime import datetime
from functools import lru_cache, partial
from typing import TypeVar

import msgspec

from services import events
from services.api import fold
from services.api.fold import Rules, State
from services.api.history import Entry, History
from services.api.history_erase import Session, Undone
from services.asgi import cancel
from services.events import Recorded
from services.follow import current_head, follow, kept_from
from services.log import EventLog, Stored
from services.room import once_there_is_room
from services.subjects import name, tokens

logger = logging.getLogger("lookout")

CHECKPOINT_EVERY = 1000
CATCHING_UP = 4000
"""Events between two checkpoints, near the head of the log and while it is still being read from far behind."""
FAR = 50_000
"""So many events behind, it is worth to make the history in a hurry."""
AT_ONCE = 16_000
"""Events that are then written together: each transaction writes every page of the index of keys again."""
PACE = 0.25
"""Seconds between two transactions near the head of the log: each costs as much as folding twenty events, and wakes the
stream service and every open page after it. What comes after such a pause is taken at once."""
TIDY_SECONDS = 60.0
"""Between two looks at what the log has dropped and which checkpoints are not needed any more."""


class Trimmed(Exception):
    """That moment lies before what is kept; `first` is the first seq that the history has."""

    def __init__(self, first: int) -> None:
        super().__init__(f"What is kept begins at seq {first}; what was before it has been dropped.")
        self.first = first


class Projector:
    """The state at the head of the log; one for each API process."""

    def __init__(self, log: EventLog, history: History, epoch: str, rules: Rules) -> None:
        self._log = log
        self._history = history
        self.epoch = epoch
        self.rules = rules
        self.state = fold.initial()
        self._checkpointed = 0
        self._news = asyncio.Event()
        self._taking = asyncio.Lock()
        """Held while the history changes, so that no state is saved that was folded from what has just been erased."""
        self.folded = 0
        """Events since this process began."""
        self.erased: set[Session] = set(history.forgotten.sessions)
        """Sessions whose events may still be in the log; who deletes them there takes them from here."""

    async def run(self) -> None:
        """Follows the log, without end."""
        goal = (await current_head(self._log, self.epoch)).last
        # Not where there is more to lose than to gain.
        hurries = goal - self.state.seq >= max(FAR, self.state.seq)
        if hurries:
            await asyncio.to_thread(self._history.hurry)
        async with aclosing(self._read(goal)) as batches, aclosing(_ahead(batches)) as ready:
            async for last, entries in ready:
                async with self._taking:
                    await self._take(last, entries)
                if hurries and last >= goal:
                    hurries = False
                    await asyncio.to_thread(self._history.settle)
                self._news.set()
                self._news.clear()

    async def _read(self, goal: int) -> AsyncGenerator[tuple[int, list[Entry]], None]:
        """What follows on the log, decoded, and the seq where it ends: up to `goal` in larger pieces."""
        waiting: list[Entry] = []
        stored = self.state.stored
        async with aclosing(follow(self._log, self.epoch, self.state.seq, PACE)) as chunks:
            async for chunk in chunks:
                waiting += _entries(chunk, stored)
                stored = waiting[-1][0].stored if waiting else stored
                last = chunk[-1].seq
                if last >= goal or len(waiting) >= AT_ONCE:
                    yield last, waiting
                    waiting = []

    async def until(self, seq: int) -> None:
        """Returns when all up to this seq is folded."""
        while self.state.seq < seq:
            await self.news()

    async def news(self) -> None:
        """Returns when the next events have been folded."""
        await self._news.wait()

    async def tidy(self) -> None:
        """Drops from the history what the log has dropped, without end."""
        while True:
            first = await kept_from(self._log, self.epoch)
            async with self._taking:
                await once_there_is_room(partial(self._trim, first))
            await once_there_is_room(self._history.thin)
            await once_there_is_room(self._history.compact)
            await asyncio.sleep(TIDY_SECONDS)

    def _trim(self, first: int) -> None:
        """Keeps the state before `first`, without which none after it could be folded; meant for another thread."""
        if self._history.first() < first <= self._history.position():
            state = self._fold_to(first - 1)
            self._history.save_checkpoint(state.seq, state.stored, fold.encode(state))
            self._history.trim(first)

    async def restore(self) -> None:
        """The state where the history ends; where it begins is marked, since nothing before it can be shown."""
        position = self._history.position()
        first = self._history.first() if position else await kept_from(self._log, self.epoch)
        if (first > 1 or not position) and self._history.checkpoint_at(position or first) is None:
            if first > 1:
                logger.warning("the state begins at seq %d: what was before it has been dropped from the log", first)
            nothing = fold.initial()
            save = partial(self._history.save_checkpoint, first - 1, nothing.stored, fold.encode(nothing))
            await once_there_is_room(save)
        self.state = await asyncio.to_thread(self._fold_to, max(position, first - 1))
        self._checkpointed = position

    async def _take(self, last: int, entries: list[Entry]) -> None:
        appended = await once_there_is_room(partial(self._history.append, entries))
        every = CHECKPOINT_EVERY if len(entries) < CHECKPOINT_EVERY else CATCHING_UP
        if appended.undone is None:
            for start in range(0, len(appended.fresh), CATCHING_UP):
                fold.evolve_all(self.state, appended.fresh[start : start + CATCHING_UP])
                await self._save(every)
            self.state.seq = last
        else:
            self.state = await once_there_is_room(partial(self._fold_anew, appended.undone, last))
        self.folded += len(appended.fresh)
        self.erased |= appended.erased
        await self._save(every)

    async def _save(self, every: int) -> None:
        if self.state.seq - self._checkpointed >= every:
            self._checkpointed = self.state.seq
            state = fold.encode(self.state)
            save = partial(self._history.save_checkpoint, self.state.seq, self.state.stored, state)
            await once_there_is_room(save)

    def _fold_anew(self, undone: Undone, seq: int) -> State:
        """The state after event `seq` without what was erased, and the checkpoints from there on; in another thread."""
        if self._history.checkpoint_at(undone.since - 1) is None:
            start = fold.initial()
            self._history.save_checkpoint(undone.begin - 1, start.stored, fold.encode(start))
        for at in undone.checkpoints:
            state = self._fold_to(at)
            self._history.save_checkpoint(at, state.stored, fold.encode(state))
        state = self._fold_to(seq)
        self._history.compact()
        return state

    def _fold_to(self, seq: int) -> State:
        """The state right after event `seq`, from the nearest checkpoint; meant for another thread."""
        nearest = self._history.checkpoint_at(seq)
        if nearest is None and self._history.first() > 1:
            raise Trimmed(self._history.first())
        state = fold.initial() if nearest is None else fold.decode(nearest.state)
        fold.evolve_all(state, self._history.rows(state.seq + 1, seq))
        state.seq = seq
        return state

    async def state_at(self, seq: int) -> State:
        """The state as it was right after event `seq`; that at the head for a later one.

        Raises Trimmed where it is before what is kept.
        """
        return self.state if seq >= self.state.seq else await asyncio.to_thread(self._fold_to, seq)


T = TypeVar("T")


async def _ahead(things: AsyncGenerator[T, None]) -> AsyncGenerator[T, None]:
    """The same, each asked for while the one before it is being worked on."""
    following = asyncio.ensure_future(anext(things))
    try:
        while True:
            thing = await following
            following = asyncio.ensure_future(anext(things))
            yield thing
    except StopAsyncIteration:
        return
    finally:
        await cancel(following)


def _entries(chunk: Iterable[Stored], after: datetime) -> Iterator[Entry]:
    """What is stored as it is folded: decoded, and with a time that never runs backwards."""
    for stored in chunk:
        if stored.erased:
            continue
        if stored.time > after:
            after = stored.time
        payload = stored.payload
        try:
            event = events.decode(_type_in(stored.subject) or _type_of(payload), payload)
        except msgspec.DecodeError as error:
            logger.warning("seq %d is no event and is passed over: %s", stored.seq, error)
            continue
        yield Recorded(stored.seq, after, event), payload


@lru_cache(maxsize=4096)
def _type_in(subject: str) -> str | None:
    return name(tokens(subject).type)


class _Typed(msgspec.Struct):
    type: str = ""


def _type_of(payload: bytes) -> str:
    """For a type whose token in the subject is only a hash of it."""
    return msgspec.json.decode(payload, type=_Typed).type
