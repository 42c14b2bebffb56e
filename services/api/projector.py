"""Folds the log into the state and the history, and shows the state as it is or was.

The history is written first and the state folded after, from what was new to it: a repeat that comes after the log's
duplicate window has another seq but the same id, and is in neither. After a restart the state is the last checkpoint
plus the rows of the history behind it, and the log is followed from where the history ends.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncGenerator
from contextlib import aclosing
from functools import partial
from typing import TypeVar

from services.api import fold
from services.api.entries import entries, type_in
from services.api.fold import Rules, State
from services.api.history import Appended, History
from services.api.history_apart import HistoryApart, kept_apart
from services.api.history_erase import Session, Undone
from services.asgi import cancel
from services.follow import current_head, follow, kept_from
from services.log import EventLog, Stored
from services.room import once_there_is_room

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
        self._keeper: History | HistoryApart = history
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
        async with aclosing(self._read(goal)) as batches, aclosing(_ahead(batches)) as ready:
            # Not where there is more to lose than to gain.
            if goal - self.state.seq >= max(FAR, self.state.seq):
                async with self._taking:
                    await self._hurry(goal, ready)
            async for chunk in ready:
                async with self._taking:
                    await self._take(chunk)

    async def _hurry(self, goal: int, ready: AsyncGenerator[list[Stored], None]) -> None:
        """Takes what there is up to the seq `goal`: each chunk is kept by another process while what it has kept of the
        one before is folded here."""
        folding = asyncio.ensure_future(asyncio.sleep(0))
        try:
            with kept_apart(self._history) as self._keeper:
                await asyncio.to_thread(self._keeper.begin, self.state.stored)
                async for chunk in ready:
                    last = chunk[-1].seq
                    # No state may be kept that knows of what has just been erased.
                    alone = last >= goal or any(type_in(each.subject) == "session_erased" for each in chunk)
                    if alone:
                        await folding
                    told = await once_there_is_room(partial(self._keeper.append, chunk))
                    await folding
                    folding = asyncio.ensure_future(self._fold_kept(last, told))
                    if alone:
                        await folding
                    if last >= goal:
                        break
                await once_there_is_room(self._keeper.finish)
        finally:
            self._keeper = self._history
            await cancel(folding)
        await asyncio.to_thread(self._history.settle)

    async def _fold_kept(self, last: int, told: Appended) -> None:
        """Folds what the history has up to the seq `last`, where all that is new to it was told of."""
        start = self.state.seq + 1 if told.undone is None else last + 1
        for first in range(start, last + 1, CATCHING_UP):
            end = min(first + CATCHING_UP - 1, last)
            fresh = await asyncio.to_thread(list, self._history.rows(first, end))
            await self._fold(end, Appended(fresh, None, set()))
        await self._fold(last, told)

    async def _read(self, goal: int) -> AsyncGenerator[list[Stored], None]:
        """What follows on the log, up to `goal` in larger pieces."""
        waiting: list[Stored] = []
        async with aclosing(follow(self._log, self.epoch, self.state.seq, PACE)) as chunks:
            async for chunk in chunks:
                waiting += chunk
                if chunk[-1].seq >= goal or len(waiting) >= AT_ONCE:
                    yield waiting
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

    async def _take(self, chunk: list[Stored]) -> None:
        fresh = list(entries(chunk, self.state.stored))
        await self._fold(chunk[-1].seq, await once_there_is_room(partial(self._history.append, fresh)))

    async def _fold(self, last: int, appended: Appended) -> None:
        """Folds what was appended up to the seq `last`, and tells that there is news."""
        every = CHECKPOINT_EVERY if len(appended.fresh) < CHECKPOINT_EVERY else CATCHING_UP
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
        self._news.set()
        self._news.clear()

    async def _save(self, every: int) -> None:
        if self.state.seq - self._checkpointed >= every:
            self._checkpointed = self.state.seq
            state = fold.encode(self.state)
            save = partial(self._keeper.save_checkpoint, self.state.seq, self.state.stored, state)
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
