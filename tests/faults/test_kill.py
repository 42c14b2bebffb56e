"""kill -9 of every process in turn, while events flow and clients listen: `make faults` in short."""

from __future__ import annotations

import asyncio

from tests.faults.fault import Run, scene
from tests.stack import PROCESSES

SEED = 20261124


async def test_nothing_acknowledged_is_lost_or_repeated_when_any_process_is_killed() -> None:
    async with scene(Run("kill", SEED), per_second=200, hooks=0.1) as here:
        for process in PROCESSES:
            await asyncio.to_thread(here.stack.kill, process)
            await here.flows(50)
        log = await here.settle()
        assert here.traffic.retries > 0
        assert len(log) >= len(here.traffic.acknowledged) > 200
        assert all(client.closes for client in here.listeners)
