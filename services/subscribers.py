"""`lookout subscriber`: NATS users for a team's own automation, each with a consumer on the log.

They sign in with a key pair (nkey) and not with a password: the server knows the public half alone, so that neither the
data folder nor a backup of it lets anyone in, the secret itself never crosses the wire, and checking it costs nothing
that a flood of wrong ones could use up, as bcrypt does (a second of processor time at the usual cost).

nats-server reads its users from its configuration, which includes a file of them from the data folder. That is written
anew, and nats-server told to read it, by its own request for that, which answers, unlike a signal, and works from
another container. Whoever is connected stays so, but for the one who is removed.
"""

from __future__ import annotations

import asyncio
import json
import re
import socket
from contextlib import closing

from services.audit import audit
from services.broker import (
    EVERY,
    Subscriber,
    connected,
    consumer,
    inbox,
    subscribers,
    system,
    within,
    write_subscribers,
)
from services.eventlog import Bus
from services.events import now
from services.log import Unavailable, message
from services.nkey import new_nkey
from services.pem import certificate
from services.settings import Settings
from services.subjects import LIVE, STREAM
from services.system import Silent

NAME = r"[a-z0-9][a-z0-9_-]{0,31}"

_NOT_FOUND = 404


class SubscriberError(Exception):
    """What is wrong, in one sentence."""


def is_name(text: str) -> bool:
    return re.fullmatch(NAME, text) is not None


async def add(settings: Settings, name: str, project: str) -> str:
    """The seed with which the new subscriber signs in, which is kept nowhere.

    Its consumer begins with what is stored from now on. Raises SubscriberError, Unavailable.
    """
    data = settings.data_dir
    known = subscribers(data)
    if name in {each.name for each in known}:
        raise SubscriberError(f"There is a subscriber {name} already: choose another name, or remove that one first.")
    pair = new_nkey()
    made = Subscriber(name, project, now().isoformat(timespec="seconds"), pair.public)
    async with connected(settings, "access") as access:
        await access.log.append(message(audit("subscriber_added", who="cli", on=name, at=project)))
        # What was left behind would go on where another stopped.
        await drop_consumer(access.bus, name)
        await make_consumer(access.bus, made)
        write_subscribers(data, [*known, made])
        # nats-server 2.15 makes a new account when it reads its configuration, and lets it use services the next time.
        await reload(settings)
        await reload(settings)
    return pair.seed


async def remove(settings: Settings, name: str) -> None:
    """It is disconnected at once. Raises SubscriberError, Unavailable."""
    known = subscribers(settings.data_dir)
    rest = [each for each in known if each.name != name]
    if len(rest) == len(known):
        raise SubscriberError(f"There is no subscriber {name}.")
    async with connected(settings, "access") as access:
        await access.log.append(message(audit("subscriber_removed", who="cli", on=name)))
        write_subscribers(settings.data_dir, rest)
        await reload(settings)
        await drop_consumer(access.bus, name)


async def make_consumer(bus: Bus, subscriber: Subscriber, after: int | None = None) -> None:
    config = consumer(subscriber, after)
    subject = f"$JS.API.CONSUMER.CREATE.{STREAM}.{subscriber.name}.{config['filter_subject']}"
    await _ask(bus, subject, {"stream_name": STREAM, "config": config, "action": "create"})


async def drop_consumer(bus: Bus, name: str) -> None:
    await _ask(bus, f"$JS.API.CONSUMER.DELETE.{STREAM}.{name}", {}, _NOT_FOUND)


async def acknowledged(bus: Bus, name: str) -> int | None:
    """The seq up to which a subscriber has acknowledged everything; None where it has no consumer."""
    answer = await _ask(bus, f"$JS.API.CONSUMER.INFO.{STREAM}.{name}", {}, _NOT_FOUND)
    return int(answer["ack_floor"]["stream_seq"]) if "ack_floor" in answer else None


async def _ask(bus: Bus, subject: str, question: dict[str, object], *fine: int) -> dict[str, dict[str, int]]:
    answer: dict[str, dict[str, int]] = json.loads(await bus.request(subject, json.dumps(question).encode()))
    trouble = answer.get("error")
    if trouble and trouble["code"] not in fine:
        raise SubscriberError(f"nats-server refuses: {trouble['description']}.")
    return answer


async def reload(settings: Settings) -> None:
    """Raises SubscriberError, Unavailable."""
    try:
        trouble = await asyncio.to_thread(_read_again, settings)
    except Silent as error:
        raise Unavailable(str(error)) from error
    if trouble:
        raise SubscriberError(f"nats-server refuses: {trouble}.")


def _read_again(settings: Settings) -> str:
    with closing(system(settings)) as server:
        return server.read_again()


def table(known: list[Subscriber]) -> str:
    """A subscriber a line, in columns."""
    rows = [("NAME", "PROJECT", "ADDED"), *((each.name, each.project, each.created[:10]) for each in known)]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return "\n".join("  ".join(map(str.ljust, row, widths)).rstrip() for row in rows)


def connection(settings: Settings, name: str, project: str) -> str:
    """How a subscriber connects, as commands of the `nats` program; its seed is in the file NAME.nk."""
    options = f"--server {address(settings)} --nkey {name}.nk --inbox-prefix {inbox(name)}"
    trust = ""
    if settings.nats.listen and not settings.nats.certificate:
        options += " --tlsca lookout-nats.pem"
        trust = f"\n  trust             {certificate(settings).certificate}, copied to lookout-nats.pem"
    every = "every project" if project == EVERY else f"the project {project}"
    return f"""{name} may hear {every}. The line printed is its key, which is shown only now: keep it as {name}.nk.
{trust}
  as it happens     nats {options} subscribe '{within(LIVE, project)}'
  missing nothing   nats {options} consumer next {STREAM} {name} --count 100
"""


def address(settings: Settings) -> str:
    if not settings.nats.listen:
        return "nats://{}:{}".format(*settings.nats_address)
    host, _, port = settings.nats.listen.rpartition(":")
    if host in ("0.0.0.0", "[::]"):
        host = settings.team.site or socket.gethostname()
    return f"tls://{host}:{port}"
