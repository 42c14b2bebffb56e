"""The log in JetStream, and the bus that carries heartbeats and state. With `tapped.py` all that speaks NATS.

It keeps away from what loses data on nats-py's happy path (2.16): `publish_async` (an error or a dead broker leaves
its futures pending for ever, nats-io/nats.py#985) and ordered consumers (they advance before they drop). An append is
a request that is answered after the fsync; a reader checks every seq itself (`services/follow.py`).
"""

from __future__ import annotations

import asyncio
import json
import logging
import re
import ssl
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from datetime import datetime
from typing import NamedTuple, TypeVar

import msgspec
import nats
import nats.errors
import nats.js.errors
from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.js import JetStreamContext, api

from services.log import (
    Ack,
    Broken,
    Change,
    Conflict,
    DuplicateInBatch,
    Feed,
    Full,
    Head,
    LogError,
    Message,
    Missing,
    Stored,
    Unavailable,
)
from services.subjects import ACCESS, LIVE, LOG, STREAM
from services.tapped import Tap, TappedClient

logger = logging.getLogger("lookout")

APPEND_TIMEOUT = 1.8
"""Seconds until an append counts as unanswered; its outcome is then unknown. Who sent it is to know within two."""

READ_MESSAGES = 1000
READ_BYTES = 4 << 20
FEED_BYTES = 64 << 20

_DUPLICATE_IN_BATCH = 10201
_END = {b"NATS/1.0 204", b"NATS/1.0 404"}
"""How a batch direct get ends: after its last message, or without any."""
_RESTORED = b"Lookout-Stored"
"""The header of a message from a backup: when it was stored first."""
_PLACE = re.compile(rb"\r\nNats-Subject: ([^\r]+)\r\nNats-Sequence: ([0-9]+)\r\nNats-Time-Stamp: ([^\r]+)\r\n")
"""What nats-server 2.15 puts behind a message's own headers, where it republishes it and in the answer to a get."""
_CHANGED_MEANWHILE = {10071, 10164}
_NO_MESSAGE = 10043
_NO_SPACE = {10023, 10047, 10077, 10122}


Handler = Callable[[str, bytes], Awaitable[bytes | None]]
"""Takes a subject and a payload; what it returns is the answer to a request."""


async def _flushed(client: Client) -> None:
    """Until the server has all that was sent: nats-py's first ping overtakes what is still pending (2.16)."""
    for _ in range(2):
        await client.flush(timeout=2)


def _header(headers: bytes, name: bytes) -> bytes:
    start = headers.find(b"\r\n" + name + b":")
    if start < 0:
        return b""
    start += len(name) + 3
    return headers[start : headers.index(b"\r\n", start)].strip()


def _stored(headers: bytes, data: bytes) -> Stored:
    place = _PLACE.search(headers)
    if place is None or _RESTORED in headers:
        stamp = _header(headers, _RESTORED) or _header(headers, b"Nats-Time-Stamp")
        subject, seq = _header(headers, b"Nats-Subject"), _header(headers, b"Nats-Sequence")
    else:
        subject, seq, stamp = place.groups()
    return Stored(int(seq), _moment(b'"%b"' % stamp), subject.decode(), data)


_moment = msgspec.json.Decoder(datetime).decode


class _Feed:
    """Bounded by bytes: what does not fit is dropped, whereupon the reader finds a hole and reads it from the log."""

    def __init__(self) -> None:
        self._arrived: list[Stored] = []
        self._bytes = 0
        self._signal = asyncio.Event()

    def put(self, subject: bytes, data: bytes, headers: bytes) -> None:
        if self._bytes > FEED_BYTES:
            return
        self._arrived.append(_stored(headers, data))
        self._bytes += len(data)
        self._signal.set()

    async def next(self, silence: float) -> list[Stored]:
        if not self._arrived:
            with suppress(TimeoutError):
                async with asyncio.timeout(silence):
                    await self._signal.wait()
        arrived, self._arrived, self._bytes = self._arrived, [], 0
        self._signal.clear()
        return arrived


def _failure(error: Exception) -> LogError:
    """What an append or a look at the log ran into, in this file's terms."""
    if isinstance(error, nats.js.errors.NotFoundError):
        return Missing("there is no log")
    if isinstance(error, nats.js.errors.APIError):
        if error.err_code == _DUPLICATE_IN_BATCH:
            return DuplicateInBatch(str(error))
        if error.err_code in _CHANGED_MEANWHILE:
            return Conflict(str(error))
        if error.err_code in _NO_SPACE:
            return Full(f"the log has no room: {error.description}")
        return Unavailable(f"the log refused: {error.description} ({error.err_code})")
    return Unavailable(f"the log does not answer ({type(error).__name__})")


class JetStreamLog:
    """The log in one JetStream stream."""

    def __init__(self, client: TappedClient) -> None:
        self._client = client
        self._js: JetStreamContext = client.jetstream(timeout=APPEND_TIMEOUT)
        self._batches = 0

    async def ensure_stream(self, epoch: str, max_age_seconds: float, max_bytes: int, first: int = 1) -> None:
        """Creates the stream where there is none, and gives an existing one these limits; its epoch stays.

        first: the seq with which a new one begins.
        """
        config = api.StreamConfig(
            name=STREAM,
            subjects=[f"{LOG}.>"],
            storage=api.StorageType.FILE,
            retention=api.RetentionPolicy.LIMITS,
            discard=api.DiscardPolicy.OLD,
            max_age=max_age_seconds,
            max_bytes=max_bytes,
            max_msg_size=512 * 1024,
            duplicate_window=600,
            allow_atomic=True,
            allow_direct=True,
            compression=api.StoreCompression.S2,
            republish=api.RePublish(src=f"{LOG}.>", dest=f"{LIVE}.>"),
            metadata={"epoch": epoch},
            first_seq=first if first > 1 else None,
        )
        with self._errors():
            try:
                info = await self._js.stream_info(STREAM)
            except nats.js.errors.NotFoundError:
                await self._js.add_stream(config)
                return
            config.metadata = info.config.metadata
            await self._js.update_stream(config)

    async def head(self) -> Head:
        with self._errors():
            info = await self._js.stream_info(STREAM)
        config, state = info.config, info.state
        epoch = (config.metadata or {}).get("epoch", "")
        limits = (config.max_bytes or 0, int(config.max_age or 0))
        return Head(epoch, state.first_seq or 1, state.last_seq, state.bytes, *limits)

    async def append(self, message: Message) -> Ack:
        with self._errors():
            ack = await self._js.publish(
                message.subject, message.payload, timeout=APPEND_TIMEOUT, headers={"Nats-Msg-Id": message.id}
            )
        return Ack(ack.seq, bool(ack.duplicate))

    async def append_batch(self, messages: Sequence[Message]) -> list[Ack]:
        first = await self._commit("Nats-Msg-Id", messages)
        return [Ack(seq, False) for seq in range(first, first + len(messages))]

    async def restore(self, messages: Sequence[Stored]) -> int:
        """Stores at most 1,000 messages of a backup, each with the time that it had; returns the seq of the first."""
        timed = [Message(each.subject, each.time.isoformat(), each.payload) for each in messages]
        return await self._commit(_RESTORED.decode(), timed)

    async def _commit(self, header: str, messages: Sequence[Message]) -> int:
        """Stores all of them with one fsync, each with its id in that header, or none; the seq of the first."""
        self._batches += 1
        batch_id = f"{self._client.client_id}-{self._batches}"
        with self._errors():
            await self._send(
                b"".join(_batch_part(each, header, batch_id, n) for n, each in enumerate(messages[:-1], 1))
            )
            last = messages[-1]
            headers = {
                header: last.id,
                "Nats-Batch-Id": batch_id,
                "Nats-Batch-Sequence": str(len(messages)),
                "Nats-Batch-Commit": "1",
            }
            answer = await self._client.request(last.subject, last.payload, timeout=APPEND_TIMEOUT, headers=headers)
            ack = json.loads(answer.data)
            if "error" in ack:
                nats.js.errors.APIError.from_error(ack["error"])
        return int(ack["seq"]) - len(messages) + 1

    async def _send(self, commands: bytes) -> None:
        """Many commands at once, which nats-py (2.16) would take 5 µs each for; bounded as its own are."""
        client = self._client
        if not client.is_connected and client._pending_data_size + len(commands) > client._max_pending_size:
            raise Unavailable("the log does not answer (no connection)")
        await client._send_command(commands)

    async def read(self, first: int, last: int) -> AsyncGenerator[list[Stored], None]:
        while first <= last:
            chunk = await self._read_chunk(first, min(READ_MESSAGES, last - first + 1))
            if chunk and chunk[-1].seq > last:
                chunk = [stored for stored in chunk if stored.seq <= last]
            if not chunk:
                return
            yield chunk
            first = chunk[-1].seq + 1

    async def matching(self, subject: str, after: int = 0) -> AsyncGenerator[list[Stored], None]:
        while chunk := await self._read_chunk(after + 1, READ_MESSAGES, subject):
            yield chunk
            after = chunk[-1].seq

    async def erase(self, seq: int) -> None:
        with self._errors():
            try:
                await self._js.delete_msg(STREAM, seq)
            except nats.js.errors.APIError as error:
                if error.err_code != _NO_MESSAGE:
                    raise

    async def _read_chunk(self, first: int, count: int, subject: str = f"{LOG}.>") -> list[Stored]:
        return await _batch(self._client, STREAM, subject, first, count, _stored)

    @asynccontextmanager
    async def live(self) -> AsyncIterator[Feed]:
        feed = _Feed()
        async with _tapped(self._client, f"{LIVE}.>", feed.put):
            # Until the server has the subscription, what is stored does not come here.
            with self._errors():
                await _flushed(self._client)
            yield feed

    @staticmethod
    def _errors() -> _Errors:
        return _Errors()


class _Errors:
    """A block in which what nats-py raises becomes a LogError."""

    def __enter__(self) -> None:
        pass

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: object) -> None:
        if isinstance(error, (nats.errors.Error, nats.js.errors.Error, TimeoutError, OSError)):
            raise _failure(error) from error


@asynccontextmanager
async def _tapped(client: TappedClient, subject: str, tap: Tap) -> AsyncIterator[None]:
    with _Errors():
        subscription = await client.subscribe(subject)
    client.taps[subscription._id] = tap
    try:
        yield
    finally:
        del client.taps[subscription._id]
        with suppress(nats.errors.Error):
            await subscription.unsubscribe()


Row = TypeVar("Row")


async def _batch(
    client: TappedClient, stream: str, subjects: str, first: int, count: int, row: Callable[[bytes, bytes], Row]
) -> list[Row]:
    """One batch direct get (ADR-31), which nats-py does not have; `row` takes the headers and the payload."""
    chunk: list[Row] = []
    done: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def collect(subject: bytes, data: bytes, headers: bytes) -> None:
        if headers.startswith(b"NATS/1.0\r\n"):
            chunk.append(row(headers, data))
        elif not done.done() and headers[:12] in _END:
            done.set_result(None)
        elif not done.done():
            done.set_exception(Unavailable(f"the log does not read ({headers[9:12].decode()})"))

    question = {"seq": first, "batch": count, "next_by_subj": subjects, "max_bytes": READ_BYTES}
    inbox = client.new_inbox()
    with _Errors():
        async with _tapped(client, inbox, collect):
            await client.publish(f"$JS.API.DIRECT.GET.{stream}", json.dumps(question).encode(), reply=inbox)
            async with asyncio.timeout(APPEND_TIMEOUT):
                await done
    return chunk


def _batch_part(message: Message, header: str, batch_id: str, number: int) -> bytes:
    """A publication of a batch as it is on the wire, without a reply."""
    headers = (
        f"NATS/1.0\r\n{header}: {message.id}\r\nNats-Batch-Id: {batch_id}\r\nNats-Batch-Sequence: {number}\r\n\r\n"
    )
    size = len(headers) + len(message.payload)
    return b"HPUB %b %d %d\r\n%b%b\r\n" % (
        message.subject.encode(),
        len(headers),
        size,
        headers.encode(),
        message.payload,
    )


class Table:
    """A KV bucket: the newest value of each key, in a stream of its own, as any NATS client can read it."""

    def __init__(self, client: TappedClient, bucket: str) -> None:
        self._client = client
        self._js = client.jetstream(timeout=APPEND_TIMEOUT)
        self._bucket = bucket
        self._stream = f"KV_{bucket}"
        self._prefix = f"$KV.{bucket}."

    async def ensure(self) -> None:
        """Creates the bucket where there is none."""
        with _Errors():
            try:
                await self._js.stream_info(self._stream)
            except nats.js.errors.NotFoundError:
                await self._js.create_key_value(
                    bucket=self._bucket, history=1, storage=api.StorageType.FILE, direct=True, max_value_size=64 * 1024
                )

    async def changes(self, after: int) -> list[Change]:
        """What each key that has changed after seq `after` is now, in order; not more than one chunk of it."""
        return await _batch(self._client, self._stream, f"{self._prefix}>", after + 1, READ_MESSAGES, self._change)

    def _change(self, headers: bytes, data: bytes) -> Change:
        key = _header(headers, b"Nats-Subject").decode().removeprefix(self._prefix)
        return Change(int(_header(headers, b"Nats-Sequence")), key, data)

    async def put(self, key: str, value: bytes, expected: int | None = None) -> int:
        """Stores a value, and returns its seq; an empty one deletes the key.

        expected: the seq that the key must have, 0 for a new one; raises Conflict where it has another.
        """
        headers = {} if value else {"KV-Operation": "DEL"}
        if expected is not None:
            headers["Nats-Expected-Last-Subject-Sequence"] = str(expected)
        with _Errors():
            ack = await self._js.publish(f"{self._prefix}{key}", value, timeout=APPEND_TIMEOUT, headers=headers)
        return ack.seq


class Bus:
    """What is not logged: heartbeats, state patches, requests between services."""

    def __init__(self, client: Client) -> None:
        self._client = client

    @property
    def reconnects(self) -> int:
        """How often the connection was made anew; what was published meanwhile did not come here."""
        return self._client.stats["reconnects"]

    async def publish(self, subject: str, payload: bytes) -> None:
        await self._client.publish(subject, payload)

    async def request(self, subject: str, payload: bytes, timeout: float = 2.0) -> bytes:
        """The first answer; raises Unavailable where nobody answers in time."""
        with _Errors():
            answer = await self._client.request(subject, payload, timeout=timeout)
        return answer.data

    @asynccontextmanager
    async def subscribed(self, subject: str, handler: Handler, queue: str = "") -> AsyncIterator[None]:
        """`handler` gets what is published there; of several with one `queue` name one does.

        From now on, or, where the broker is away, as soon as it is back.
        """

        async def handle(message: Msg) -> None:
            answer = await handler(message.subject, message.data)
            if answer is not None and message.reply:
                await message.respond(answer)

        subscription = await self._client.subscribe(subject, queue=queue, cb=handle)
        with suppress(nats.errors.TimeoutError):
            await _flushed(self._client)
        try:
            yield
        finally:
            with suppress(nats.errors.Error):
                await subscription.unsubscribe()


class Connection(NamedTuple):
    log: JetStreamLog
    bus: Bus
    access: Table
    closed: asyncio.Future[None]

    async def until_lost(self) -> None:
        """Raises Broken when the connection is closed for good: then the process must end."""
        await self.closed


@asynccontextmanager
async def connect(
    url: str, service: str, password: str, trust: Callable[[], ssl.SSLContext] | None = None
) -> AsyncIterator[Connection]:
    """A connection that is kept for as long as the block runs, whatever becomes of the broker.

    trust: for TLS, the certificates to trust; asked again for each connection, since they are renewed.
    """
    client = TappedClient()
    closed: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    async def report(error: Exception) -> None:
        # A missing permission shows only here: the call it was for merely times out.
        logger.warning("nats: %s: %s", type(error).__name__, error)

    async def end() -> None:
        if not closed.done():
            closed.set_exception(Broken("the connection to NATS was closed for good"))

    async def renew() -> None:
        if trust is not None:
            client.options["tls"] = trust()

    await client.connect(
        url,
        user=service,
        password=password,
        name=f"lookout-{service}",
        inbox_prefix=f"_INBOX_{service}",
        error_cb=report,
        closed_cb=end,
        disconnected_cb=renew,
        tls=trust() if trust else None,
        max_reconnect_attempts=-1,
        reconnect_time_wait=0.25,  # type: ignore[arg-type]  # nats-py passes it to asyncio.sleep
        ping_interval=5,
        max_outstanding_pings=2,
        connect_timeout=2,
        pending_size=8 << 20,
        drain_timeout=5,
    )
    try:
        yield Connection(JetStreamLog(client), Bus(client), Table(client, ACCESS), closed)
    finally:
        closed.cancel()
        await client.close()
