"""The spool: nothing that it has taken is lost, whatever moment it is killed in, and order is kept."""

from __future__ import annotations

import json
import resource
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from services.forward.spool import BATCH_BYTES, REFUSED, REFUSED_BYTES, Batch, Occupied, Refusal, Spool

LIMIT = 1 << 20


@contextmanager
def opened(folder: Path) -> Iterator[Spool]:
    spool = Spool(folder, LIMIT)
    yield spool
    spool.close()


@pytest.fixture
def spool(tmp_path: Path) -> Iterator[Spool]:
    with opened(tmp_path) as spool:
        yield spool


def line(name: int | str, padding: int = 0) -> bytes:
    return json.dumps({"id": name, "padding": "x" * padding}).encode() + b"\n"


def put(spool: Spool, *names: int | str, padding: int = 0) -> None:
    spool.append(b"".join(line(name, padding) for name in names), len(names))


def names(batch: Batch) -> list[int | str]:
    return [json.loads(each)["id"] for each in batch.lines]


def drained(spool: Spool, most: int = 500) -> list[int | str]:
    found: list[int | str] = []
    while (batch := spool.read(most)).lines:
        found += names(batch)
        spool.advance(batch)
    return found


def files(folder: Path) -> list[Path]:
    return sorted(folder.glob("0*.ndjson"))


def test_what_was_taken_is_read_in_order_and_again_until_the_server_has_it(spool: Spool) -> None:
    put(spool, 1, 2)
    put(spool, 3)
    assert names(spool.read(2)) == names(spool.read(2)) == [1, 2]
    spool.advance(spool.read(2))
    assert (names(spool.read(2)), spool.waiting) == ([3], 1)
    assert drained(spool) == [3]
    assert (spool.waiting, spool.waiting_bytes, spool.state.sent) == (0, 0, 3)


def test_it_is_there_after_a_restart_with_what_was_counted(tmp_path: Path) -> None:
    with opened(tmp_path) as spool:
        put(spool, *range(5))
        spool.advance(spool.read(2))
        spool.state.lost = 7
        spool.save()
    with opened(tmp_path) as again:
        assert (again.state.spool, again.state.sent, again.state.lost) == (spool.state.spool, 2, 7)
        assert again.waiting == 3
        assert drained(again) == [2, 3, 4]


def test_a_second_forwarder_is_told_to_take_another(spool: Spool, tmp_path: Path) -> None:
    with pytest.raises(Occupied, match="--spool"):
        Spool(tmp_path, LIMIT)


def test_only_its_owner_can_read_it(tmp_path: Path) -> None:
    folder = tmp_path / "spool"
    with opened(folder) as spool:
        put(spool, 1)
        spool.advance(spool.read(1), [Refusal(line(1), "no")])
    assert folder.stat().st_mode & 0o777 == 0o700
    assert {path.name: path.stat().st_mode & 0o077 for path in folder.iterdir() if path.stat().st_mode & 0o077} == {}


def test_segments_that_the_server_has_are_removed(spool: Spool, tmp_path: Path) -> None:
    for name in range(200):
        put(spool, name, padding=2000)
    assert len(files(tmp_path)) > 4
    assert drained(spool) == list(range(200))
    assert len(files(tmp_path)) == 1
    put(spool, "more", padding=LIMIT // 16)
    assert spool.size < LIMIT // 8
    assert drained(spool) == ["more"]


def test_room_comes_back_when_all_is_sent_whatever_was_taken_at_once(spool: Spool) -> None:
    put(spool, *range(9), padding=100_000)
    assert spool.size > 900_000
    drained(spool)
    assert spool.size == 0


def test_a_batch_is_bounded_and_a_longer_line_comes_alone(spool: Spool) -> None:
    put(spool, *range(3), padding=BATCH_BYTES // 2)
    put(spool, "long", padding=BATCH_BYTES * 2)
    assert [len(each.lines) for each in batches(spool)] == [1, 1, 1, 1]


def batches(spool: Spool) -> Iterator[Batch]:
    while (batch := spool.read(500)).lines:
        yield batch
        spool.advance(batch)


def test_what_the_server_refuses_is_set_aside_and_counted(spool: Spool, tmp_path: Path) -> None:
    put(spool, 1, 2, 3)
    spool.advance(spool.read(500), [Refusal(line(2), "type should be a name")])
    assert (spool.state.sent, spool.state.refused, spool.waiting) == (2, 1, 0)
    [note] = [json.loads(each) for each in (tmp_path / REFUSED).read_bytes().splitlines()]
    assert note == {"detail": "type should be a name", "event": line(2).decode()}


def test_what_is_set_aside_is_bounded(spool: Spool, tmp_path: Path) -> None:
    for _ in range(5):
        put(spool, 1)
        spool.advance(spool.read(1), [Refusal(b"x" * (REFUSED_BYTES // 3), "too large")])
    assert spool.state.refused == 5
    assert (tmp_path / REFUSED).stat().st_size <= REFUSED_BYTES


def test_a_state_that_cannot_be_read_sends_everything_again(tmp_path: Path) -> None:
    with opened(tmp_path) as spool:
        put(spool, 1, 2)
        spool.advance(spool.read(1))
    (tmp_path / "state.json").write_bytes(b"\0" * 40)
    with opened(tmp_path) as spool:
        assert drained(spool) == [1, 2]


def test_events_that_come_after_the_segments_were_removed_by_hand_are_sent(tmp_path: Path) -> None:
    with opened(tmp_path) as spool:
        put(spool, 1)
        drained(spool)
    for path in files(tmp_path):
        path.unlink()
    with opened(tmp_path) as spool:
        put(spool, 2)
        assert drained(spool) == [2]


def test_a_disk_that_is_full_takes_nothing_and_what_comes_after_it(tmp_path: Path) -> None:
    with opened(tmp_path) as spool:
        put(spool, 1)
        resource.setrlimit(resource.RLIMIT_FSIZE, (64, resource.RLIM_INFINITY))
        try:
            for _ in range(20):
                with pytest.raises(OSError, match="too large"):
                    put(spool, 2, 3, 4, 5)
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
        assert len(files(tmp_path)) == 2
        put(spool, 6)
        assert drained(spool) == [1, 6]


MEMORY = Path("/dev/shm")


class Killed(RuleBasedStateMachine):
    """A spool that is killed between any two bytes and any two steps, and a server that stores an id once."""

    @initialize()
    def begin(self) -> None:
        # What was written outlives a kill without a disk, which would be waited for some thousand times.
        self.folder = Path(tempfile.mkdtemp(dir=MEMORY if MEMORY.is_dir() else None))
        self.spool = Spool(self.folder, 4096)
        self.next = 0
        self.acknowledged: list[int] = []
        self.offered: set[int] = set()
        self.server: list[int] = []

    def teardown(self) -> None:
        if hasattr(self, "spool"):
            found = self.received(drained(self.spool))
            assert [each for each in found if each in set(self.acknowledged)] == self.acknowledged
            assert set(found) <= self.offered
            assert found == sorted(found)
            self.spool.close()
            shutil.rmtree(self.folder)

    def received(self, sent: list[int | str]) -> list[int]:
        self.server += [int(each) for each in sent if each not in self.server]
        return self.server

    def some(self, count: int) -> tuple[list[int], bytes]:
        new = list(range(self.next, self.next + count))
        self.next += count
        self.offered |= set(new)
        return new, b"".join(line(each, each * 37 % 90) for each in new)

    def reopen(self) -> None:
        self.spool.close()
        self.spool = Spool(self.folder, 4096)

    @rule(count=st.integers(1, 6))
    def append(self, count: int) -> None:
        new, lines = self.some(count)
        self.spool.append(lines, count)
        self.acknowledged += new

    @rule(count=st.integers(1, 4), cut=st.floats(0, 1), power=st.booleans())
    def killed_while_it_appends(self, count: int, cut: float, power: bool) -> None:
        """At any byte; after a power cut blocks that were never written are zeros."""
        _, lines = self.some(count)
        written = lines[: round(len(lines) * cut)]
        if power:
            written = written[: len(written) // 2] + bytes(len(written) - len(written) // 2)
        with open(files(self.folder)[-1], "ab") as file:
            file.write(written)
        self.reopen()

    @rule(most=st.integers(1, 5))
    def send(self, most: int) -> None:
        batch = self.spool.read(most)
        self.received(names(batch))
        self.spool.advance(batch)

    @rule(most=st.integers(1, 5), kill=st.booleans())
    def send_and_hear_no_answer(self, most: int, kill: bool) -> None:
        self.received(names(self.spool.read(most)))
        if kill:
            self.reopen()

    @rule(most=st.integers(1, 5), saved=st.booleans(), half=st.integers(0, 100))
    def killed_when_the_server_has_answered(self, most: int, saved: bool, half: int) -> None:
        """Before the new state is in its place or before the segments behind it are gone."""
        before = {path: path.read_bytes() for path in self.folder.iterdir()}
        sent = names(self.spool.read(most))
        self.send(most)
        state = (self.folder / "state.json").read_bytes()
        for path, content in before.items():
            path.write_bytes(content)
        if saved:
            (self.folder / "state.json").write_bytes(state)
        else:
            (self.folder / "state.new").write_bytes(state[:half])
        self.reopen()
        assert not saved or not set(sent) & set(names(self.spool.read(500)))

    @rule()
    def restart(self) -> None:
        self.reopen()

    @invariant()
    def what_waits_is_counted(self) -> None:
        if hasattr(self, "spool"):
            lines = sum(path.read_bytes().count(b"\n") for path in files(self.folder))
            assert 0 <= self.spool.waiting <= lines


TestKilled = Killed.TestCase
