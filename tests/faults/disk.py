"""A disk that is full, and has room again."""

from __future__ import annotations

import asyncio
import os
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from services.eventlog import connect
from services.log import Message, Unavailable
from tests.faults.fault import Run, Skipped, scene
from tests.stack import Stack
from tests.traffic import WELL

MEGABYTES = 64


@contextmanager
def small_disk() -> Iterator[Path]:
    """A disk of its own in memory; raises Skipped where this user may not mount one."""
    folder = Path(tempfile.mkdtemp(prefix="lookout-disk-"))
    options = ["-t", "tmpfs", "-o", f"size={MEGABYTES}m,mode=0700", "lookout", str(folder)]
    if subprocess.run(["mount", *options], capture_output=True, check=False).returncode:
        folder.rmdir()
        raise Skipped("a small disk can be mounted by root only")
    try:
        yield folder
    finally:
        subprocess.run(["umount", "--lazy", folder], check=True)
        folder.rmdir()


async def full(run: Run) -> None:
    """R9: what cannot be stored is refused soon and in words; with room again everything is well by itself."""
    with small_disk() as disk:
        async with scene(run, connections=8, per_second=100, data=disk / "data") as here:
            loop = asyncio.get_running_loop()
            await run.wait(0.5, 2)
            run.say("the disk is filled")
            began = loop.time()
            _fill(disk / "ballast")
            # nats-server meets with it too, and from then on stores nothing until its storage is opened anew.
            await _write_past_ingest(here.stack)
            pids = {process: here.stack.pid(process) for process in ("nats", "api")}
            await run.wait(6, 9)
            health = await asyncio.to_thread(here.stack.request, "GET", "/health")
            assert health.json["status"] in ("degraded", "unhealthy"), health
            since = [each for each in here.traffic.attempts if each.began > began]
            during = [each for each in since if each.began > began + 1.5]
            run.say("the disk has room again")
            began = loop.time()
            (disk / "ballast").unlink()
            await here.flows(20)
            await asyncio.to_thread(here.stack.until, "/health", lambda health: health["status"] == "healthy", 60)
            green = loop.time() - began
            await here.settle()
            run.least("refused meanwhile", sum(each.status == 503 for each in during), 5)
            run.most("answers of 2xx meanwhile", sum(each.status in WELL for each in during), 0)
            run.most("other answers", sum(each.status not in (503, *WELL) for each in since), 0)
            run.most(
                "refusals without Retry-After", sum(not each.retry_after for each in since if each.status == 503), 0
            )
            run.most("longest wait for an answer", max(each.took for each in since), 2, "s")
            run.most("API restarts", int(here.stack.pid("api") != pids["api"]), 0)
            run.most("nats-server restarts", int(here.stack.pid("nats") != pids["nats"]), 0)
            run.most("green again after", green, 15, "s")


async def _write_past_ingest(stack: Stack) -> None:
    async with connect(stack.nats_url, "ingest", stack.nats_password("ingest")) as connection:
        for number in range(3):
            with suppress(Unavailable):
                ack = await connection.log.append(Message("events.full._.note", f"full-{number}", b"x" * 200_000))
                raise AssertionError(f"a full disk took an event at seq {ack.seq}")


def _fill(ballast: Path) -> None:
    """To the last byte."""
    with ballast.open("ab") as file:
        for size in (1 << 20, 1 << 12, 1):
            with suppress(OSError):
                while True:
                    os.write(file.fileno(), b"\0" * size)
