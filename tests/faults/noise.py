"""What no client should send: bodies and frames from noise to what is nearly right, by hypothesis."""

from __future__ import annotations

import http.client
import json
import socket
from collections import Counter
from contextlib import suppress
from typing import NamedTuple

import hypothesis
from hypothesis import strategies as st

from tests.adapters.bodies import PATHS, bodies
from tests.faults.abuse import masked

QUIET = hypothesis.settings(
    deadline=None, database=None, suppress_health_check=list(hypothesis.HealthCheck), print_blob=False
)
KINDS = (
    "application/json",
    "application/x-ndjson",
    "application/cloudevents+json",
    "application/cloudevents-batch+json",
    "text/plain",
    "application/x-www-form-urlencoded",
)
HANDSHAKE = (
    b"GET /ws HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n"
)
SUBSCRIBE = b'{"event":"subscribe","data":{"events":["*"],"batch":true}}'
NAMES = st.sampled_from([b'["*"]', b'["state","x"]', b"[]", b"7", b'["' + b"n" * 300 + b'"]'])


class Posted(NamedTuple):
    """How often each status was answered, and the id and seq of each event that was said to be stored."""

    statuses: Counter[int]
    acknowledged: set[tuple[str, int]]


def posted(seed: int, port: int, cases: int) -> Posted:
    """What came of bodies of every kind at every path of an adapter."""
    done = Posted(Counter(), set())
    connection = http.client.HTTPConnection("localhost", port, timeout=20)

    @hypothesis.seed(seed)
    @hypothesis.settings(QUIET, max_examples=cases)
    @hypothesis.given(path=st.sampled_from(sorted(PATHS)), body=bodies(), kind=st.sampled_from(KINDS))
    def post(path: str, body: bytes, kind: str) -> None:
        try:
            connection.request("POST", path, body, {"Content-Type": kind})
            answer = connection.getresponse()
            said = answer.read()
        except http.client.HTTPException:
            connection.close()
            raise
        done.statuses[answer.status] += 1
        if answer.status == 202:
            done.acknowledged.update((each["id"], each.get("seq", 0)) for each in json.loads(said)["events"])

    post()
    connection.close()
    return done


@st.composite
def _frames(draw: st.DrawFn) -> bytes:
    payload = draw(st.one_of(st.binary(max_size=200), st.text(max_size=60).map(str.encode)))
    reserved = draw(st.sampled_from([0, 0, 0x40, 0x70]))
    return masked(payload, draw(st.integers(0, 15)), draw(st.booleans()), reserved)


@st.composite
def _subscriptions(draw: st.DrawFn) -> bytes:
    seq = draw(st.integers(-(1 << 65), 1 << 65))
    text = b'{"event":"subscribe","data":{"events":%s,"since":{"epoch":"x","seq":%d}}}' % (draw(NAMES), seq)
    return masked(text)


@st.composite
def _damaged(draw: st.DrawFn) -> bytes:
    cut = draw(st.integers(0, len(SUBSCRIBE)))
    return masked(SUBSCRIBE[:cut] + draw(st.binary(max_size=3)) + SUBSCRIBE[cut:])


SAID = st.lists(st.one_of(st.binary(min_size=1, max_size=200), _frames(), _subscriptions(), _damaged()), max_size=6)
"""What is sent once a WebSocket is open, piece by piece."""


def framed(seed: int, port: int, cases: int) -> int:
    """How many connections were sent what is hardly a WebSocket's."""
    connections = 0

    @hypothesis.seed(seed)
    @hypothesis.settings(QUIET, max_examples=cases)
    @hypothesis.given(SAID)
    def say(pieces: list[bytes]) -> None:
        nonlocal connections
        connections += 1
        with socket.create_connection(("127.0.0.1", port), timeout=5) as client:
            client.sendall(HANDSHAKE)
            assert client.recv(12).endswith(b" 101")
            with suppress(OSError):
                for piece in pieces:
                    client.sendall(piece)
                client.settimeout(0.02)
                while client.recv(1 << 16):
                    pass

    say()
    return connections
