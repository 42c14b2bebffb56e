"""What each NATS user may do, tried on a nats-server that is configured as a Lookout configures it."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from subprocess import Popen

import pytest

from services.broker import (
    Subscriber,
    configuration_path,
    connected,
    consumer,
    subscribers,
    write_configuration,
    write_subscribers,
)
from services.configuration import load
from services.eventlog import Connection
from services.log import Message
from services.nkey import Nkey, new_nkey
from services.passwords import nats_passwords
from services.settings import Settings
from tests.conftest import BIN, until, wait_for_port
from tests.freeports import free_block
from tests.natswire import Wire

PUBLISH: dict[str, set[str]] = {
    "events.shop.s.tool_use": {"ingest"},
    "events.lookout._.health_status": {"ingest", "api", "access"},
    "events.lookout._.audit%2Elogin": {"ingest", "api", "access"},
    "events.lookout.s.audit%2Elogin": {"ingest"},
    "events.shop._.session_erased": {"ingest", "api"},
    "live.shop.s.tool_use": set(),
    "live.shop._.session_erased": set(),
    "beat.ingest.i": {"ingest"},
    "beat.stream.i": {"stream"},
    "beat.api.i": {"api"},
    "beat.wanted": {"api"},
    "state.i.shop": {"api"},
    "api.state": {"stream"},
    "access.seen": {"ingest", "stream"},
    "$KV.ACCESS.user.ada": {"api", "access"},
    "$KV.OTHER.user.ada": set(),
    "$JS.API.INFO": set(),
    "$JS.API.STREAM.INFO.EVENTS": {"ingest", "stream", "api", "access"},
    "$JS.API.STREAM.INFO.KV_ACCESS": {"api", "access"},
    "$JS.API.STREAM.CREATE.EVENTS": {"api"},
    "$JS.API.STREAM.UPDATE.EVENTS": {"api"},
    "$JS.API.STREAM.CREATE.KV_ACCESS": {"api", "access"},
    "$JS.API.STREAM.UPDATE.KV_ACCESS": set(),
    "$JS.API.STREAM.CREATE.OTHER": set(),
    "$JS.API.STREAM.LIST": set(),
    "$JS.API.STREAM.NAMES": set(),
    "$JS.API.STREAM.DELETE.EVENTS": set(),
    "$JS.API.STREAM.DELETE.KV_ACCESS": set(),
    "$JS.API.STREAM.PURGE.EVENTS": set(),
    "$JS.API.STREAM.PURGE.KV_ACCESS": set(),
    "$JS.API.STREAM.SNAPSHOT.EVENTS": set(),
    "$JS.API.STREAM.RESTORE.EVENTS": set(),
    "$JS.API.STREAM.MSG.DELETE.EVENTS": {"api"},
    "$JS.API.STREAM.MSG.DELETE.KV_ACCESS": set(),
    "$JS.API.STREAM.MSG.GET.EVENTS": set(),
    "$JS.API.STREAM.MSG.GET.KV_ACCESS": set(),
    "$JS.API.DIRECT.GET.EVENTS": {"stream", "api", "access"},
    "$JS.API.DIRECT.GET.EVENTS.events.shop.s.tool_use": set(),
    "$JS.API.DIRECT.GET.KV_ACCESS": {"ingest", "stream", "api", "access"},
    "$JS.API.CONSUMER.CREATE.EVENTS": set(),
    "$JS.API.CONSUMER.CREATE.EVENTS.mine": {"access"},
    "$JS.API.CONSUMER.CREATE.EVENTS.mine.events.shop.>": {"access"},
    "$JS.API.CONSUMER.CREATE.KV_ACCESS.mine": set(),
    "$JS.API.CONSUMER.DURABLE.CREATE.EVENTS.mine": set(),
    "$JS.API.CONSUMER.DELETE.EVENTS.mine": {"access"},
    "$JS.API.CONSUMER.DELETE.KV_ACCESS.mine": set(),
    "$JS.API.CONSUMER.PAUSE.EVENTS.one": set(),
    "$JS.API.CONSUMER.RESET.EVENTS.one": set(),
    "$JS.API.CONSUMER.UNPIN.EVENTS.one": set(),
    "$JS.API.CONSUMER.LIST.EVENTS": set(),
    "$JS.API.CONSUMER.NAMES.EVENTS": set(),
    "$JS.API.CONSUMER.INFO.EVENTS.one": {"access", "one"},
    "$JS.API.CONSUMER.INFO.EVENTS.two": {"access", "two"},
    "$JS.API.CONSUMER.MSG.NEXT.EVENTS.one": {"one"},
    "$JS.API.CONSUMER.MSG.NEXT.EVENTS.two": {"two"},
    "$JS.API.CONSUMER.MSG.NEXT.KV_ACCESS.one": set(),
    "$JS.ACK.EVENTS.one.1.1.1.0.0": {"one"},
    "$JS.ACK.EVENTS.two.1.1.1.0.0": {"two"},
    "$JS.ACK.KV_ACCESS.one.1.1.1.0.0": set(),
    "$JS.FC.EVENTS.one.x": set(),
    "$SYS.REQ.SERVER.PING": set(),
    "$SYS.REQ.USER.INFO": set(),
    "_INBOX.one.x": set(),
    "_INBOX_api.x": set(),
    "_INBOX_access.x": set(),
    "anything": set(),
}
"""Who may publish there."""

SUBSCRIBE: dict[str, set[str]] = {
    ">": set(),
    "*": set(),
    "*.>": set(),
    "events.>": set(),
    "events.shop.>": set(),
    "live.>": {"stream", "api"},
    "live.*.*.tool_use": {"stream", "api"},
    "live.shop.>": {"stream", "api", "one"},
    "live.shop.s.tool_use": {"stream", "api", "one"},
    "live.other.>": {"stream", "api", "two"},
    "$KV.>": set(),
    "$KV.ACCESS.>": set(),
    "$JS.>": set(),
    "$JS.API.>": set(),
    "$JS.EVENT.>": set(),
    "$JS.ACK.>": set(),
    "$SYS.>": set(),
    "beat.*.*": {"api"},
    "beat.wanted": {"ingest", "stream", "api"},
    "beat.>": set(),
    "state.*.*": {"stream"},
    "state.>": set(),
    "api.state": {"api"},
    "access.seen": {"api"},
    "_INBOX.>": set(),
    "_INBOX.*.>": set(),
    "_INBOX.one.>": {"one"},
    "_INBOX.two.>": {"two"},
    **{f"_INBOX_{user}.>": {user} for user in ("ingest", "stream", "api", "access")},
    "anything": set(),
}
"""Who may subscribe to it."""

USERS = ("ingest", "stream", "api", "access", "one", "two")


class Broker:
    """nats-server with two subscribers, `one` of the project shop and `two` of the project other."""

    def __init__(self, data: Path) -> None:
        self.settings: Settings = load({"LOOKOUT_DATA": str(data), "LOOKOUT_PORT": str(free_block())})
        self.keys: dict[str, Nkey] = {name: new_nkey() for name in ("one", "two")}
        self.subscribers = [
            Subscriber(name, project, "2026-11-24T00:00:00Z", self.keys[name].public)
            for name, project in (("one", "shop"), ("two", "other"))
        ]
        write_subscribers(data, self.subscribers)
        write_configuration(self.settings, encrypted=False)

    @property
    def port(self) -> int:
        return self.settings.internal_port("nats")

    def wire(self, user: str) -> Wire:
        if user in self.keys:
            return Wire(self.port, seed=self.keys[user].seed)
        return Wire(self.port, user=user, password=nats_passwords(self.settings.data_dir)[user])


@pytest.fixture(scope="module")
def broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Broker]:
    data = tmp_path_factory.mktemp("data")
    made = Broker(data)
    with (data / "nats.log").open("ab") as log:
        process = Popen([BIN / "nats-server", "-c", configuration_path(data)], stdout=log, stderr=log)
    wait_for_port(made.port)
    yield made
    process.kill()
    process.wait()


@pytest.mark.parametrize("user", USERS)
def test_a_user_may_publish_what_it_needs_and_nothing_else(broker: Broker, user: str) -> None:
    with broker.wire(user) as wire:
        tried = {subject for subject in PUBLISH if wire.may_publish(subject, "_INBOX.nobody")}
    assert tried == {subject for subject, users in PUBLISH.items() if user in users}


@pytest.mark.parametrize("user", USERS)
def test_a_user_may_subscribe_to_what_it_needs_and_nothing_else(broker: Broker, user: str) -> None:
    with broker.wire(user) as wire:
        tried = {subject for subject in SUBSCRIBE if wire.may_subscribe(subject)}
        queued = {subject for subject in SUBSCRIBE if wire.may_subscribe(subject, "queue")}
    assert tried == queued == {subject for subject, users in SUBSCRIBE.items() if user in users}


@pytest.mark.parametrize("user", ["", "api", "one", "system", "nobody"])
def test_who_has_no_password_or_another_is_not_let_in(broker: Broker, user: str) -> None:
    for password in ("", "password", "$2a$04$x", "null"):
        with Wire(broker.port, user=user, password=password) as wire:
            assert wire.greeting[0] == b"-ERR 'Authorization Violation'"


def test_a_key_pair_that_was_not_added_is_not_let_in(broker: Broker) -> None:
    with Wire(broker.port, seed=new_nkey().seed) as wire:
        assert wire.greeting[0] == b"-ERR 'Authorization Violation'"


@asynccontextmanager
async def streaming(broker: Broker) -> AsyncIterator[tuple[Connection, Connection]]:
    """The log with a consumer for each subscriber, and the connections of the API and of ingest."""
    async with connected(broker.settings, "api") as api, connected(broker.settings, "ingest") as ingest:
        await api.log.ensure_stream("epoch-1", 3600, 256 << 20)
        async with connected(broker.settings, "access") as access:
            for each in broker.subscribers:
                config = consumer(each)
                subject = f"$JS.API.CONSUMER.CREATE.EVENTS.{each.name}.{config['filter_subject']}"
                body = {"stream_name": "EVENTS", "config": config, "action": ""}
                answer = json.loads(await access.bus.request(subject, json.dumps(body).encode()))
                assert "error" not in answer, answer
        yield api, ingest


async def test_a_subscriber_cannot_have_its_events_sent_to_a_subject_of_the_services(broker: Broker) -> None:
    """A fetch names the subject for its answer, which no permission covers: only the account keeps it apart."""
    arrived: list[str] = []

    async def hear(subject: str, payload: bytes) -> None:
        arrived.append(subject)

    async with AsyncExitStack() as stack:
        api, ingest = await stack.enter_async_context(streaming(broker))
        for subject in ("live.>", "api.state", "beat.*.*"):
            await stack.enter_async_context(api.bus.subscribed(subject, hear))
        for number in range(3):
            await ingest.log.append(Message("events.shop.s.tool_use", f"id-{number}", b"{}"))
        with broker.wire("one") as wire:
            for target in ("api.state", "beat.api.forged", "live.other.s.tool_use", "events.other.s.tool_use"):
                assert wire.may_publish("$JS.API.CONSUMER.MSG.NEXT.EVENTS.one", target, '{"batch":1}')
                wire.may_publish("$JS.ACK.EVENTS.one.1.1.1.0.0", target, "+NXT")
        await until(lambda: len(arrived) >= 3, "what was appended is live")
        await api.bus.request("$JS.API.STREAM.INFO.EVENTS", b"")
    assert arrived == ["live.shop.s.tool_use"] * 3


def test_the_configuration_is_for_its_owner_alone_and_has_no_key_of_the_store(broker: Broker) -> None:
    path = write_configuration(broker.settings, encrypted=True)
    assert path.stat().st_mode & 0o777 == 0o600
    assert "cipher: chachapoly\n  key: $STORE_KEY\n" in path.read_text()
    write_configuration(broker.settings, encrypted=False)
    assert "cipher" not in path.read_text()
    assert subscribers(broker.settings.data_dir) == broker.subscribers
