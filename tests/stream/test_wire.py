"""Framing is held to wsproto; the connection is tried on a real Hypercorn in `test_app.py`."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from wsproto.connection import Connection, ConnectionType
from wsproto.events import Ping, TextMessage

from services.stream.wire import FRAGMENT, fragments, text_frame


def read(data: bytes) -> list[TextMessage | Ping]:
    client = Connection(ConnectionType.CLIENT)
    client.receive_data(data)
    return [event for event in client.events() if isinstance(event, (TextMessage, Ping))]


@pytest.mark.parametrize("length", [0, 1, 125, 126, 127, 65535, 65536, 300_000])
def test_a_frame_of_any_length_is_read_as_one_message(length: int) -> None:
    messages = read(text_frame(b"x" * length) + text_frame("ä€😀".encode()))
    assert "".join(each.data for each in messages if isinstance(each, TextMessage)) == "x" * length + "ä€😀"
    assert sum(isinstance(each, TextMessage) and each.message_finished for each in messages) == 2


@given(st.lists(st.text(), max_size=20))
def test_joined_frames_are_read_one_by_one(texts: list[str]) -> None:
    messages = read(b"".join(text_frame(text.encode()) for text in texts))
    assert [each.data for each in messages if isinstance(each, TextMessage)] == texts


@pytest.mark.parametrize("length", [1, FRAGMENT - 1, FRAGMENT, FRAGMENT + 1, 3 * FRAGMENT + 5])
def test_a_long_message_is_parted_and_read_as_one(length: int) -> None:
    parts = fragments(b"y" * length)
    assert all(len(part) <= FRAGMENT + 10 for part in parts)
    ping = b"\x89\x00"
    messages = read(ping.join(parts))
    texts = [each for each in messages if isinstance(each, TextMessage)]
    assert "".join(each.data for each in texts) == "y" * length
    assert [each.message_finished for each in texts].count(True) == 1
