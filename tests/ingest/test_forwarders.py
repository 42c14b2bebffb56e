"""What forwarders say of themselves reaches the API, and harms nothing where it is nonsense."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import msgspec
import pytest

from services.access import IDENTITY, Grant, Identity
from services.asgi import cancel
from services.forwarders import HEADER, Forwarder, Heard, written
from services.ingest import forwarders as hearing
from services.ingest.forwarders import Forwarders
from tests.conftest import Nats, until


def forwarder(spool: str = "a1", **figures: Any) -> Forwarder:
    told = {"spool": spool, "host": "büro", "version": "1", "uptime": 1.5, "interval": 10.0, "oldest": None}
    counted = dict.fromkeys("waiting waiting_bytes max_bytes sent refused lost".split(), 0)
    return msgspec.convert(told | counted | figures, Forwarder)


def scope(value: str | None, identity: Identity | None = None) -> dict[str, Any]:
    headers = [(b"host", b"localhost"), *([] if value is None else [(HEADER.encode(), value.encode())])]
    return {"headers": headers, IDENTITY: identity}


async def passed_on(told: Forwarders, nats: Nats, monkeypatch: pytest.MonkeyPatch, count: int = 1) -> list[Heard]:
    """What a subscriber of heartbeats gets, so many at the least."""
    monkeypatch.setattr(hearing, "SECONDS", 0.01)
    got: list[Heard] = []

    async def heard(subject: str, payload: bytes) -> None:
        assert subject.startswith("beat.forward.")
        got.append(msgspec.json.decode(payload, type=Heard))

    async with (
        nats.connected("api") as api,
        nats.connected("ingest") as ingest,
        api.bus.subscribed("beat.*.*", heard),
    ):
        running = asyncio.create_task(told.run(ingest.bus))
        await until(lambda: len(got) >= count, "something is passed on")
        await cancel(running)
    return got


async def test_the_newest_of_each_forwarder_is_passed_on(nats: Nats, monkeypatch: pytest.MonkeyPatch) -> None:
    told = Forwarders()
    key = Identity("key", "k", (Grant("ingester", "shop"),))
    told.hear(scope(written(forwarder("a1", sent=1))))
    told.hear(scope(written(forwarder("a1", sent=2)), key))
    told.hear(scope(written(forwarder("a1", sent=3)), key))
    got = await passed_on(told, nats, monkeypatch, 2)
    assert got == [Heard(forwarder("a1", sent=1), None, "local"), Heard(forwarder("a1", sent=3), ["shop"], "key k")]


async def test_a_spool_of_the_same_name_on_another_host_is_another(nats: Nats, monkeypatch: pytest.MonkeyPatch) -> None:
    told = Forwarders()
    for host, sent in (("desk", 1), ("laptop", 2), ("desk", 3)):
        told.hear(scope(written(forwarder(host=host, sent=sent))))
    got = await passed_on(told, nats, monkeypatch, 2)
    assert [(each.forwarder.host, each.forwarder.sent) for each in got] == [("desk", 3), ("laptop", 2)]


async def test_one_key_leaves_room_for_the_others(nats: Nats, monkeypatch: pytest.MonkeyPatch) -> None:
    told = Forwarders()
    for number in range(hearing.MOST):
        told.hear(scope(written(forwarder(f"{number}")), Identity("key", "loud", (Grant("ingester", "shop"),))))
    told.hear(scope(written(forwarder("calm")), Identity("key", "calm", (Grant("ingester", "shop"),))))
    got = await passed_on(told, nats, monkeypatch, hearing.MOST_OF_ONE + 1)
    assert len(got) == hearing.MOST_OF_ONE + 1
    assert got[-1].sender == "key calm"


async def test_whoever_may_send_to_every_project_is_of_none_alone(nats: Nats, monkeypatch: pytest.MonkeyPatch) -> None:
    told = Forwarders()
    told.hear(scope(written(forwarder())))
    assert (await passed_on(told, nats, monkeypatch))[0].projects is None


@pytest.mark.parametrize(
    "value",
    [
        None,
        "",
        "{",
        "[]",
        "\udcff",
        json.dumps({"spool": "a1"}),
        written(forwarder()).replace('"sent": 0', '"sent": -1'),
        written(forwarder()).replace('"sent": 0', f'"sent": {10**30}'),
        written(forwarder()).replace('"a1"', '""'),
        written(forwarder()).replace('"a1"', json.dumps("a" * 65)),
        written(forwarder()).replace('"oldest": null', '"oldest": "2026-11-24T06:00:00"'),
    ],
)
async def test_nonsense_is_not_passed_on(nats: Nats, monkeypatch: pytest.MonkeyPatch, value: str | None) -> None:
    told = Forwarders()
    headers = scope(None if value is None else "")
    if value:
        headers["headers"][-1] = (HEADER.encode(), value.encode("utf-8", "surrogateescape"))
    told.hear(headers)
    told.hear(scope(written(forwarder("good"))))
    assert [each.forwarder.spool for each in await passed_on(told, nats, monkeypatch)] == ["good"]


async def test_so_many_at_once_do_not_fill_the_memory(nats: Nats, monkeypatch: pytest.MonkeyPatch) -> None:
    told = Forwarders()
    for number in range(hearing.MOST + 50):
        sender = Identity("key", f"{number // 50}", (Grant("ingester"),))
        told.hear(scope(written(forwarder(f"{number}")), sender))
    assert len(await passed_on(told, nats, monkeypatch, hearing.MOST)) == hearing.MOST


def test_a_host_of_any_name_travels_in_a_header() -> None:
    value = written(forwarder(host="büro 🖥\r\nx: y"))
    assert value.isascii()
    assert value.isprintable()
    told = Forwarders()
    told.hear(scope(value))
    assert [each.forwarder.host for each in told._heard.values()] == ["büro 🖥\r\nx: y"]
