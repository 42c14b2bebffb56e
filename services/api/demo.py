"""Plays the recorded team session into this Lookout, for those who have no agent at hand."""

from __future__ import annotations

import asyncio
import sys

from msgspec import Struct
from quart import Blueprint, Response, current_app
from quart_schema import document_response

from services.api.answers import answer
from services.api.asking import require_everywhere
from services.problem import Problem

blueprint = Blueprint("demo", __name__)

SPEED = 10
SECONDS = 27
"""How long it takes at that speed."""


class DemoAnswer(Struct):
    """The session plays for so long; what it sends arrives as an agent's would."""

    seconds: int


class Demo:
    """At most one at a time, as a process of its own: it goes through the front door like everyone else."""

    def __init__(self) -> None:
        self._process: asyncio.subprocess.Process | None = None

    async def start(self) -> None:
        """Raises Problem 409 while one plays."""
        if self._process is not None and self._process.returncode is None:
            raise Problem(409, "The demo is playing already; it ends by itself.", retry_after=SECONDS)
        self._process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "services", "demo", "--speed", str(SPEED), stdin=asyncio.subprocess.DEVNULL
        )

    async def stop(self) -> None:
        if self._process is not None and self._process.returncode is None:
            self._process.terminate()
            await self._process.wait()


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
