"""`lookout subscriber` and the example of one, over TLS on the listener for other machines."""

from __future__ import annotations

import asyncio
import json
import os
import socket
import ssl
import subprocess
import sys
import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, closing, contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import nats
import nats.errors
import pytest
from nats.aio.client import Client
from nats.js.api import ConsumerConfig
from nats.js.errors import APIError

from services.broker import Subscriber, connected, consumer, system
from services.configuration import load
from tests.conftest import until
from tests.contents import contents
from tests.freeports import free_ports
from tests.stack import Stack, running_stack


@pytest.fixture(scope="module")
def stack() -> Iterator[Stack]:
    [port] = free_ports(1)
    with running_stack(LOOKOUT_NATS_LISTEN=f"127.0.0.1:{port}") as running:
        yield running


def listen(stack: Stack) -> str:
    return stack.environment["LOOKOUT_NATS_LISTEN"]


def certificate(stack: Stack) -> Path:
    return stack.data / "nats" / "certificate.pem"


def added(stack: Stack, name: str, project: str) -> str:
    said = stack.cli("subscriber", "add", name, "--project", project)
    assert said.returncode == 0, said.stderr
    [seed] = said.stdout.split()
    assert f"nats --server tls://{listen(stack)} --nkey {name}.nk --inbox-prefix _INBOX.{name}" in said.stderr
    assert str(certificate(stack)) in said.stderr
    return seed


@asynccontextmanager
async def subscribing(stack: Stack, name: str, seed: str, troubles: list[str] | None = None) -> AsyncIterator[Client]:
    async def note(error: Exception) -> None:
        if troubles is not None:
            troubles.append(str(error))

    client = await nats.connect(
        f"tls://{listen(stack)}",
        nkeys_seed_str=seed,
        tls=ssl.create_default_context(cafile=certificate(stack)),
        inbox_prefix=f"_INBOX.{name}".encode(),
        error_cb=note,
        allow_reconnect=False,
    )
    try:
        yield client
    finally:
        await client.close()


def post(stack: Stack, project: str, text: str, **data: Any) -> None:
    event = {"type": "note", "project": project, "session": "s", "data": {"text": text} | data}
    assert stack.post("/events", event).status == 202


async def test_a_subscriber_hears_and_fetches_what_its_project_records_and_nothing_else(stack: Stack) -> None:
    post(stack, "shop", "before it was added")
    seed = added(stack, "reader", "shop")
    async with subscribing(stack, "reader", seed) as client:
        live = await client.subscribe("live.shop.>")
        await client.flush()
        for project, text in (("bank", "other"), ("shop", "first"), ("shopping", "other"), ("shop", "second")):
            post(stack, project, text)
        heard = [json.loads((await live.next_msg(5)).data)["data"]["text"] for _ in range(2)]
        fetched = await (await client.jetstream().pull_subscribe_bind("reader", "EVENTS")).fetch(10, timeout=5)
        texts = []
        for message in fetched:
            texts.append(json.loads(message.data)["data"]["text"])
            await message.ack()
        await client.flush()
    assert heard == texts == ["first", "second"]
    async with subscribing(stack, "reader", seed) as client:
        post(stack, "shop", "third")
        again = await (await client.jetstream().pull_subscribe_bind("reader", "EVENTS")).fetch(1, timeout=5)
        assert [json.loads(message.data)["data"]["text"] for message in again] == ["third"]


async def test_a_subscriber_can_make_no_consumer_and_read_nothing_directly(stack: Stack) -> None:
    troubles: list[str] = []
    async with subscribing(stack, "maker", added(stack, "maker", "shop"), troubles) as client:
        js = client.jetstream(timeout=0.5)
        for config in (
            ConsumerConfig(durable_name="maker", filter_subject="events.>"),
            ConsumerConfig(name="other", deliver_subject="_INBOX.maker.x"),
        ):
            with pytest.raises((TimeoutError, nats.errors.Error, APIError)):
                await js.add_consumer("EVENTS", config)
        for what in (js.get_msg("EVENTS", 1), js.get_msg("EVENTS", 1, direct=True), js.stream_info("EVENTS")):
            with pytest.raises((TimeoutError, nats.errors.Error, APIError)):
                await what
        await until(lambda: len(troubles) >= 5, "each try is a violation")
    assert all("permissions violation" in each.lower() for each in troubles), troubles


async def test_nobody_else_is_disconnected_when_one_is_added_and_one_is_removed(stack: Stack) -> None:
    settings = load(stack.environment)
    async with subscribing(stack, "stays", added(stack, "stays", "shop")) as stays:

        async def connections() -> set[tuple[int, str]]:
            with closing(system(settings)) as asked:
                answer = await asyncio.to_thread(asked.ask, "PING.CONNZ")
            names = ("lookout-ingest", "lookout-stream", "lookout-api")
            found = {(each["cid"], each.get("name", "")) for each in answer["data"]["connections"]}
            return {each for each in found if each[1] in names}

        before = await connections()
        assert len(before) == 3
        seed = added(stack, "goes", "shop")
        async with subscribing(stack, "goes", seed) as goes:
            assert stack.cli("subscriber", "remove", "goes").returncode == 0
            await until(lambda: not goes.is_connected, "who is removed is cut off")
        with pytest.raises(nats.errors.Error):
            async with subscribing(stack, "goes", seed):
                pass
        assert await connections() == before
        assert stays.is_connected
        post(stack, "shop", "still here")
        consumer = await stays.jetstream().pull_subscribe_bind("stays", "EVENTS")
        assert len(await consumer.fetch(1, timeout=5)) == 1


def test_the_listener_takes_tls_alone_and_shows_the_certificate_that_is_named(stack: Stack) -> None:
    with pytest.raises(ssl.SSLCertVerificationError):
        tls_version(stack, ssl.create_default_context())
    assert tls_version(stack, ssl.create_default_context(cafile=certificate(stack))) == "TLSv1.3"
    with greeted(stack) as plain:
        plain.sendall(b'CONNECT {"user":"api","pass":"x"}\r\nPING\r\n')
        assert plain.recv(4096) == b""


def tls_version(stack: Stack, trust: ssl.SSLContext) -> str | None:
    with greeted(stack) as plain, trust.wrap_socket(plain, server_hostname="127.0.0.1") as secured:
        return secured.version()


@contextmanager
def greeted(stack: Stack) -> Iterator[socket.socket]:
    host, port = listen(stack).split(":")
    with socket.create_connection((host, int(port)), timeout=10) as plain:
        info = b""
        while not info.endswith(b"\r\n"):
            info += plain.recv(4096)
        assert json.loads(info.removeprefix(b"INFO "))["tls_required"] is True
        yield plain


def test_the_key_is_shown_once_and_is_nowhere_on_disk(stack: Stack) -> None:
    seed = added(stack, "secret", "shop")
    assert [path for path, inside in contents(stack.data).items() if seed.encode() in inside] == []
    for name in ("subscribers.json", "nats.conf", "certificate.key"):
        assert (stack.data / "nats" / name).stat().st_mode & 0o777 == 0o600
    assert ["secret", "shop"] in [line.split()[:2] for line in stack.cli("subscriber", "list").stdout.splitlines()]
    stack.until(
        "/events?q=type:audit.subscriber_added",
        lambda answer: any(each["data"]["on"] == "secret" for each in answer["events"]),
    )


def test_what_is_wrong_is_said_in_a_sentence(stack: Stack, tmp_path: Path) -> None:
    added(stack, "twice", "*")
    again = stack.cli("subscriber", "add", "twice", "--project", "shop")
    assert (again.returncode, again.stdout) == (1, "")
    assert again.stderr.startswith("lookout: There is a subscriber twice already")
    assert stack.cli("subscriber", "remove", "nobody").stderr == "lookout: There is no subscriber nobody.\n"
    assert (
        "'Not a name' is no subscriber's name" in stack.cli("subscriber", "add", "Not a name", "--project", "p").stderr
    )


class Webhook:
    """Takes posts, or refuses them."""

    def __init__(self) -> None:
        self.got: list[dict[str, Any]] = []
        self.refusing = False
        self.refused = 0
        hook = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                if hook.refusing:
                    hook.refused += 1
                else:
                    hook.got.append(body)
                self.send_response(503 if hook.refusing else 200)
                self.end_headers()

            def log_message(self, format: str, *args: object) -> None:  # noqa: A002
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.thread = threading.Thread(target=self.server.serve_forever, daemon=True)
        self.thread.start()

    def close(self) -> None:
        self.server.shutdown()
        self.server.server_close()
        self.thread.join()


@pytest.fixture
def webhook() -> Iterator[Webhook]:
    made = Webhook()
    yield made
    made.close()


@contextmanager
def example(stack: Stack, folder: Path, webhook: Webhook) -> Iterator[subprocess.Popen[str]]:
    options = {
        "server": f"tls://{listen(stack)}",
        "ca": certificate(stack),
        "name": "alerts",
        "key": folder / "alerts.nk",
        "webhook": f"http://127.0.0.1:{webhook.server.server_port}/",
        "state": folder / "state.json",
    }
    command = [sys.executable, "deploy/examples/context_webhook.py", *(f"--{name}={v}" for name, v in options.items())]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    assert process.stdout is not None
    try:
        assert process.stdout.readline() == "Listening as alerts.\n"
        yield process
    finally:
        process.kill()
        process.communicate()


def used(stack: Stack, session: str, share: float, project: str = "shop") -> None:
    data = {"session_id": session, "token_usage": 1000, "context_percentage": share}
    event = {"type": "session_update", "project": project, "session": session, "data": data}
    assert stack.post("/events", event).status == 202


async def come_again_sooner(stack: Stack, name: str, project: str, seconds: int) -> None:
    """What was taken and not acknowledged; otherwise that is half a minute."""
    config = consumer(Subscriber(name, project, "", "")) | {"ack_wait": seconds * 1_000_000_000}
    async with connected(load(stack.environment), "access") as access:
        subject = f"$JS.API.CONSUMER.CREATE.EVENTS.{name}.{config['filter_subject']}"
        question = json.dumps({"stream_name": "EVENTS", "config": config}).encode()
        answer = json.loads(await access.bus.request(subject, question))
    assert answer["config"]["ack_wait"] == config["ack_wait"], answer


async def test_the_example_posts_each_session_that_passes_its_threshold_and_misses_none(
    stack: Stack, tmp_path: Path, webhook: Webhook
) -> None:
    with os.fdopen(os.open(tmp_path / "alerts.nk", os.O_WRONLY | os.O_CREAT, 0o600), "w") as file:
        file.write(added(stack, "alerts", "shop"))
    # More than the example waits before it asks the webhook again.
    await come_again_sooner(stack, "alerts", "shop", 6)

    def sessions() -> list[str]:
        return [each["session"] for each in webhook.got]

    with example(stack, tmp_path, webhook):
        for share in (0.5, 0.84, 0.851, 0.9):
            used(stack, "one", share)
        used(stack, "elsewhere", 0.99, project="bank")
        await until(lambda: sessions() == ["one"], "the first passing is posted")
        # Compacted, and full again.
        used(stack, "one", 0.2)
        used(stack, "one", 0.86)
        await until(lambda: sessions() == ["one", "one"], "the second passing is posted")
        stack.kill("nats")
        used(stack, "after-the-broker", 0.9)
        await until(lambda: sessions()[2:] == ["after-the-broker"], "it is there again with the broker", 30)
        # Killed before that it would post it again.
        await until(lambda: "after-the-broker" in (tmp_path / "state.json").read_text(), "it is noted")
    used(stack, "while-it-was-away", 0.9)
    used(stack, "one", 0.95)
    webhook.refusing = True
    with example(stack, tmp_path, webhook):
        await until(lambda: webhook.refused > 0, "it tries", 40)
    webhook.refusing = False
    with example(stack, tmp_path, webhook):
        used(stack, "last", 0.9)
        # What the one that was killed had in hand comes again.
        await until(lambda: len(sessions()) >= 5, "all passings are posted", 40)
    assert sorted(sessions()[3:]) == ["last", "while-it-was-away"]
    assert webhook.got[0]["text"] == "Session one of shop has used 85% of its context window."
