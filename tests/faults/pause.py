"""nats-server that stands still for ten seconds, and goes on."""

from __future__ import annotations

import asyncio
import os
import signal
from pathlib import Path

from tests.conftest import until
from tests.faults.fault import Run, scene
from tests.traffic import WELL

SECONDS = 10.0


async def broker(run: Run) -> None:
    """R7: nobody is told that something is stored which is not, and nobody waits long for that."""
    async with scene(run, connections=32, per_second=200, hooks=0.1) as here:
        await run.wait(0.2, 1)
        loop = asyncio.get_running_loop()
        pid = here.stack.pid("nats")
        run.say(f"SIGSTOP nats for {SECONDS:.0f} s")
        os.kill(pid, signal.SIGSTOP)
        await until(lambda: _stands_still(pid), "nats-server stands still")
        stopped = loop.time()
        try:
            await asyncio.sleep(SECONDS)
        finally:
            os.kill(pid, signal.SIGCONT)
        run.say("SIGCONT nats")
        went_on = loop.time()
        await here.flows(100)
        back = min(each for each in here.traffic.arrivals if each > went_on) - went_on
        answers = [each for each in here.traffic.attempts if each.began < went_on and each.began + each.took > stopped]
        during = [each for each in answers if each.began > stopped and each.began + each.took < went_on]
        await here.settle()
        run.least("refused meanwhile", sum(each.status == 503 for each in during), 20)
        run.most("answers of 2xx meanwhile", sum(each.status in WELL for each in during), 0)
        run.most("refusals without Retry-After", sum(not each.retry_after for each in during), 0)
        run.most("longest wait for an answer", max(each.took for each in answers), 3, "s")
        run.most("back after it went on", back, 3, "s")


def _stands_still(pid: int) -> bool:
    """Whether each thread does; `T` in the third field of its stat (proc(5))."""
    stats = [each.read_text() for each in Path(f"/proc/{pid}/task").glob("*/stat")]
    return all(each.rpartition(")")[2].split()[0] == "T" for each in stats)
