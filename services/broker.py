"""The nats-server of a Lookout: how it is configured, and how its own processes connect to it.

It has one listener. On a team's machine that can be reached from outside (`nats.listen`) it speaks TLS alone, to the
services too; they trust its certificate itself, so that it may be any. Without it nats-server listens on 127.0.0.1.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path

import msgspec
from msgspec import Struct

from services.eventlog import Connection, connect
from services.passwords import nats_password, nats_passwords
from services.pem import certificate, pinned
from services.private import write_private
from services.settings import ROOT, Settings
from services.subjects import LIVE, LOG, STREAM, token
from services.system import SWITCH, System, write_switch

FREE = 256 << 20
"""Room beside the log's own limit: nats-server keeps more than the events themselves."""

ACCOUNT = "LOOKOUT"
"""The account of the services in deploy/nats.conf."""

INCLUDED = "subscribers.conf"
EVERY = "*"
"""The project of a subscriber that hears of all of them."""


class Subscriber(Struct, frozen=True):
    """A NATS user of a team's own automation; `nkey` is the public key of the pair it signs in with."""

    name: str
    project: str
    created: str
    nkey: str


def subscribers(data: Path) -> list[Subscriber]:
    file = data / "nats" / "subscribers.json"
    return msgspec.json.decode(file.read_bytes(), type=list[Subscriber]) if file.exists() else []


def write_subscribers(data: Path, every: Iterable[Subscriber]) -> None:
    known = list(every)
    folder = data / "nats"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    write_private(folder / "subscribers.json", msgspec.json.format(msgspec.json.encode(known)) + b"\n")
    write_private(folder / INCLUDED, "".join(f"{_account(each)}\n" for each in known))


def within(root: str, project: str) -> str:
    """The subjects of a project, or of all of them, on the log or live."""
    return f"{root}.>" if project == EVERY else f"{root}.{token(project)}.>"


def configuration_path(data: Path) -> Path:
    return data / "nats" / "nats.conf"


def write_configuration(settings: Settings, encrypted: bool) -> Path:
    """Makes the file that nats-server is started with; where it is encrypted STORE_KEY must be in its environment."""
    path = configuration_path(settings.data_dir)
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    write_private(path, configuration(settings, encrypted, path.parent))
    return path


def configuration(settings: Settings, encrypted: bool, folder: Path) -> str:
    """What nats-server reads from a file in `folder`, and the files in the data folder that it includes."""
    data = settings.data_dir
    write_subscribers(data, subscribers(data))
    write_switch(data, True)
    # Always read relative to the including file.
    included, switch = (os.path.relpath(data / "nats" / each, folder) for each in (INCLUDED, SWITCH))
    parts = {
        "switch": [f"include {json.dumps(switch)}"],
        "encryption": ["cipher: chachapoly", "key: $STORE_KEY"] if encrypted else [],
        "tls": _tls(settings),
        "subscribers": [f"include {json.dumps(included)}"],
    }

    def part(found: re.Match[str]) -> str:
        return "".join(f"{found[1]}{line}\n" for line in parts[found[2]])

    text = (ROOT / "deploy" / "nats.conf").read_text(encoding="utf-8")
    return _values(settings) + re.sub(r"^( *)#\+ (\w+)\n", part, text, flags=re.MULTILINE)


def _values(settings: Settings) -> str:
    data = settings.data_dir
    values: dict[str, str | int] = {
        "NATS_LISTEN": settings.nats.listen or f"{settings.internal.bind}:{settings.internal_port('nats')}",
        "NATS_STORE": str(data / "jetstream"),
        "NATS_MAX_FILE": settings.log.max_bytes + FREE,
    }
    values |= {f"NATS_{user.upper()}_PASSWORD": password for user, password in nats_passwords(data).items()}
    return "".join(f"{name}: {json.dumps(value)}\n" for name, value in values.items())


def _tls(settings: Settings) -> list[str]:
    if not settings.nats.listen:
        return []
    from services.certificate import ensure_certificate

    paths = [json.dumps(str(each)) for each in ensure_certificate(settings)]
    return [f'tls {{ cert_file: {paths[0]}, key_file: {paths[1]}, min_version: "1.2", timeout: 5 }}']


def _account(subscriber: Subscriber) -> str:
    """It hears its project live, and takes from its consumer, which only `lookout` can make or change: JetStream does
    not check what a consumer reads against its maker's rights to subscribe (nats-io/nats-server#4225, #8274).

    It has an account to itself, since a consumer sends to whatever subject a fetch names as the one for the answer: in
    the account of the services it could put events of its project on their subjects.
    """
    live, name = within(LIVE, subscriber.project), subscriber.name
    services = [f"$JS.API.CONSUMER.{what}.{STREAM}.{name}" for what in ("MSG.NEXT", "INFO")]
    services.append(f"$JS.ACK.{STREAM}.{name}.>")
    permissions = {"publish": {"allow": services}, "subscribe": {"allow": [live, f"{inbox(name)}.>"]}}
    imports: list[dict[str, object]] = [{"stream": {"account": ACCOUNT, "subject": live}}]
    imports += [{"service": {"account": ACCOUNT, "subject": each}} for each in services]
    users = [{"nkey": subscriber.nkey, "permissions": permissions}]
    return f"subscriber-{name} {json.dumps({'users': users, 'imports': imports})}"


def inbox(name: str) -> str:
    return f"_INBOX.{name}"


def consumer(subscriber: Subscriber, after: int | None = None) -> dict[str, object]:
    """The consumer of a subscriber: durable, pulled, of its project alone, from now on or from after a seq."""
    begin: dict[str, object] = (
        {"deliver_policy": "new"}
        if after is None
        else {"deliver_policy": "by_start_sequence", "opt_start_seq": after + 1}
    )
    return begin | {
        "name": subscriber.name,
        "durable_name": subscriber.name,
        "filter_subject": within(LOG, subscriber.project),
        "ack_policy": "explicit",
        "ack_wait": 30_000_000_000,
        "max_ack_pending": 1000,
        "max_waiting": 16,
        "max_batch": 1000,
    }


def system(settings: Settings) -> System:
    host, port = settings.nats_address
    trust = partial(pinned, certificate(settings).certificate) if settings.nats.listen else None
    return System(host, port, nats_password(settings.data_dir, "system"), trust)


@asynccontextmanager
async def connected(settings: Settings, user: str) -> AsyncIterator[Connection]:
    """A connection of one of Lookout's own NATS users, kept for as long as the block runs."""
    host, port = settings.nats_address
    password = nats_password(settings.data_dir, user)
    if not settings.nats.listen:
        async with connect(f"nats://{host}:{port}", user, password) as connection:
            yield connection
        return
    file = certificate(settings).certificate
    async with connect(f"tls://{host}:{port}", user, password, lambda: pinned(file)) as connection:
        yield connection
