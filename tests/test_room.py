from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from services import disk, room
from services.room import NoRoom, Room, once_there_is_room


def test_a_disk_with_less_than_the_reserve_is_full(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    now = 100.0
    here = Room(tmp_path, lambda: now)
    assert not here.is_full
    monkeypatch.setattr(disk, "RESERVE", 1 << 62)
    assert not here.is_full, "it looks once a second"
    now += 1
    assert here.is_full


def test_a_disk_that_another_machine_has_is_not_full(tmp_path: Path) -> None:
    assert not disk.is_full(tmp_path / "elsewhere")


async def test_work_that_finds_no_room_is_done_again_until_there_is(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(room, "AGAIN", 0.001)
    tries = []

    def work() -> str:
        tries.append(1)
        if len(tries) < 3:
            raise NoRoom("the disk is full")
        return "done"

    assert await asyncio.wait_for(once_there_is_room(work), 5) == "done"
    assert [record.message for record in caplog.records] == ["waiting for room: the disk is full"]
