"""What Lookout promises, stated once: every test of a fault ends with `check`.

- What was acknowledged is stored, where the answer said; so no 2xx is without a stored event.
- An event is stored once, however often it was sent.
- What a client received equals its filter applied to the log over its range, or it was told `recovered: false`.
- The state equals the fold of the log; so does the state at any earlier position.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

import msgspec

from services.api import fold
from services.eventlog import connect
from services.events import Envelope, Recorded, ToolUse, decode, message_id
from services.log import Stored
from services.subjects import name, tokens
from tests.listener import Listener
from tests.stack import Stack

Filter = Callable[[Envelope[Any]], bool]


def everything(event: Envelope[Any]) -> bool:
    return True


async def stored_events(stack: Stack) -> list[Stored]:
    """The log, read past all of Lookout's services."""
    async with connect(stack.nats_url, "api", stack.nats_password("api")) as connection:
        head = await connection.log.head()
        return [stored async for chunk in connection.log.read(1, head.last) for stored in chunk]


def recorded(stored: Iterable[Stored]) -> list[Recorded]:
    return [
        Recorded(each.seq, each.time, decode(name(tokens(each.subject).type) or "", each.payload)) for each in stored
    ]


async def check(
    stack: Stack,
    acknowledged: Mapping[str, int],
    clients: Sequence[tuple[Listener, Filter]],
    hooked: Iterable[str] = (),
    refusals: int = 0,
) -> list[Recorded]:
    """Raises AssertionError where a promise is broken.

    acknowledged: id of an event -> seq of the answer. hooked: ids of tool calls whose hook was answered.
    refusals: how often each client was told `recovered: false`.
    """
    stored = await stored_events(stack)
    # What was stored while the log was read may be with a client already.
    while stored and any(client.position > stored[-1].seq for client, _ in clients):
        stored = await stored_events(stack)
    log = recorded(stored)
    check_seqs(log)
    check_acknowledged(log, acknowledged)
    check_hooked(log, hooked)
    check_stored_once(log)
    for client, wanted in clients:
        check_received(log, client, wanted, refusals)
    check_contents(stored, [client for client, _ in clients])
    for seq in {log[-1].seq, log[len(log) // 2].seq}:
        check_state(log, stack.get(f"/state?at={seq}"))
    check_state(log, stack.until("/state", lambda state: state["seq"] >= log[-1].seq))
    return log


def check_seqs(log: Sequence[Recorded]) -> None:
    assert [each.seq for each in log] == list(range(1, len(log) + 1)), "the log has a hole"


def check_acknowledged(log: Sequence[Recorded], acknowledged: Mapping[str, int]) -> None:
    where = {each.event.id: each.seq for each in log}
    lost = {event_id: seq for event_id, seq in acknowledged.items() if where.get(event_id) != seq}
    assert not lost, f"acknowledged but not stored there: {lost}"


def check_hooked(log: Sequence[Recorded], hooked: Iterable[str]) -> None:
    stored = Counter(each.event.data.tool_use_id for each in log if isinstance(each.event.data, ToolUse))
    wrong = {identity: stored[identity] for identity in hooked if stored[identity] != 1}
    assert not wrong, f"hooks that were answered, and how often they are stored: {wrong}"


def check_stored_once(log: Sequence[Recorded]) -> None:
    seen: dict[str, int] = {}
    for each in log:
        first = seen.setdefault(message_id(each.event), each.seq)
        assert first == each.seq, f"seqs {first} and {each.seq} are one event"


def check_received(log: Sequence[Recorded], client: Listener, wanted: Filter, refusals: int = 0) -> None:
    assert client.start is not None, "the client was never subscribed"
    assert client.refused == refusals, f"{client.refused} resumes were refused, not {refusals}"
    expected = [each.seq for each in log if client.start < each.seq <= client.position and wanted(each.event)]
    assert client.seqs == expected, difference(client.seqs, expected)
    events = {each.seq: each.event for each in log}
    for frame in client.events:
        assert frame["event"] == events[frame["seq"]].type


def check_contents(stored: Iterable[Stored], clients: Iterable[Listener]) -> None:
    """Each event that a client got says what is stored of it; but for slim ones, which say less."""
    told = {each.seq: msgspec.json.decode(each.payload) for each in stored}
    for client in clients:
        for frame in [] if client.subscription.get("slim") else client.events:
            expected = told[frame["seq"]]
            assert {key: frame.get(key) for key in expected} == expected, (frame, expected)


def difference(received: Sequence[int], expected: Sequence[int]) -> str:
    missing = sorted(set(expected) - set(received))[:10]
    extra = sorted(set(received) - set(expected))[:10]
    repeated = len(received) - len(set(received))
    return (
        f"missing {missing}, not asked for {extra}, repeated {repeated}, in order {sorted(received) == list(received)}"
    )


def once(log: Iterable[Recorded]) -> list[Recorded]:
    """Without repeats that came after the log's own window for them."""
    first: dict[str, Recorded] = {}
    for each in log:
        first.setdefault(message_id(each.event), each)
    return list(first.values())


def check_state(log: Sequence[Recorded], answer: Mapping[str, Any]) -> None:
    """`answer` is that of GET /state."""
    state = fold.initial()
    fold.evolve_all(state, [each for each in once(log) if each.seq <= answer["seq"]])
    at = msgspec.convert(answer["at"], datetime)
    expected = msgspec.json.decode(msgspec.json.encode(fold.present(state, at, fold.Rules())))
    assert answer["state"] == expected
