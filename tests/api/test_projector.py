"""The projector on a log: it folds everything once, shows any moment, and goes on after a restart."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import ExitStack, asynccontextmanager
from pathlib import Path

import pytest

from services.api import fold
from services.api.fold import Rules, State
from services.api.history import History, open_history
from services.api.history_erase import Session
from services.api.projector import CHECKPOINT_EVERY, Projector, Trimmed
from services.erased import ranges
from services.events import Envelope, FileOperation, Prompt, Recorded, decode, encode, message_id, now
from services.log import Message
from services.subjects import event_subject, tokens
from tests.conftest import until
from tests.erasing import erase, erasure
from tests.memorylog import MemoryLog

RULES = Rules()


def message(number: int, session: str = "s") -> Message:
    data = (
        FileOperation(file=f"file-{number % 7}", operation="write", size=number) if number % 3 else Prompt(size=number)
    )
    event_type = "file_operation" if number % 3 else "prompt"
    event = Envelope(
        id=str(number), source="test", type=event_type, time=now(), project="p", session=session, data=data
    )
    return Message(event_subject("p", session, event_type), message_id(event), encode(event))


async def filled(count: int) -> MemoryLog:
    log = MemoryLog()
    for number in range(count):
        await log.append(message(number))
    return log


def folded(log: MemoryLog, seq: int, first: int = 1) -> State:
    """The fold of the log from `first` up to `seq`."""
    state = fold.initial()
    for stored in log.stored:
        if first <= stored.seq <= seq:
            event = decode(tokens(stored.subject).type, stored.payload)
            fold.evolve(state, Recorded(stored.seq, stored.time, event))
    state.seq = seq
    return state


Open = Callable[[], History]


@pytest.fixture
def history(tmp_path: Path) -> Iterator[Open]:
    """Opens the history of this test, as often as it is asked."""
    with ExitStack() as stack:

        def open_() -> History:
            kept = open_history(tmp_path / "history.sqlite", "epoch-1", fold.schema())
            stack.callback(kept.close)
            return kept

        yield open_


def delete(path: Path) -> None:
    for file in path.glob("history.sqlite*"):
        file.unlink()


@asynccontextmanager
async def projecting(log: MemoryLog, kept: History) -> AsyncIterator[Projector]:
    projector = Projector(log, kept, "epoch-1", RULES)
    await projector.restore()
    running = asyncio.create_task(projector.run())
    await until(lambda: projector.state.seq == log.last or running.done(), "the log is folded")
    if running.done():
        running.result()
    try:
        yield projector
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)


def assert_equal(state: State, expected: State) -> None:
    assert fold.encode(state) == fold.encode(expected)


async def test_the_state_is_the_fold_of_the_log(history: Open) -> None:
    log = await filled(50)
    async with projecting(log, history()) as projector:
        await log.append(message(50))
        await until(lambda: projector.state.seq == 51, "the new event is folded")
        assert_equal(projector.state, folded(log, 51))


@pytest.mark.parametrize("count", [5, CHECKPOINT_EVERY + 5])
async def test_after_a_restart_it_goes_on_where_it_was(history: Open, count: int) -> None:
    log = await filled(count)
    kept = history()
    async with projecting(log, kept):
        pass
    kept.close()
    for number in range(count, count + 10):
        await log.append(message(number))
    async with projecting(log, history()) as projector:
        assert_equal(projector.state, folded(log, count + 10))
        assert projector.folded == 10


async def test_a_history_that_was_deleted_is_made_again_from_the_log(history: Open, tmp_path: Path) -> None:
    log = await filled(20)
    kept = history()
    async with projecting(log, kept):
        pass
    kept.close()
    delete(tmp_path)
    again = history()
    async with projecting(log, again) as projector:
        assert_equal(projector.state, folded(log, 20))
        assert again.position() == 20


async def test_the_state_is_shown_as_it_was_at_any_position(history: Open) -> None:
    log = await filled(CHECKPOINT_EVERY + 300)
    async with projecting(log, history()) as projector:
        for seq in (0, 1, 17, CHECKPOINT_EVERY - 1, CHECKPOINT_EVERY, CHECKPOINT_EVERY + 299):
            assert_equal(await projector.state_at(seq), folded(log, seq))


async def test_a_repeat_that_the_log_stored_again_is_folded_once(history: Open) -> None:
    log = await filled(10)
    log.ids.clear()
    await log.append(message(4))
    async with projecting(log, history()) as projector:
        expected = folded(log, 10)
        expected.seq = 11
        assert_equal(projector.state, expected)


async def test_a_log_that_was_trimmed_is_folded_from_where_it_begins(history: Open) -> None:
    log = await filled(30)
    log.trim(11)
    async with projecting(log, history()) as projector:
        assert_equal(projector.state, folded(log, 30, first=11))
        assert_equal(await projector.state_at(15), folded(log, 15, first=11))
        with pytest.raises(Trimmed) as trimmed:
            await projector.state_at(7)
        assert trimmed.value.first == 11


async def test_what_the_log_has_dropped_leaves_the_history_and_the_state_at_the_head_stays(history: Open) -> None:
    log = await filled(30)
    kept = history()
    async with projecting(log, kept) as projector:
        before = MemoryLog()
        before.stored = list(log.stored)
        log.trim(21)
        tidying = asyncio.create_task(projector.tidy())
        await until(lambda: kept.first() == 21, "the history is trimmed")
        tidying.cancel()
        assert_equal(await projector.state_at(25), folded(before, 25))
        with pytest.raises(Trimmed):
            await projector.state_at(5)


async def test_an_event_that_only_a_newer_version_understands_is_kept_and_not_folded(history: Open) -> None:
    log = await filled(3)
    payload = encode(decode("file_operation", log.stored[1].payload)).replace(b'"write"', b'"teleport"')
    await log.append(
        Message(event_subject("p", "s", "file_operation"), "newer", payload.replace(b'"id":"1"', b'"id":"x"'))
    )
    await log.append(message(7))
    kept = history()
    async with projecting(log, kept) as projector:
        assert projector.state.seq == 5
        assert kept.event(4) is not None


@pytest.mark.parametrize("event_type", ["prompt", "a-type-so-long-that-only-its-hash-is-in-the-subject" * 4])
async def test_what_is_no_event_at_all_is_passed_over(history: Open, event_type: str) -> None:
    log = await filled(3)
    await log.append(Message(event_subject("p", "s", event_type), "junk", b"junk"))
    await log.append(message(7))
    async with projecting(log, history()) as projector:
        assert projector.state.seq == 5


async def erased(log: MemoryLog, session: str = "t") -> int:
    """Erases a session as the API does; returns the seq of the event that says so."""
    theirs = [each.seq for each in log.stored if f".{session}." in each.subject and each.seq not in log.gone]
    return await erase(log, ranges(theirs), session)


def without(log: MemoryLog, seq: int, session: str = "t") -> State:
    """The fold of the log up to `seq` as if the session had never been."""
    spared = MemoryLog()
    spared.stored = [each for each in log.stored if f".{session}." not in each.subject]
    return folded(spared, seq)


async def mixed(count: int, every: int = 3) -> MemoryLog:
    log = MemoryLog()
    for number in range(count):
        await log.append(message(number, "s" if number % every else "t"))
    return log


@pytest.mark.parametrize("count", [40, CHECKPOINT_EVERY * 2 + 300])
async def test_an_erased_session_is_in_no_state_now_or_before(history: Open, count: int) -> None:
    log = await mixed(count)
    kept = history()
    async with projecting(log, kept) as projector:
        for seq in range(10, count, 500):
            state = await projector.state_at(seq)
            kept.save_checkpoint(seq, state.stored, fold.encode(state))
        shown = projector.state
        last = await erased(log)
        await until(lambda: projector.state.seq == last, "it is folded")
        assert projector.state is not shown
        assert_equal(projector.state, without(log, last))
        for seq in (0, 1, 2, 17, count // 2, count - 1, count):
            assert_equal(await projector.state_at(seq), without(log, seq))
        await log.append(message(count + 1))
        await until(lambda: projector.state.seq == last + 1, "it goes on")
        assert_equal(projector.state, without(log, last + 1))
    for seq in range(10, count, 500):
        checkpoint = kept.checkpoint_at(seq)
        assert checkpoint is not None
        assert checkpoint.seq == seq
        assert_equal(fold.decode(checkpoint.state), without(log, seq))


async def test_a_history_that_is_made_again_from_an_erased_log_is_the_same(history: Open, tmp_path: Path) -> None:
    log = await mixed(60)
    last = await erased(log)
    async with projecting(log, history()) as projector:
        assert projector.state.seq == last
        assert_equal(projector.state, without(log, last))
        assert_equal(await projector.state_at(30), without(log, 30))


async def test_an_erasure_that_was_cut_short_is_the_same_to_whoever_reads_the_log_anew(history: Open) -> None:
    log = await mixed(30)
    await log.append(erasure([(1, 1), (4, 4), (7, 7)], "t"))
    await log.append(message(0, "t")._replace(id="late"))
    await log.append(message(31))
    async with projecting(log, history()) as projector:
        assert_equal(projector.state, without(log, 33))
        assert projector.erased == {Session("p", "t")}


async def test_a_session_that_began_before_the_log_does_is_gone_too(history: Open) -> None:
    log = await mixed(30)
    kept = history()
    async with projecting(log, kept) as projector:
        log.trim(21)
        tidying = asyncio.create_task(projector.tidy())
        await until(lambda: kept.first() == 21, "the history is trimmed")
        tidying.cancel()
        last = await erased(log)
        await until(lambda: projector.state.seq == last, "it is folded")
        assert b"t/main" not in fold.encode(projector.state)
        assert_equal(await projector.state_at(25), folded_from(log, 21, 25))


def folded_from(log: MemoryLog, first: int, seq: int) -> State:
    spared = MemoryLog()
    spared.stored = [each for each in log.stored if ".t." not in each.subject]
    return folded(spared, seq, first)


async def test_after_an_erasure_and_a_restart_it_goes_on_where_it_was(history: Open) -> None:
    log = await mixed(40)
    kept = history()
    async with projecting(log, kept) as projector:
        last = await erased(log)
        await until(lambda: projector.state.seq == last, "it is folded")
    kept.close()
    async with projecting(log, history()) as projector:
        assert_equal(projector.state, without(log, last))
        assert projector.erased == {Session("p", "t")}
