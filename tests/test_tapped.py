"""The library's own parser is what ours is held to."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from nats.aio.client import Client

from services.tapped import TappedClient

TAPPED, OTHER = 3, 4


class Plain(Client):
    """Notes what it is given to process."""

    def __init__(self) -> None:
        super().__init__()
        self.told: list[tuple[object, ...]] = []

    async def _process_msg(self, sid: int, subject: bytes, reply: bytes, data: bytes, headers: bytes) -> None:
        self.told.append((sid, bytes(subject), bytes(reply), data, headers or b""))

    async def _process_ping(self) -> None:
        self.told.append(("PING",))

    async def _process_pong(self) -> None:
        self.told.append(("PONG",))

    async def _process_info(self, info: dict[str, Any], initial_connection: bool = False) -> None:
        self.told.append(("INFO", info))

    async def _process_err(self, err_msg: str) -> None:
        self.told.append(("-ERR", err_msg))


class Tapped(Plain, TappedClient):
    """Notes what its tap is given as if it came from the library; a tap is told of no reply."""

    def __init__(self) -> None:
        super().__init__()
        self.taps[TAPPED] = lambda subject, data, headers: self.told.append((TAPPED, subject, b"", data, headers))


def message(sid: int, reply: bytes, headers: bytes, payload: bytes) -> bytes:
    to = b"live.p.s.t %d %b" % (sid, reply + b" " if reply else b"")
    if headers:
        return b"HMSG %b%d %d\r\n%b%b\r\n" % (to, len(headers), len(headers) + len(payload), headers, payload)
    return b"MSG %b%d\r\n%b\r\n" % (to, len(payload), payload)


HEADERS = (b"", b"NATS/1.0\r\n\r\n", b"NATS/1.0 204\r\n\r\n", b"NATS/1.0\r\nNats-Sequence: 7\r\n\r\n")
PAYLOADS = st.binary(max_size=40) | st.sampled_from([b"\r\n", b"MSG a 3 1\r\n", b"PING\r\n", b"x" * 5000])
MESSAGES = st.builds(
    message, st.sampled_from([TAPPED, TAPPED, OTHER]), st.just(b""), st.sampled_from(HEADERS), PAYLOADS
)
REQUESTS = st.builds(message, st.just(OTHER), st.just(b"inbox.1"), st.sampled_from(HEADERS), PAYLOADS)
CONTROL = st.sampled_from([b"PING\r\n", b"PONG\r\n", b"+OK\r\n", b"-ERR 'Slow'\r\n", b'INFO {"a":1}\r\n'])


@given(st.lists(MESSAGES | REQUESTS | CONTROL, max_size=12), st.lists(st.integers(0, 400), max_size=12))
async def test_every_message_comes_once_and_in_order_however_the_stream_is_cut(
    commands: list[bytes], lengths: list[int]
) -> None:
    plain, tapped = Plain(), Tapped()
    whole = b"".join(commands)
    await plain._ps.parse(whole)
    for length in lengths:
        await tapped._ps.parse(whole[:length])
        whole = whole[length:]
    await tapped._ps.parse(whole)
    assert tapped.told == plain.told
    assert len(plain.told) == len([each for each in commands if not each.startswith(b"+OK")])


async def test_what_was_half_there_when_a_connection_ended_is_forgotten() -> None:
    client = Tapped()
    whole = message(TAPPED, b"", b"NATS/1.0\r\n\r\n", b"one")
    for length in (5, len(whole) - 4):
        await client._ps.parse(whole[:length])
        client._ps.reset()
        await client._ps.parse(whole)
    assert [told[3] for told in client.told] == [b"one", b"one"]
