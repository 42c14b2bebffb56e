"""A fault that does not end says where it stood."""

from __future__ import annotations

import asyncio

import pytest

from tests.faults.standing import in_time, told


async def waits(event: asyncio.Event) -> None:
    await event.wait()


async def asks(event: asyncio.Event) -> None:
    await waits(event)


async def test_what_does_not_end_in_time_says_what_it_waits_for(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(AssertionError, match=r"not done within 0 s: test_standing\.py:\d+ asks > .* waits > .* wait$"):
        await in_time(asks(asyncio.Event()), 0.1)
    assert "1 x test_standing.py" in capsys.readouterr().err
    assert len(asyncio.all_tasks()) == 1


async def test_what_ends_in_time_is_left_alone_and_its_error_is_raised(capsys: pytest.CaptureFixture[str]) -> None:
    event = asyncio.Event()
    event.set()
    await in_time(asks(event), 60)

    async def fails() -> None:
        raise LookupError("nothing is there")

    with pytest.raises(LookupError, match="nothing is there"):
        await in_time(fails(), 60)
    assert capsys.readouterr().err == ""


async def test_tasks_that_wait_at_one_place_are_counted_together() -> None:
    event = asyncio.Event()
    tasks = {asyncio.create_task(asks(event)) for _ in range(1000)}
    await asyncio.sleep(0)
    [line] = told(tasks)
    assert line.startswith(" 1000 x test_standing.py")
    event.set()
    await asyncio.gather(*tasks)
