"""How small an addition is: one type of event, one adapter and one projection, each a class and a line in a table.

They are registered from outside, and seen to work from the POST to the state, the history and the relay.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Iterable, Iterator, Mapping
from contextlib import AsyncExitStack, contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any, NamedTuple

import httpx
import pytest
from msgspec import Struct, field

from services.access import LOCAL
from services.adapters import ADAPTERS, Adapter
from services.api import fold
from services.api.app import create_app as create_api
from services.api.demo import Demo
from services.api.health import Heartbeats
from services.api.history import open_history
from services.api.projections import PROJECTIONS, Json, Projection, Rules
from services.api.projector import Projector
from services.api.sources import Sources
from services.asgi import cancel
from services.events import EVENT_TYPES, Acting, Envelope, Recorded, natural_id
from services.ingest.app import create_app as create_ingest
from services.ingest.writer import Writer
from services.settings import Settings
from services.stream.protocol import Selection
from services.stream.relay import Relay
from tests.conftest import Nats, known_as, until


class ReviewComment(Acting, frozen=True, kw_only=True):
    """The event type: an agent commented on a file."""

    file: str
    line: int


def translate(body: bytes, headers: Mapping[str, str], received: datetime) -> list[Envelope[Any]]:
    """The adapter: what a review tool sends."""
    said = json.loads(body)
    data = ReviewComment(file=said["path"], line=said["at"])
    event_id = natural_id("review_comment", said["nr"])
    return [
        Envelope(id=event_id, source="review", type="review_comment", time=received, project=said["repo"], data=data)
    ]


class Reviews(Struct):
    """The projection: comments by file."""

    comments: dict[str, int] = field(default_factory=dict)


def evolve(state: Reviews, events: Iterable[Recorded]) -> None:
    for recorded in events:
        match recorded.event.data:
            case ReviewComment(file=file):
                state.comments[file] = state.comments.get(file, 0) + 1


def present(state: Reviews, at: datetime, rules: Rules) -> Json:
    return dict(state.comments)


@contextmanager
def registered() -> Iterator[None]:
    EVENT_TYPES["review_comment"] = ReviewComment
    ADAPTERS["/hooks/review"] = Adapter(translate, 1 << 20, False)
    PROJECTIONS["reviews"] = Projection("reviews", Reviews, Reviews, evolve, present)
    try:
        yield
    finally:
        del EVENT_TYPES["review_comment"], ADAPTERS["/hooks/review"], PROJECTIONS["reviews"]


class Lookout(NamedTuple):
    ingest: httpx.AsyncClient
    api: httpx.AsyncClient
    projector: Projector
    relay: Relay


def client(app: Any) -> httpx.AsyncClient:
    return httpx.AsyncClient(transport=httpx.ASGITransport(known_as(LOCAL, app)), base_url="http://test")


@pytest.fixture
async def lookout(nats: Nats, tmp_path: Path) -> AsyncIterator[Lookout]:
    """The services' own parts on a real log, in this process, with the additions."""
    async with AsyncExitStack() as stack:
        stack.enter_context(registered())
        api = await stack.enter_async_context(nats.connected("api"))
        await api.log.ensure_stream("epoch-1", 3600, 256 << 20)
        ingest = await stack.enter_async_context(nats.connected("ingest"))
        stream = await stack.enter_async_context(nats.connected("stream"))
        history = open_history(tmp_path / "history.sqlite", "epoch-1", fold.schema())
        stack.callback(history.close)
        projector = Projector(api.log, history, "epoch-1", Rules())
        await projector.restore()
        writer, relay = Writer(ingest.log), Relay(stream.log, "epoch-1", 0)
        running = [asyncio.create_task(each.run()) for each in (projector, writer, relay)]
        known = Sources(api.log, projector, history, Heartbeats(0), 5, 0)
        yield Lookout(
            await stack.enter_async_context(client(create_ingest(ingest.log, writer))),
            await stack.enter_async_context(client(create_api(known, Demo(Settings())))),
            projector,
            relay,
        )
        await cancel(*running)


async def test_an_event_type_an_adapter_and_a_projection_are_a_line_each(lookout: Lookout) -> None:
    for number, line in (("1", 10), ("2", 20), ("2", 20)):
        body = {"path": "cart.py", "at": line, "nr": number, "repo": "shop"}
        assert (await lookout.ingest.post("/hooks/review", json=body)).status_code == 204
    await until(lambda: lookout.projector.state.seq == 2 == lookout.relay.head, "both readers have both events")
    state = (await lookout.api.get("/state", params={"project": "shop"})).json()["state"]
    assert state["projects"]["shop"]["reviews"] == {"cart.py": 2}
    found = (await lookout.api.get("/events", params={"q": "type:review_comment cart.py"})).json()["events"]
    assert [each["data"] for each in found] == [{"file": "cart.py", "line": 20}, {"file": "cart.py", "line": 10}]
    wanted = Selection(types=frozenset({"review_comment"}))
    relayed = [json.loads(each.frame) for each in lookout.relay.ring.after(0, 2) if wanted.takes(each.tokens)]
    assert [(each["event"], each["seq"], each["data"]["line"]) for each in relayed] == [
        ("review_comment", 1, 10),
        ("review_comment", 2, 20),
    ]


async def test_what_does_not_have_the_shape_of_the_new_type_is_refused(lookout: Lookout) -> None:
    body = {"type": "review_comment", "data": {"file": "cart.py"}}
    answer = await lookout.ingest.post("/events", json=body)
    assert answer.status_code == 400
    assert "line" in answer.json()["detail"]
