"""kill -9 of one process again and again, while events flow and clients listen."""

from __future__ import annotations

import asyncio
import time

from tests.checker import check_state, recorded, stored_events
from tests.conftest import until
from tests.faults.fault import Run, Scene, calmest, percentile, scene
from tests.stack import Stack

KILLS = 5


async def broker(run: Run, kills: int = KILLS, per_second: float = 500) -> None:
    """R1: nats-server."""
    async with scene(run, connections=16, per_second=per_second, hooks=0.1) as here:
        began = time.monotonic()
        gaps = [await _kill(run, here, "nats") for _ in range(kills)]
        sent, seconds = len(here.traffic.arrivals), time.monotonic() - began
        await here.settle()
        run.most("longest gap between acknowledgements", max(gaps), 3, "s")
        run.least("retries", here.traffic.retries, 1)
        run.least("events a second between the gaps", sent / (seconds - sum(gaps)), per_second / 2)


async def ingest(run: Run) -> None:
    """R2: the ingest service, in the middle of batches."""
    async with scene(run, connections=8, per_second=0, batch=50, hooks=0.1) as here:
        for _ in range(KILLS):
            await _kill(run, here, "ingest")
        log = await here.settle()
        run.least("retries", here.traffic.retries, KILLS)
        run.most("events sent that are not stored once", len(here.traffic.sent.keys() - {e.event.id for e in log}), 0)


async def stream(run: Run, clients: int = 200) -> None:
    """R3: the stream service, with many clients."""
    async with scene(run, clients, per_second=50) as here:
        for number in range(1, 4):
            run.say(f"kill -9 stream with {clients} clients")
            await asyncio.to_thread(here.stack.kill, "stream")
            await until(lambda n=number: all(len(e.resumes) >= n for e in here.listeners), "all are back", 60)  # type: ignore[misc]
            await run.wait(0.5, 2)
        await here.settle(refusals=0)
        run.most("p99 until resumed", percentile([t for each in here.listeners for t in each.resumes], 0.99), 5, "s")
        run.most("resumes refused", sum(each.refused for each in here.listeners), 0)


async def api(run: Run) -> None:
    """R4: the API during writes, and a rebuild of its projections from nothing."""
    async with scene(run, connections=8, per_second=0, batch=200) as here:
        for _ in range(3):
            await _kill(run, here, "api")
        await until(lambda: len(here.traffic.acknowledged) >= 100_000, "100,000 events are stored", 60)
        log = await here.settle(seconds=90)
        took, limit, times = await calmest(lambda: _rebuilt(run, here.stack, len(log)))
        check_state(recorded(await stored_events(here.stack)), here.stack.get(f"/state?at={log[-1].seq}"))
        run.most(f"rebuilt {len(log)} events, for each 100,000", took, limit, "s", times)


async def _rebuilt(run: Run, stack: Stack, events: int) -> tuple[float, float]:
    """Seconds for each 100,000 events, and what they may be."""
    run.say("kill -9 api, and its history is removed")
    for path in stack.data.glob("history.sqlite*"):
        path.unlink()
    began = time.monotonic()
    await asyncio.to_thread(stack.kill, "api")
    await asyncio.to_thread(stack.until, "/status", lambda answer: answer["seq"] >= events, 60)
    return (time.monotonic() - began) / events * 1e5, 5.0


async def _kill(run: Run, here: Scene, process: str) -> float:
    """Seconds of the longest gap between two acknowledgements around the kill."""
    # What ends within its first second the supervisor takes for what cannot start, and waits before the next try.
    await run.wait(1.1, 2.2)
    before = asyncio.get_running_loop().time()
    run.say(f"kill -9 {process}")
    await asyncio.to_thread(here.stack.kill, process)
    await here.flows(20)
    return here.traffic.gap(before - 0.2)
