"""Hours of work in short or in long: memory and descriptors stay where they are. `make soak MINUTES=60`."""

from __future__ import annotations

import argparse
import asyncio
import random
import statistics
import subprocess
import sys
import time
import traceback
from collections.abc import Mapping
from contextlib import suppress
from typing import NamedTuple

import psutil

from tests.checker import check
from tests.faults.crowd import Light
from tests.faults.fault import TROUBLES, Run, Scene, scene
from tests.stack import PROCESSES, Stack, stoppable

PER_SECOND = 200
CHURN = 5
"""Connections a second that come and go."""
LONGEST_STAY = 4.0
VISITORS = 30
"""Descriptors by which a service may have more or less for those that are there at the moment."""
WARM = 60_000
"""Events before the first sample: as many as fill what keeps the newest so many, by design."""
MIB = 1 << 20
WARM_MINUTES = 11.0
"""nats-server remembers the ids of ten minutes, some 200 bytes each; all else is warm by then too."""
SHORTEST = WARM_MINUTES + 5
"""Minutes from which on a slope says something."""
ROOM, ROOM_A_MINUTE = 24.0, 8.0
"""MiB, while it is not yet warm: SQLite fills its cache of 64 MiB."""
RSS_AN_HOUR = 60.0
"""MiB, that is one a minute."""
TROUBLE = (" ERROR ", " CRITICAL ", "Traceback", "[ERR]", "[FTL]", '"level":"error"')


class Sample(NamedTuple):
    minute: float
    rss: Mapping[str, int]
    descriptors: Mapping[str, int]


async def short(run: Run) -> None:
    """P5 in short; a slope is what `make soak` has the time for."""
    await soak(run, 0.5)


async def soak(run: Run, minutes: float) -> None:
    """So many minutes of work, once what keeps the newest events is full."""
    async with scene(run, clients=5, connections=8, per_second=PER_SECOND, hooks=0.1, kind=Light) as here:
        await _warm(here.stack)
        before = len(here.traffic.acknowledged) + len(here.traffic.hooked)
        churning = asyncio.create_task(_churn(here.stack, random.Random(run.seed)))
        try:
            samples = await _samples(run, here, churning, minutes)
        finally:
            churning.cancel()
        _report(run, samples, minutes)
        events = len(here.traffic.acknowledged) + len(here.traffic.hooked) - before
        run.least("events a second", events / (minutes * 60), PER_SECOND * 0.9)
        troubles = [line for name in PROCESSES for line in here.stack.log(name).splitlines() if _is_trouble(line)]
        for line in troubles[:5]:
            run.say(line)
        run.most("errors in the logs", len(troubles), 0)
        run.most("clients cut off", sum(len(each.closes) for each in here.listeners), 0)
        await here.stop()
        await check(here.stack, here.traffic.acknowledged, [], here.traffic.hooked)
        wrong = sum(each.wrong for each in here.listeners if isinstance(each, Light))
        run.most("events that a client missed, or got twice", wrong, 0)


def _is_trouble(line: str) -> bool:
    return any(word in line for word in TROUBLE)


async def _warm(stack: Stack) -> None:
    sending = subprocess.Popen(
        [sys.executable, "-m", "tests.bulk", stack.url, "8000", "600"], stdout=subprocess.DEVNULL
    )
    try:
        async with asyncio.timeout(300):
            seq = 0
            while seq < WARM:
                await asyncio.sleep(0.5)
                seq = (await asyncio.to_thread(stack.get, "/status"))["seq"]
    finally:
        sending.terminate()
        sending.wait()


async def _churn(stack: Stack, chance: random.Random) -> None:
    """Clients that come, listen for a while and go, some of them without a word."""
    async with asyncio.TaskGroup() as group:
        while True:
            group.create_task(_visit(stack, chance.uniform(0, LONGEST_STAY), chance.random() < 0.5))
            await asyncio.sleep(1 / CHURN)


async def _visit(stack: Stack, seconds: float, batch: bool) -> None:
    visitor = Light(stack.websocket, batch=batch)
    with suppress(TimeoutError):
        await asyncio.wait_for(visitor.run(), seconds)


async def _samples(run: Run, here: Scene, churning: asyncio.Task[None], minutes: float) -> list[Sample]:
    processes = {name: psutil.Process(here.stack.pid(name)) for name in PROCESSES}
    began = time.monotonic()
    pause = max(1.0, minutes * 60 / 600)
    samples: list[Sample] = []
    while (now := (time.monotonic() - began) / 60) < minutes:
        rss = {name: process.memory_info().rss for name, process in processes.items()}
        samples.append(Sample(now, rss, {name: process.num_fds() for name, process in processes.items()}))
        here.traffic.attempts.clear()
        here.look()
        if churning.done():
            churning.result()
        if minutes > 2 and len(samples) % 60 == 0:
            run.say(", ".join(f"{name} {value / MIB:.1f} MiB" for name, value in rss.items()))
        await asyncio.sleep(pause)
    return samples


def _report(run: Run, samples: list[Sample], minutes: float) -> None:
    for name in PROCESSES:
        rss = [(each.minute, each.rss[name] / MIB) for each in samples]
        files = [(each.minute, float(each.descriptors[name])) for each in samples]
        if minutes < SHORTEST:
            run.most(
                f"RSS of {name} more", max(size for _, size in rss) - rss[0][1], ROOM + minutes * ROOM_A_MINUTE, "MiB"
            )
            run.most(f"descriptors of {name}, from {files[0][1]:.0f}, more", _slope(files) * minutes, VISITORS)
        else:
            warm = [each for each in rss if each[0] >= WARM_MINUTES]
            run.most(f"RSS of {name}, from {warm[0][1]:.0f} MiB, an hour", _slope(warm) * 60, RSS_AN_HOUR, "MiB")
            run.most(f"descriptors of {name}, from {files[0][1]:.0f}, an hour", _slope(files) * 60, 10)


def _slope(points: list[tuple[float, float]]) -> float:
    """The median of the slopes between points half the time apart, which peaks do not move (after Theil and Sen)."""
    half = len(points) // 2
    pairs = zip(points[:half], points[half:], strict=False)
    return statistics.median((later[1] - earlier[1]) / (later[0] - earlier[0]) for earlier, later in pairs)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=60)
    parser.add_argument("--seed", type=int, default=1)
    chosen = parser.parse_args()
    print(f"soak: seed {chosen.seed}", file=sys.stderr)
    run = Run("P5", chosen.seed)
    stoppable()
    trouble: list[str] = []
    try:
        asyncio.run(soak(run, chosen.minutes))
    except KeyboardInterrupt:
        trouble = ["It was stopped."]
    except TROUBLES as error:
        traceback.print_exc()
        trouble = [" ".join(str(error).split())[:300] or type(error).__name__]
    missed = [each for each in run.figures if not each.passed]
    for each in run.figures:
        print(f"{each.target}: {each.text}{'' if each.passed else '  MISSED'}")
    print(*trouble, sep="\n", end="\n" if trouble else "")
    failed = len(missed) + len(trouble)
    print(f"soak: {chosen.minutes:g} minutes, {len(run.figures) - len(missed)} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
