"""`lookout forward`: takes what agents on this machine send, and sends it on to the team's Lookout.

It runs the adapters and takes out secrets here, so that contents never leave the machine, and answers when the events
are in the spool on this machine's disk.
"""

from __future__ import annotations

import errno
import logging
import socket
import ssl
import time
from collections.abc import Coroutine, Iterator, Mapping
from contextlib import aclosing
from datetime import datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any, Literal

import uvloop
from msgspec import Struct, structs

from services.adapters import ADAPTERS
from services.adapters.payload import LONGEST_NAME
from services.asgi import for_this_machine, serve
from services.forward.keeper import Keeper
from services.forward.sender import INTERVAL, Sender, Takes
from services.forward.server import Key, Server, check, listening_port, trust
from services.forward.spool import Batch, Occupied, Spool, received
from services.forwarders import Forwarder, written
from services.intake import Intake
from services.pages import Pages
from services.run import log_to_stdout
from services.settings import Forward, Settings, SettingsError

logger = logging.getLogger("lookout")

TAKEN = {path: adapter for path, adapter in ADAPTERS.items() if not adapter.is_forwarded}
"""What is taken here: the same posts at the same paths as at the server."""


class Health(Struct):
    """The answer to `GET /health`: degraded where `trouble` says why the server does not have what waits."""

    status: Literal["healthy", "degraded"]
    trouble: str
    forwarder: Forwarder


class ForwardError(Exception):
    """Why a forwarder cannot run, in one sentence that says what to do."""


class Forwarding:
    """The parts of a forwarder, which run together."""

    def __init__(self, keeper: Keeper, server: Takes, host: str) -> None:
        self._keeper = keeper
        self._host = host
        self._started = time.monotonic()
        self._sender = Sender(keeper, server, self._told)
        pages = Pages({"/health": self._health}, "A forwarder has nothing at {path}; /health says how it is.")
        self.app = for_this_machine(Intake(TAKEN, keeper.keep, pages))

    def tasks(self) -> Iterator[Coroutine[Any, Any, None]]:
        yield self._keeper.run()
        yield self._keeper.save_losses()
        yield self._sender.run()

    def _told(self, batch: Batch) -> str:
        """As it will be once the server has the batch: then nothing waits that is older than its last event."""
        spool = self._keeper.spool
        now = self._figures(received(batch.lines[-1]) if batch.lines else None)
        after = structs.replace(
            now,
            waiting=max(0, now.waiting - len(batch.lines)),
            waiting_bytes=max(0, now.waiting_bytes - sum(map(len, batch.lines))),
            oldest=now.oldest if spool.waiting > len(batch.lines) else None,
            sent=now.sent + len(batch.lines),
        )
        return written(after)

    def _figures(self, oldest: datetime | None) -> Forwarder:
        spool = self._keeper.spool
        return Forwarder(
            spool=spool.state.spool,
            host=self._host[:LONGEST_NAME],
            version=version("lookout"),
            uptime=round(time.monotonic() - self._started, 3),
            interval=INTERVAL,
            waiting=spool.waiting,
            waiting_bytes=spool.waiting_bytes,
            max_bytes=spool.max_bytes,
            oldest=oldest,
            sent=spool.state.sent,
            refused=spool.state.refused,
            lost=spool.state.lost,
        )

    async def _health(self) -> tuple[int, Health]:
        trouble = self._keeper.spool.state.trouble
        figures = self._figures(await self._keeper.on_disk(self._keeper.spool.oldest))
        return 200, Health("degraded" if trouble else "healthy", trouble, figures)


def forward(settings: Settings, environment: Mapping[str, str]) -> int:
    """Runs a forwarder until it is told to stop; returns the exit code. Raises SettingsError or ForwardError."""
    told = settings.forward
    check(told)
    key = Key(told.key_file, environment)
    if not key.read() and told.to.startswith("https:"):
        raise SettingsError("There is no key: name its file with --key-file, or set LOOKOUT_KEY.")
    trusted = trust(told.ca)
    folder = Path(told.spool).expanduser().resolve()
    try:
        keeper = Keeper(Spool(folder, told.max_bytes), socket.gethostname())
    except Occupied as error:
        raise ForwardError(str(error)) from error
    except OSError as error:
        raise ForwardError(f"The spool cannot be kept in {folder}: {error.strerror}.") from error
    log_to_stdout(settings.monitoring.logging.level)
    # It would tell of every request.
    logging.getLogger("httpx").setLevel(logging.WARNING)
    logger.info("What arrives at http://%s goes to %s; it waits in %s.", told.listen, told.to, folder)
    try:
        uvloop.run(_run(told, keeper, key, trusted))
    except OSError as error:
        if error.errno != errno.EADDRINUSE:
            raise
        raise ForwardError(
            f"Another program listens at {told.listen} (claude-mpm's monitor does): stop it, or use --listen."
        ) from error
    finally:
        keeper.close()
    return 0


async def _run(settings: Forward, keeper: Keeper, key: Key, trusted: ssl.SSLContext) -> None:
    async with aclosing(Server(settings, key, trusted)) as server:
        forwarding = Forwarding(keeper, server, socket.gethostname())
        await serve(forwarding.app, listening_port(settings), forwarding.tasks())
