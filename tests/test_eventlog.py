"""The log and the bus on a real nats-server; the log in memory is held to the same."""

from __future__ import annotations

import asyncio
import subprocess
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path
from secrets import token_hex

import pytest
from nats.aio.client import Client

from services.log import DuplicateInBatch, EventLog, Full, Message, Missing, Stored, Unavailable
from tests.conftest import BIN, PASSWORD, Nats, until, wait_for_port
from tests.contents import contents
from tests.freeports import free_ports
from tests.memorylog import MemoryLog


def message(number: int, project: str = "p") -> Message:
    return Message(f"events.{project}.s.tool_use", f"id-{project}-{number}", f'{{"n":{number}}}'.encode())


async def read_all(log: EventLog, first: int = 1, last: int = 1 << 60) -> list[Stored]:
    return [stored async for chunk in log.read(first, last) for stored in chunk]


class Broker:
    """Every service's connection to one nats-server: who may append is not who may read."""

    def __init__(self, writer: EventLog, reader: EventLog) -> None:
        self.writer = writer
        self.reader = reader


@pytest.fixture(params=["memory", "jetstream"])
async def broker(request: pytest.FixtureRequest) -> AsyncIterator[Broker]:
    if request.param == "memory":
        log = MemoryLog()
        yield Broker(log, log)
        return
    server: Nats = request.getfixturevalue("nats")
    async with AsyncExitStack() as stack:
        api = await stack.enter_async_context(server.connected("api"))
        await api.log.ensure_stream("epoch-1", 3600, 256 << 20)
        ingest = await stack.enter_async_context(server.connected("ingest"))
        yield Broker(ingest.log, api.log)


async def test_an_appended_message_is_read_back_with_its_position_and_time(broker: Broker) -> None:
    first = await broker.writer.append(message(1))
    second = await broker.writer.append(message(2))
    assert [(ack.seq, ack.duplicate) for ack in (first, second)] == [(1, False), (2, False)]
    stored = await read_all(broker.reader)
    assert [(each.seq, each.subject, each.payload) for each in stored] == [
        (1, "events.p.s.tool_use", b'{"n":1}'),
        (2, "events.p.s.tool_use", b'{"n":2}'),
    ]
    assert stored[0].time <= stored[1].time
    assert stored[0].time.tzinfo is not None


async def test_an_id_is_stored_once_and_answered_with_the_first_position(broker: Broker) -> None:
    await broker.writer.append(message(1))
    again = await broker.writer.append(message(1))
    assert (again.seq, again.duplicate) == (1, True)
    assert len(await read_all(broker.reader)) == 1


async def test_a_batch_is_stored_in_order_with_consecutive_positions(broker: Broker) -> None:
    await broker.writer.append(message(0))
    acks = await broker.writer.append_batch([message(n) for n in range(1, 501)])
    assert [ack.seq for ack in acks] == list(range(2, 502))
    assert [each.payload for each in await read_all(broker.reader)] == [f'{{"n":{n}}}'.encode() for n in range(501)]


async def test_one_duplicate_refuses_its_whole_batch(broker: Broker) -> None:
    await broker.writer.append(message(1))
    with pytest.raises(DuplicateInBatch):
        await broker.writer.append_batch([message(2), message(1)])
    assert len(await read_all(broker.reader)) == 1


async def test_a_range_is_read_to_its_end_and_no_further(broker: Broker) -> None:
    for start in range(0, 2500, 500):
        await broker.writer.append_batch([message(n) for n in range(start, start + 500)])
    assert [each.seq for each in await read_all(broker.reader, 3, 2100)] == list(range(3, 2101))
    assert await read_all(broker.reader, 2501, 3000) == []


async def test_what_a_subject_means_is_found_and_nothing_else(broker: Broker) -> None:
    for number in range(6):
        await broker.writer.append(message(number, "pq"[number % 2]))
    for subject, after, wanted in (
        ("events.q.s.*", 0, [2, 4, 6]),
        ("events.*.s.tool_use", 4, [5, 6]),
        ("events.r.*.*", 0, []),
    ):
        assert [each.seq async for chunk in broker.reader.matching(subject, after) for each in chunk] == wanted


async def test_what_is_erased_leaves_a_hole_and_can_be_erased_again(broker: Broker) -> None:
    for number in range(4):
        await broker.writer.append(message(number))
    for seq in (2, 2, 1):
        await broker.reader.erase(seq)
    assert [each.seq for each in await read_all(broker.reader)] == [3, 4]
    head = await broker.reader.head()
    assert (head.first, head.last) == (3, 4)
    assert (await broker.writer.append(message(9))).seq == 5


async def test_what_is_erased_is_gone_from_the_disk(nats: Nats) -> None:
    """Compressed blocks are looked at too: random bytes stand in them as they are."""
    secret = token_hex(24)
    async with nats.connected("api") as api, nats.connected("ingest") as ingest:
        await api.log.ensure_stream("epoch-1", 3600, 256 << 20)
        filler = [Message("events.p.other.tool_use", f"f{n}", token_hex(50_000).encode()) for n in range(120)]
        await ingest.log.append(Message("events.p.victim.tool_use", "1", secret.encode()))
        await ingest.log.append_batch(filler)
        await ingest.log.append(Message("events.p.victim.tool_use", "2", secret.encode()))
        assert found_in(nats.store, secret) == {"1.blk", "2.blk"}
        for seq in (1, 122):
            await api.log.erase(seq)
        assert found_in(nats.store, secret) == set()
        await ingest.log.append(Message("events.p.other.tool_use", "3", b"{}"))
    nats.kill()
    nats.start()
    assert found_in(nats.store, secret) == found_in(nats.store, "victim") == set()


def found_in(folder: Path, text: str) -> set[str]:
    return {path.name for path, inside in contents(folder).items() if text.encode() in inside}


async def test_only_the_api_may_erase(nats: Nats) -> None:
    complaints: list[str] = []
    async with nats.connected("api") as api, nats.connected("stream") as stream, nats.connected("ingest") as ingest:
        await api.log.ensure_stream("epoch-1", 3600, 256 << 20)
        for each in (stream, ingest):
            each.log._client._error_cb = lambda error: _note(complaints, error)
        denied = await asyncio.gather(stream.log.erase(1), ingest.log.erase(1), return_exceptions=True)
        assert [type(each) for each in denied] == [Unavailable] * 2
        await until(lambda: len(complaints) == 2, "both violations are reported")


async def test_the_head_tells_epoch_and_extent(broker: Broker) -> None:
    assert (await broker.reader.head())[:3] == ("epoch-1", 1, 0)
    await broker.writer.append(message(1))
    assert (await broker.reader.head())[:3] == ("epoch-1", 1, 1)


async def test_a_feed_brings_what_is_stored_while_it_is_open(broker: Broker) -> None:
    await broker.writer.append(message(1))
    async with broker.reader.live() as feed:
        assert await feed.next(0.01) == []
        await broker.writer.append(message(2))
        [stored] = await feed.next(5)
    assert (stored.seq, stored.payload) == (2, b'{"n":2}')
    assert stored.subject.endswith(".p.s.tool_use")


async def test_an_existing_stream_keeps_its_epoch(nats: Nats) -> None:
    async with nats.connected("api") as api:
        await api.log.ensure_stream("epoch-1", 3600, 256 << 20)
        await api.log.ensure_stream("epoch-2", 7200, 128 << 20)
        assert (await api.log.head()).epoch == "epoch-1"


async def test_the_head_tells_the_size_and_the_limits_of_the_log(nats: Nats) -> None:
    async with nats.connected("api") as api:
        await api.log.ensure_stream("epoch-1", 3600, 256 << 20)
        empty = await api.log.head()
        async with nats.connected("ingest") as ingest:
            await ingest.log.append(message(1))
        assert empty[3:] == (0, 256 << 20, 3600)
        assert (await api.log.head()).bytes > len(message(1).payload)


async def test_a_broker_that_is_gone_is_unavailable_and_then_serves_again(nats: Nats) -> None:
    async with nats.connected("api") as api, nats.connected("ingest") as ingest:
        await api.log.ensure_stream("epoch-1", 3600, 256 << 20)
        await ingest.log.append(message(1))
        nats.kill()
        with pytest.raises(Unavailable):
            await ingest.log.append(message(2))
        with pytest.raises(Unavailable):
            await read_all(api.log)
        nats.start()
        for _ in range(100):
            try:
                ack = await ingest.log.append(message(3))
                break
            except Unavailable:
                await asyncio.sleep(0.05)
        # Whether the append that got no answer was stored is unknown, by design.
        assert ack.seq in (2, 3)
        payloads = [each.payload for each in await read_all(api.log)]
        assert payloads[0] == b'{"n":1}'
        assert payloads[-1] == b'{"n":3}'


async def test_a_log_without_room_says_so(nats: Nats) -> None:
    async with nats.connected("api") as api, nats.connected("ingest") as ingest:
        await api.log.ensure_stream("epoch-1", 3600, 16 << 20)
        js = api.log._js
        config = (await js.stream_info("EVENTS")).config
        config.discard = "new"  # type: ignore[assignment]
        config.max_bytes = 2000
        await js.update_stream(config)
        big = Message("events.p.s.tool_use", "big", b"x" * 3000)
        with pytest.raises(Full, match="no room"):
            await ingest.log.append(big)


async def test_a_log_that_is_not_there_is_missing_and_not_empty(nats: Nats) -> None:
    async with nats.connected("api") as api, nats.connected("ingest") as ingest:
        with pytest.raises(Missing):
            await api.log.head()
        with pytest.raises(Unavailable):
            await read_all(api.log)
        with pytest.raises(Unavailable):
            await ingest.log.append(message(1))


async def test_each_service_may_do_its_own_work_and_no_other(nats: Nats) -> None:
    complaints: list[str] = []
    async with nats.connected("api") as api, nats.connected("stream") as stream, nats.connected("ingest") as ingest:
        await api.log.ensure_stream("epoch-1", 3600, 256 << 20)
        stream.log._client._error_cb = lambda error: _note(complaints, error)
        ingest.log._client._error_cb = lambda error: _note(complaints, error)
        denied = await asyncio.gather(stream.log.append(message(1)), read_all(ingest.log), return_exceptions=True)
        assert [type(each) for each in denied] == [Unavailable] * 2
        await until(lambda: len(complaints) == 2, "both violations are reported")
        assert all("permissions violation" in line.lower() for line in complaints)


async def _note(complaints: list[str], error: Exception) -> None:
    complaints.append(str(error))


async def test_a_request_on_the_bus_is_answered_and_silence_is_unavailable(nats: Nats) -> None:
    async with nats.connected("api") as api, nats.connected("stream") as stream:

        async def answer(subject: str, payload: bytes) -> bytes:
            return subject.encode() + b" " + payload

        with pytest.raises(Unavailable):
            await stream.bus.request("api.state", b"{}", timeout=0.5)
        async with api.bus.subscribed("api.state", answer):
            assert await stream.bus.request("api.state", b"{}") == b"api.state {}"


async def test_the_fast_way_of_reading_messages_agrees_with_the_library(nats: Nats) -> None:
    async with nats.connected("api") as api, nats.connected("ingest") as ingest:
        await api.log.ensure_stream("epoch-1", 3600, 256 << 20)
        theirs: list[Stored] = []
        client = Client()
        await client.connect(nats.url, user="api", password=PASSWORD, inbox_prefix="_INBOX_api")
        subscription = await client.subscribe("live.>")
        await client.flush()
        async with api.log.live() as feed:
            for number in range(20):
                await ingest.log.append(message(number, project="p%20q"))
            ours: list[Stored] = []
            while len(ours) < 20:
                ours += await feed.next(5)
        while len(theirs) < 20:
            received = await subscription.next_msg(timeout=5)
            headers = received.headers or {}
            time = ours[len(theirs)].time
            assert headers["Nats-Time-Stamp"].startswith(time.strftime("%Y-%m-%dT%H:%M:%S"))
            theirs.append(Stored(int(headers["Nats-Sequence"]), time, headers["Nats-Subject"], received.data))
        await client.close()
        assert ours == theirs


async def test_nats_py_and_the_server_agree_on_the_ack_subject(tmp_path: Path) -> None:
    """On a v2 ack subject an ordered consumer of nats-py 2.16 takes the read loop of its connection down."""
    [flags] = [line for line in Path("deploy/nats.conf").read_text().splitlines() if line.startswith("feature_flags")]
    [port] = free_ports(1)
    configuration = tmp_path / "nats.conf"
    configuration.write_text(f'listen: "127.0.0.1:{port}"\n{flags}\njetstream {{ store_dir: "{tmp_path}/store" }}\n')
    server = subprocess.Popen([BIN / "nats-server", "-c", configuration], stderr=subprocess.DEVNULL)
    try:
        wait_for_port(port)
        client = Client()
        await client.connect(f"nats://127.0.0.1:{port}")
        js = client.jetstream()
        await js.add_stream(name="EVENTS", subjects=["events.>"])
        for number in range(3):
            await js.publish("events.p.s.t", str(number).encode())
        consumer = await js.subscribe("events.>", ordered_consumer=True)
        assert [(await consumer.next_msg(5)).data for _ in range(3)] == [b"0", b"1", b"2"]
        await client.close()
    finally:
        server.kill()
        server.wait()
