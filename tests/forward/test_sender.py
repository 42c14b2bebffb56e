"""How a forwarder goes about a server that is away, refuses, or is slow."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from services.asgi import cancel
from services.forward import sender as sending
from services.forward.keeper import Keeper
from services.forward.sender import Sender
from services.forward.server import Answer, Later, Refused, Stored, TooLarge
from services.forward.spool import REFUSED, Spool
from services.forwarders import HEADER
from tests.conftest import until


class Scripted:
    """A server that stores what `says` lets it, and remembers what it was sent."""

    def __init__(self, says: Callable[[list[int]], Answer]) -> None:
        self.says = says
        self.stored: list[int] = []
        self.posts: list[list[int]] = []

    async def post(self, lines: Sequence[bytes], headers: dict[str, str]) -> Answer:
        names = [json.loads(line) for line in lines]
        assert headers == {HEADER: f"{len(lines)}"} or self.posts
        self.posts.append(names)
        answer = self.says(names)
        if answer == Stored():
            self.stored += names
        return answer


@pytest.fixture
def keeper(tmp_path: Path) -> Keeper:
    return Keeper(Spool(tmp_path, 1 << 20), "host")


@asynccontextmanager
async def sending_to(keeper: Keeper, server: Scripted, interval: float = 3600) -> AsyncIterator[None]:
    running = asyncio.create_task(Sender(keeper, server, lambda batch: f"{len(batch.lines)}", interval).run())
    yield
    await cancel(running)
    keeper.close()


async def put(keeper: Keeper, *names: int) -> None:
    await keeper.on_disk(keeper.spool.append, b"".join(b"%d\n" % name for name in names), len(names))
    keeper.arrived.set()


def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sending, "FIRST_WAIT", 0.001)
    monkeypatch.setattr(sending, "LONGEST_WAIT", 0.01)


async def test_what_waits_is_sent_in_order_and_what_comes_is_sent_at_once(keeper: Keeper) -> None:
    server = Scripted(lambda names: Stored())
    await put(keeper, 1, 2)
    async with sending_to(keeper, server):
        await until(lambda: server.stored == [1, 2], "what waited is sent")
        await put(keeper, 3)
        await until(lambda: server.stored == [1, 2, 3], "what came is sent")
        await until(lambda: keeper.spool.waiting == 0, "it waits no more")
    assert len(server.posts) == 2


async def test_a_server_that_is_away_for_a_while_gets_all_of_it_later(
    keeper: Keeper, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    quick(monkeypatch)
    away = 20

    def says(names: list[int]) -> Answer:
        nonlocal away
        away -= 1
        return Later("It is away.") if away > 0 else Stored()

    server = Scripted(says)
    with caplog.at_level(logging.INFO, "lookout"):
        async with sending_to(keeper, server):
            await put(keeper, *range(9))
            await until(lambda: server.stored == [*range(9)], "all is sent")
            await until(lambda: keeper.spool.state.trouble == "", "the trouble is over")
    assert [record.getMessage() for record in caplog.records] == [
        "It is away. Events are kept here meanwhile.",
        "The server takes events.",
    ]


async def test_the_server_says_when_to_come_back(keeper: Keeper) -> None:
    server = Scripted(lambda names: Later("Too many.", 3600.0))
    async with sending_to(keeper, server):
        await put(keeper, 1)
        await until(lambda: keeper.spool.state.trouble == "Too many.", "it was told to wait")
        await put(keeper, 2)
        await asyncio.sleep(0.1)
    assert len(server.posts) == 1
    assert keeper.spool.waiting == 2


async def test_an_event_that_the_server_refuses_is_set_aside_and_blocks_nothing(keeper: Keeper, tmp_path: Path) -> None:
    def says(names: list[int]) -> Answer:
        bad = {index: f"{name} is no event." for index, name in enumerate(names) if name % 3 == 0}
        return Refused(bad) if bad else Stored()

    server = Scripted(says)
    await put(keeper, *range(10))
    async with sending_to(keeper, server):
        await until(lambda: keeper.spool.waiting == 0, "nothing waits")
    assert server.stored == [1, 2, 4, 5, 7, 8]
    assert (keeper.spool.state.sent, keeper.spool.state.refused) == (6, 4)
    notes = [json.loads(line) for line in (tmp_path / REFUSED).read_bytes().splitlines()]
    assert notes[1] == {"detail": "3 is no event.", "event": "3\n"}


async def test_a_batch_of_nothing_but_refused_events_goes_away(keeper: Keeper) -> None:
    server = Scripted(lambda names: Refused(dict.fromkeys(range(len(names)), "No.")))
    await put(keeper, 1, 2)
    async with sending_to(keeper, server):
        await until(lambda: keeper.spool.state.refused == 2, "both are set aside")
    assert server.posts == [[1, 2]]


async def test_a_batch_that_is_too_large_is_halved_until_it_is_taken(keeper: Keeper) -> None:
    server = Scripted(lambda names: Stored() if len(names) <= 3 and 13 not in names else TooLarge("Too large."))
    await put(keeper, *range(20))
    async with sending_to(keeper, server):
        await until(lambda: keeper.spool.waiting == 0, "nothing waits")
    assert server.stored == [name for name in range(20) if name != 13]
    assert keeper.spool.state.refused == 1


async def test_a_forwarder_with_nothing_to_send_tells_of_itself(keeper: Keeper) -> None:
    server = Scripted(lambda names: Stored())
    async with sending_to(keeper, server, interval=0.01):
        await until(lambda: len(server.posts) > 2, "it has told several times")
    assert server.posts[:3] == [[], [], []]
