"""Bodies are read whole within bounds, and one that is refused is refused when its sender listens."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from typing import Any

import pytest

from services import body
from services.body import DISCARDED, HELD, Bodies
from services.problem import Problem


class Arriving:
    """The chunks of one body, as ASGI hands them over; without an end the client leaves after them."""

    def __init__(self, chunks: Iterable[bytes], whole: bool = True) -> None:
        self.messages: list[dict[str, Any]] = [
            {"type": "http.request", "body": chunk, "more_body": True} for chunk in chunks
        ]
        if whole:
            self.messages.append({"type": "http.request", "body": b"", "more_body": False})
        else:
            self.messages.append({"type": "http.disconnect"})

    async def receive(self) -> Any:
        return self.messages.pop(0)


async def refusal(bodies: Bodies, limit: int, arriving: Arriving) -> Problem:
    with pytest.raises(Problem) as refused:
        await bodies.read(limit, arriving.receive)
    return refused.value


async def test_a_body_is_read_whole() -> None:
    assert await Bodies().read(10, Arriving([b"four", b"", b"more"]).receive) == b"fourmore"


async def test_a_body_that_is_too_large_is_refused_when_all_of_it_has_arrived() -> None:
    arriving = Arriving([b"12345", b"678901", b"rest"])
    assert (await refusal(Bodies(), 10, arriving)).status == 413
    assert arriving.messages == []


async def test_what_never_ends_is_cut_off() -> None:
    arriving = Arriving([b"x" * (DISCARDED // 2)] * 5)
    assert (await refusal(Bodies(), 10, arriving)).status == 413
    assert len(arriving.messages) == 3


async def test_half_a_body_is_refused() -> None:
    assert (await refusal(Bodies(), 10, Arriving([b"half"], whole=False))).status == 400


async def test_a_body_that_does_not_arrive_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(body, "SECONDS", 0.01)

    async def silent() -> Any:
        await asyncio.Event().wait()

    with pytest.raises(Problem) as refused:
        await Bodies().read(10, silent)
    assert refused.value.status == 408


async def test_a_body_that_there_is_no_room_for_is_refused_when_all_of_it_has_arrived() -> None:
    bodies = Bodies()
    first_is_held, first_may_end = asyncio.Event(), asyncio.Event()

    async def first() -> Any:
        if not first_is_held.is_set():
            first_is_held.set()
            return {"type": "http.request", "body": b"x" * (HELD - 10), "more_body": True}
        await first_may_end.wait()
        return {"type": "http.request", "body": b"", "more_body": False}

    reading = asyncio.create_task(bodies.read(HELD, first))
    await first_is_held.wait()
    second = Arriving([b"12345", b"678901", b"rest"])
    assert (await refusal(bodies, 100, second)).status == 503
    assert second.messages == []
    # What was refused takes no room any more.
    assert await bodies.read(100, Arriving([b"1234567890"]).receive) == b"1234567890"
    first_may_end.set()
    assert len(await reading) == HELD - 10
