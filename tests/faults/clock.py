"""The clock of one service jumps by an hour, forth and back."""

from __future__ import annotations

import asyncio
import subprocess
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from glob import glob
from pathlib import Path

import psutil

from tests.faults.fault import Run, Skipped, scene
from tests.stack import BIN, Stack

SERVICES = {"ingest": 1, "stream": 2, "api": 3}
"""And how far its port lies above the public one."""


async def jump(run: Run) -> None:
    """R11: order, sessions and limits go by seq and by clocks that do not jump."""
    library = _library()
    crashed, cut = 0, 0
    async with scene(run, connections=8, per_second=100, hooks=0.1) as here:
        for service in SERVICES:
            with _faked(here.stack, service, library) as (process, clock):
                await asyncio.to_thread(_until_ready, here.stack, service)
                await here.flows(20)
                closes = sum(len(each.closes) for each in here.listeners)
                for hours in run.chance.sample([1, -1], 2):
                    run.say(f"the clock of {service} jumps to {hours:+} h")
                    clock.write_text(f"{hours * 3600:+}")
                    await run.wait(1, 2)
                    await here.flows(30)
                crashed += process.poll() is not None
                cut += sum(len(each.closes) for each in here.listeners) - closes
        await here.settle()
        run.most("services that ended", crashed, 0)
        run.most("WebSockets that a jump cut", cut, 0)


def _library() -> str:
    for path in glob("/usr/lib/*/faketime/libfaketime.so.1"):
        return path
    raise Skipped("faketime is not installed: make faults installs it where apt-get can")


@contextmanager
def _faked(stack: Stack, service: str, library: str) -> Iterator[tuple[subprocess.Popen[bytes], Path]]:
    """That service as the supervisor would run it, with a clock that is off by what the file says."""
    environment = psutil.Process(stack.pid(service)).environ()
    with tempfile.TemporaryDirectory() as folder, stack.stopped(service):
        clock = Path(folder) / "clock"
        clock.write_text("+0")
        environment |= {
            "LD_PRELOAD": library,
            "FAKETIME_TIMESTAMP_FILE": str(clock),
            "FAKETIME_NO_CACHE": "1",
            "FAKETIME_DONT_FAKE_MONOTONIC": "1",
        }
        with (stack.data / "log" / f"{service}.log").open("ab") as log:
            process = subprocess.Popen([BIN / "lookout", "run", service], env=environment, stdout=log, stderr=log)
        try:
            yield process, clock
        finally:
            process.terminate()
            process.wait(20)


def _until_ready(stack: Stack, service: str) -> None:
    path = "/health" if service == "api" else "/readyz"
    for _ in range(600):
        with suppress(OSError), urllib.request.urlopen(f"http://127.0.0.1:{stack.port + SERVICES[service]}{path}"):
            return
        time.sleep(0.05)
    raise AssertionError(f"{service} did not start")
