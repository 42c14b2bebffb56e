"""Whatever is posted, an adapter makes events of it or says in a sentence why not."""

from __future__ import annotations

from contextlib import suppress
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.adapters import ADAPTERS, Refused
from services.events import Envelope, decode, encode, message_id
from services.redact import scrub
from services.stream.protocol import Mistake
from services.stream.protocol import decode as decode_frame
from services.subjects import event_subject
from tests.adapters.bodies import bodies, values

RECEIVED = datetime(2026, 11, 24, 10, 0, tzinfo=UTC)
HEADERS = st.dictionaries(
    st.sampled_from("content-type x-lookout-project idempotency-key ce-id ce-type ce-source ce-specversion".split()),
    st.one_of(st.text(max_size=30), st.sampled_from(["application/json", "application/x-ndjson", "1.0"])),
    max_size=5,
)


@pytest.mark.parametrize("path", sorted(ADAPTERS))
@given(body=bodies(), headers=HEADERS)
@settings(max_examples=40)
def test_a_body_becomes_events_that_can_be_stored_or_is_refused(
    path: str, body: bytes, headers: dict[str, str]
) -> None:
    events: list[Envelope[Any]] = []
    with suppress(Refused):
        events = ADAPTERS[path].translate(body, headers, RECEIVED)
    for event in map(scrub, events):
        assert decode(event.type, encode(event)).id == event.id
        assert message_id(event)
        assert event_subject(event.project, event.session, event.type).count(".") == 3


@given(st.one_of(st.text(), values.map(str), bodies().map(lambda each: each.decode("latin-1"))))
@settings(max_examples=100)
def test_a_message_of_a_client_is_understood_or_a_mistake(message: str) -> None:
    with suppress(Mistake):
        assert decode_frame(message) is not None
