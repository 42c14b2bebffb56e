"""Caddy reloaded and killed, and services restarted in turn, under load."""

from __future__ import annotations

import asyncio
import os
import signal
import time

import psutil

from tests.conftest import until
from tests.faults.fault import Run, scene
from tests.stack import Stack

RELOADS = 10
SERVICES = ("ingest", "stream", "api")
RESTART = 1012


async def caddy(run: Run) -> None:
    """R5: reload changes nothing for anyone; kill -9 is over soon."""
    async with scene(run, connections=8, per_second=200) as here:
        for _ in range(RELOADS):
            run.say("reload gateway")
            os.kill(here.stack.pid("gateway"), signal.SIGUSR1)
            await run.wait(0.2, 0.8)
        await here.flows(50)
        run.least("reloads", here.stack.log("gateway").count("successfully reloaded"), RELOADS)
        # A reload ends connections that are idle; what is sent just then goes out again on a new one.
        run.say(f"{here.traffic.closed} connections were closed as a request went out")
        run.most("answers that are not 2xx", here.traffic.retries, 0)
        run.most("WebSockets dropped", sum(len(each.closes) for each in here.listeners), 0)
        began = asyncio.get_running_loop().time()
        run.say("kill -9 gateway")
        await asyncio.to_thread(here.stack.kill, "gateway")
        await here.flows(50)
        run.most("gap after kill -9", here.traffic.gap(began - 0.2), 3, "s")
        await until(lambda: all(each.resumes for each in here.listeners), "all are back")
        run.most("WebSockets back after kill -9", max(max(each.resumes) for each in here.listeners), 3, "s")
        await here.settle()


async def rolling(run: Run) -> None:
    """R6: SIGTERM to each service."""
    async with scene(run, connections=8, per_second=200) as here:
        order = run.chance.sample(SERVICES, len(SERVICES))
        exits = []
        for service in order:
            await run.wait(0.3, 1)
            run.say(f"SIGTERM {service}")
            exits.append(await asyncio.to_thread(_terminate, here.stack, service))
            await here.flows(50)
        await here.settle()
        codes = {code for each in here.listeners for code in each.closes}
        run.most("requests that failed", here.traffic.retries, 0)
        run.most("connections closed as a request went out", here.traffic.closed, 0)
        run.most("WebSockets closed otherwise than by 1012", len(codes - {RESTART}), 0)
        run.most("longest exit", max(exits), 10, "s")


def _terminate(stack: Stack, service: str) -> float:
    """Seconds that the process took to end, once told."""
    process = psutil.Process(stack.pid(service))
    began = time.monotonic()
    process.send_signal(signal.SIGTERM)
    process.wait(30)
    took = time.monotonic() - began
    stack.until_started(service, process.pid)
    return took
