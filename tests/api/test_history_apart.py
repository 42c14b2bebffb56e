"""A history that another process writes is the one that this process would have written."""

from __future__ import annotations

import asyncio
import random
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, closing, suppress
from pathlib import Path

import psutil
import pytest

from services import room
from services.api import fold, history_apart, projector
from services.api.history import History, open_history
from services.api.history_apart import Ended, kept_apart
from services.api.history_erase import Session
from services.api.projector import Projector
from services.api.sqlite import sqlite3
from services.erased import ranges
from services.log import Message
from services.subjects import event_subject
from tests.api.test_history import NOW, found
from tests.api.test_projector import RULES, assert_equal, filled, message, without
from tests.conftest import until
from tests.erasing import erase
from tests.memorylog import MemoryLog

KEY = "0f" * 32
COUNT = 3500


@pytest.fixture(autouse=True)
def _in_a_hurry(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(projector, "FAR", 10)
    monkeypatch.setattr(projector, "AT_ONCE", 500)
    monkeypatch.setattr(projector, "CATCHING_UP", 300)


@pytest.fixture
def opened(tmp_path: Path) -> Iterator[History]:
    history = open_history(tmp_path / "history.sqlite", "epoch-1", fold.schema())
    yield history
    history.close()


async def rebuilt(log: MemoryLog, history: History) -> Projector:
    """The projector when it has folded the whole log."""
    made = Projector(log, history, "epoch-1", RULES)
    await made.restore()
    running = asyncio.create_task(made.run())
    path, _ = history.place
    hurries = path.with_name(f"{path.name}-damaged")
    await until(lambda: running.done() or (made.state.seq == log.last and not hurries.exists()), "the log is folded")
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    return made


def writers() -> list[psutil.Process]:
    """The processes that write a history for this one."""
    found = []
    for each in psutil.Process().children():
        with suppress(psutil.NoSuchProcess):
            if history_apart.__name__ in " ".join(each.cmdline()):
                found.append(each)
    return found


def contents(path: Path) -> list[list[tuple[object, ...]]]:
    """All that is in the file but its checkpoints, which stand elsewhere the larger the steps are."""
    events = (
        "SELECT seq, stored, level, waiting, dur, size, key, payload, (SELECT text FROM names WHERE id = events.type),"
        " (SELECT text FROM names WHERE id = session), (SELECT text FROM names WHERE id = events.path)"
        " FROM events JOIN payloads USING (seq) ORDER BY seq"
    )
    selects = (events, "SELECT * FROM segments", "SELECT field, text FROM names ORDER BY field, text")
    with closing(sqlite3.connect(path)) as db:
        return [db.execute(select).fetchall() for select in selects]


async def adventurous(seed: int) -> MemoryLog:
    """A log with repeats, with what is no event, and with sessions that are erased, of which more comes later."""
    chance = random.Random(seed)
    log = MemoryLog()
    for number in range(COUNT):
        dice = chance.random()
        session = chance.choice("stu")
        if dice < 0.01 and number:
            log.ids.clear()
            await log.append(message(chance.randrange(number), session))
        elif dice < 0.02:
            await log.append(Message(event_subject("p", "s", "prompt"), f"junk-{number}", b"junk"))
        elif dice < 0.021:
            theirs = [each.seq for each in log.stored if f".{session}." in each.subject and each.seq not in log.gone]
            await erase(log, ranges(theirs), session)
        else:
            await log.append(message(number, session))
    return log


@pytest.mark.parametrize("seed", range(4))
async def test_it_is_the_same_as_one_that_was_written_here(
    seed: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    log = await adventurous(seed)
    paths = [tmp_path / f"{name}.sqlite" for name in ("apart", "here")]
    with ExitStack() as stack:
        apart, here = (open_history(path, "epoch-1", fold.schema()) for path in paths)
        stack.callback(apart.close)
        stack.callback(here.close)
        quick = await rebuilt(log, apart)
        monkeypatch.setattr(projector, "FAR", 1 << 40)
        slow = await rebuilt(log, here)
        assert_equal(quick.state, slow.state)
        for seq in range(0, COUNT, 311):
            assert_equal(await quick.state_at(seq), await slow.state_at(seq))
        assert quick.erased == slow.erased
        assert quick.folded == slow.folded
        assert apart.position() == here.position()
        assert apart.forgotten.sessions == here.forgotten.sessions
        for words in ("file", "write", "file-3*", "-prompt"):
            assert found(apart, words, limit=COUNT) == found(here, words, limit=COUNT)
    assert contents(paths[0]) == contents(paths[1])


async def test_checkpoints_are_kept_too_and_know_nothing_of_what_was_erased_later(opened: History) -> None:
    log = MemoryLog()
    for number in range(COUNT):
        await log.append(message(number, "s" if number % 3 else "t"))
    theirs = [each.seq for each in log.stored if ".t." in each.subject]
    await erase(log, ranges(theirs), "t")
    for seq in theirs:
        log.gone.discard(seq)
    for number in range(COUNT, COUNT + 1200):
        await log.append(message(number))
    made = await rebuilt(log, opened)
    assert made.erased == {Session("p", "t")}
    assert Session("p", "t") in opened.forgotten.sessions
    seqs = set()
    for seq in range(COUNT + 1200):
        checkpoint = opened.checkpoint_at(seq)
        assert checkpoint is not None
        if checkpoint.seq not in seqs:
            seqs.add(checkpoint.seq)
            assert_equal(fold.decode(checkpoint.state), without(log, checkpoint.seq))
    assert len(seqs) > COUNT / 1000


async def test_an_encrypted_history_is_written_with_its_key_which_no_command_line_shows(tmp_path: Path) -> None:
    path = tmp_path / "history.sqlite"
    with closing(open_history(path, "epoch-1", fold.schema(), KEY)) as history:
        with kept_apart(history) as keeper:
            keeper.begin(NOW)
            assert [KEY in " ".join(each.cmdline()) for each in writers()] == [False]
            keeper.append((await filled(20)).stored)
            keeper.finish()
        assert history.position() == 20
    assert not path.read_bytes().startswith(b"SQLite format 3")


class HaltingLog(MemoryLog):
    """Once `go_on` is cleared it is read up to a seq, and on when it is set again."""

    def __init__(self, halt: int) -> None:
        super().__init__()
        self.halt = halt
        self.go_on = asyncio.Event()
        self.go_on.set()

    async def read(self, first: int, last: int):  # type: ignore[no-untyped-def]
        async for chunk in super().read(first, last):
            if chunk[-1].seq > self.halt:
                await self.go_on.wait()
            yield chunk


async def halting(halt: int) -> HaltingLog:
    log = HaltingLog(halt)
    for number in range(COUNT):
        await log.append(message(number))
    return log


async def test_where_it_is_killed_the_projector_fails_and_the_next_one_makes_the_history_anew(tmp_path: Path) -> None:
    log = await halting(1500)
    path = tmp_path / "history.sqlite"
    with closing(open_history(path, "epoch-1", fold.schema())) as history:
        made = Projector(log, history, "epoch-1", RULES)
        await made.restore()
        log.go_on.clear()
        running = asyncio.create_task(made.run())
        await until(lambda: history.position() > 0, "something is written")
        (writer,) = writers()
        writer.kill()
        log.go_on.set()
        with pytest.raises(Ended, match="-9"):
            await running
    with closing(open_history(path, "epoch-1", fold.schema())) as history:
        assert history.position() == 0
        made = await rebuilt(log, history)
        assert_equal(made.state, without(log, COUNT))


async def test_a_projector_that_is_cancelled_leaves_no_process_and_no_history(tmp_path: Path) -> None:
    log = await halting(1500)
    path = tmp_path / "history.sqlite"
    with closing(open_history(path, "epoch-1", fold.schema())) as history:
        made = Projector(log, history, "epoch-1", RULES)
        await made.restore()
        log.go_on.clear()
        running = asyncio.create_task(made.run())
        await until(lambda: history.position() > 0, "something is written")
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
        assert writers() == []
    with closing(open_history(path, "epoch-1", fold.schema())) as history:
        assert history.position() == 0


FULL = """
from services import disk
from services.api import history_apart, history_file
disk.RESERVE = 1 << 62
history_file.BUSY_SECONDS = 0.0
history_apart.main()
"""
"""Where the disk counts as full, and nothing can be written while another writes."""


async def test_while_the_disk_is_full_it_waits(
    opened: History, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(room, "AGAIN", 0.01)
    monkeypatch.setattr(history_apart, "COMMAND", (sys.executable, "-c", FULL))
    log = await halting(1500)
    made = Projector(log, opened, "epoch-1", RULES)
    await made.restore()
    log.go_on.clear()
    running = asyncio.create_task(made.run())
    await until(lambda: opened.position() > 0 or running.done(), "something is written")
    with closing(sqlite3.connect(tmp_path / "history.sqlite", isolation_level=None)) as db:
        db.execute("BEGIN IMMEDIATE")
        log.go_on.set()
        await until(lambda: "waiting for room" in caplog.text or running.done(), "it waits")
        position = opened.position()
        assert position < COUNT
        db.execute("COMMIT")
    await until(lambda: made.state.seq == COUNT or running.done(), "the log is folded")
    assert_equal(made.state, without(log, COUNT))
    assert opened.position() == COUNT
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)


READER = """
import sys, time
from datetime import datetime, UTC
from pathlib import Path
from services.api.history import open_history
from services.api.history_apart import kept_apart
with kept_apart(open_history(Path(sys.argv[1]), "epoch-1", "schema-1")) as keeper:
    keeper.begin(datetime.now(UTC))
    print("begun", flush=True)
    time.sleep(60)
"""


async def test_it_ends_with_its_reader_even_where_that_is_killed(tmp_path: Path) -> None:
    command = [sys.executable, "-c", READER, str(tmp_path / "history.sqlite")]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as reader:
        assert reader.stdout is not None
        assert reader.stdout.readline() == b"begun\n"
        (writer,) = psutil.Process(reader.pid).children()
        reader.kill()
    await until(lambda: not writer.is_running() or writer.status() == psutil.STATUS_ZOMBIE, "it has ended")
