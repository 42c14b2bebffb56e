"""A tab that nobody looks at. Playwright tells every page that it has the focus, so this one is without it."""

from __future__ import annotations

import asyncio
import json
import re
import shutil
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from websockets.asyncio.client import ClientConnection, connect

from tests.web.conftest import CHROMIUM, QUIET
from tests.web.visit import becomes


class Devtools:
    """Chromium by its DevTools protocol: https://chromedevtools.github.io/devtools-protocol."""

    def __init__(self, socket: ClientConnection) -> None:
        self._socket = socket
        self._asked = 0

    async def send(self, method: str, session: str | None = None, **params: Any) -> dict[str, Any]:
        self._asked += 1
        request = {"id": self._asked, "method": method, "params": params}
        await self._socket.send(json.dumps(request | ({"sessionId": session} if session else {})))
        while True:
            said = json.loads(await self._socket.recv())
            if said.get("id") == self._asked:
                assert "error" not in said, said
                result: dict[str, Any] = said["result"]
                return result


@asynccontextmanager
async def chromium() -> AsyncIterator[Devtools]:
    profile = Path(tempfile.mkdtemp(prefix="lookout-chromium-"))
    browser = await asyncio.create_subprocess_exec(
        CHROMIUM,
        *QUIET,
        "--headless",
        "--remote-debugging-port=0",
        f"--user-data-dir={profile}",
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        async with connect(await _address(browser), max_size=None) as socket:
            yield Devtools(socket)
    finally:
        browser.terminate()
        await browser.wait()
        shutil.rmtree(profile, ignore_errors=True)


async def _address(browser: asyncio.subprocess.Process) -> str:
    assert browser.stderr is not None
    async for line in browser.stderr:
        found = re.search(rb"DevTools listening on (ws://\S+)", line)
        if found:
            return found[1].decode()
    raise AssertionError(f"Chromium ended with {await browser.wait()}.")


class Hidden:
    """A page behind another tab of the same window."""

    def __init__(self, devtools: Devtools, tab: str, session: str) -> None:
        self._devtools = devtools
        self._tab = tab
        self._session = session

    @classmethod
    async def open(cls, devtools: Devtools, url: str, settle: float) -> Hidden:
        tab = (await devtools.send("Target.createTarget", url=url))["targetId"]
        session = (await devtools.send("Target.attachToTarget", targetId=tab, flatten=True))["sessionId"]
        await asyncio.sleep(settle)
        front = (await devtools.send("Target.createTarget", url="about:blank"))["targetId"]
        await devtools.send("Target.activateTarget", targetId=front)
        await asyncio.sleep(settle)
        hidden = cls(devtools, tab, session)
        await becomes(lambda: hidden.value("document.visibilityState"), lambda state: state == "hidden")
        return hidden

    async def seen(self, seq: str) -> tuple[float, str]:
        """How many seconds after it came to the front its list of events had this one, and what the page said then."""
        began = time.monotonic()
        await self._devtools.send("Target.activateTarget", targetId=self._tab)
        listed = "[...document.querySelectorAll('.canvas .row .seq')].map(seq => seq.textContent)"
        while seq not in await self.value(listed):
            assert time.monotonic() < began + 60, "The page is not up to date."
            await asyncio.sleep(0.05)
        return time.monotonic() - began, await self.value("document.querySelector('.note-line')?.textContent ?? ''")

    async def value(self, expression: str) -> Any:
        answer = await self._devtools.send("Runtime.evaluate", self._session, expression=expression, returnByValue=True)
        return answer["result"].get("value")

    async def cpu(self, seconds: float) -> float:
        """The share of a core that the renderers took."""
        before = await self._used()
        await asyncio.sleep(seconds)
        return (await self._used() - before) / seconds

    async def _used(self) -> float:
        found = await self._devtools.send("SystemInfo.getProcessInfo")
        return sum(float(each["cpuTime"]) for each in found["processInfo"] if each["type"] == "renderer")
