"""Plays the recorded team session into this Lookout, for those who have no agent at hand."""

from __future__ import annotations

import asyncio
import os
import sys
from contextlib import suppress
from datetime import timedelta

from msgspec import Struct
from quart import Blueprint, Response, current_app
from quart_schema import document_response

from services.access import Grant
from services.accounts import AGAIN, Accounts, Unknown
from services.api.answers import answer
from services.api.asking import require_everywhere
from services.events import now
from services.keys import NewKey
from services.log import Conflict, Unavailable
from services.problem import Problem
from services.settings import Settings

blueprint = Blueprint("demo", __name__)

SPEED = 10
SECRET = ("STORE_KEY", "LOOKOUT_ENCRYPTION_KEY", "LOOKOUT_OIDC_CLIENT_SECRET")
"""What a process that plays has no use for."""
SECONDS = 27
"""How long it takes at that speed."""

LASTS = timedelta(minutes=5)
"""Of its key, and of the claim to be the only one, should it end without giving them back."""
CLAIM = "demo"


class DemoAnswer(Struct):
    """The session plays for so long; what it sends arrives as an agent's would."""

    seconds: int


class Demo:
    """At most one at a time, as a process of its own.

    It goes to ingest itself, past the gateway, which may be on another machine and whose name and certificate may mean
    nothing on this one. In team mode it has a key for as long as it plays, in its environment and nowhere else.
    """

    def __init__(self, settings: Settings, accounts: Accounts | None = None) -> None:
        self._url = f"http://{settings.internal.ingest}:{settings.internal_port('ingest')}"
        self._accounts = accounts
        self._playing: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Raises Problem 409 while one plays, 503 where no key can be made for it."""
        if self._playing is not None and not self._playing.done():
            raise _playing_already()
        if self._accounts is None:
            self._playing = asyncio.create_task(_run(self._url, {}))
            return
        begun = now()
        try:
            # Also in another API, and while this one still waits for its key.
            if not await self._accounts.claim(CLAIM, begun, begun + LASTS):
                raise _playing_already()
            key = await self._accounts.create_key(Grant("ingester"), "demo", "lookout", begun, begun + LASTS)
        except Unavailable as error:
            raise Problem(503, f"The demo cannot be played now: {error}.", retry_after=5) from error
        self._playing = asyncio.create_task(_run_with(key, self._url, self._accounts))

    async def stop(self) -> None:
        if self._playing is not None:
            self._playing.cancel()
            await asyncio.wait([self._playing])


def _playing_already() -> Problem:
    return Problem(409, "The demo is playing already; it ends by itself.", retry_after=SECONDS)


async def _run_with(key: NewKey, url: str, accounts: Accounts) -> None:
    try:
        # Ingest knows the key when it has looked again.
        await asyncio.sleep(1.5 * AGAIN)
        await _run(url, {"DEMO_KEY": key.text})
    finally:
        # They are over soon anyway.
        with suppress(Unavailable, Conflict, Unknown):
            await accounts.revoke_key(key.id)
        with suppress(Unavailable, Conflict):
            await accounts.release(CLAIM)


async def _run(url: str, environment: dict[str, str]) -> None:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "services.demo", url, str(SPEED)),
        stdin=asyncio.subprocess.DEVNULL,
        env={name: value for name, value in os.environ.items() if name not in SECRET} | environment,
    )
    try:
        await process.wait()
    finally:
        if process.returncode is None:
            process.terminate()
            await process.wait()


@blueprint.post("/demo")
@document_response(DemoAnswer, 202)
async def post_demo() -> Response:
    """Plays a recorded team session into this Lookout"""
    require_everywhere("operate", "The demo plays into projects of its own")
    demo: Demo = current_app.extensions["demo"]
    await demo.start()
    response = answer(DemoAnswer(SECONDS))
    response.status_code = 202
    return response
