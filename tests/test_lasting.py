"""A connection that ends at a bad moment, on the loop of the services, whose errors are not those of asyncio."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine

import psutil
import pytest
import uvloop
from nats.aio.transport import TcpTransport

from services.log import Message, Unavailable
from tests.conftest import Nats, until


def on_uvloop(test: Callable[[Nats], Coroutine[None, None, None]]) -> Callable[[Nats], None]:
    def run(nats: Nats) -> None:
        uvloop.run(test(nats))

    return run


def message(number: int) -> Message:
    return Message("events.p.s.tool_use", f"id-{number}", b"{}")


@on_uvloop
async def test_an_append_at_the_very_moment_the_connection_ends_is_answered(nats: Nats) -> None:
    async with nats.connected("api") as api, nats.connected("ingest") as ingest:
        await api.log.ensure_stream("epoch-1", 3600, 256 << 20)
        client = ingest.log._client
        assert isinstance(client._transport, TcpTransport)
        assert client._transport._io_writer is not None
        client._transport._io_writer.transport.abort()
        # What wakes nats-py's own writing before it has seen the end.
        await client.publish("beat.ingest.one", b"")
        acks = await asyncio.gather(*(ingest.log.append(message(n)) for n in range(4)))
        assert [ack.seq for ack in acks] == [1, 2, 3, 4]


@on_uvloop
async def test_a_connection_can_be_closed_while_the_broker_is_away(nats: Nats) -> None:
    async with nats.connected("ingest") as ingest:
        nats.kill()
        with pytest.raises(Unavailable):
            await ingest.log.append(message(1))


@on_uvloop
async def test_a_broker_that_stood_still_is_heard_again_at_once(nats: Nats) -> None:
    """An answer to what nobody waits for any more must not end the reading."""
    assert nats.process is not None
    async with nats.connected("api") as api:
        await api.log.ensure_stream("epoch-1", 3600, 256 << 20)
        process = psutil.Process(nats.process.pid)
        process.suspend()
        await until(lambda: process.status() == psutil.STATUS_STOPPED, "it stands still")
        try:
            with pytest.raises(Unavailable):
                async with api.log.live():
                    pass
        finally:
            process.resume()
        assert (await api.log.head()).last == 0
        assert (await api.log.head()).last == 0
