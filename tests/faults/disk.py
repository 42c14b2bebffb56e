"""A disk that is full, and has room again."""

from __future__ import annotations

import asyncio
import os
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

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
            filled = loop.time()
            _fill(disk / "ballast")
            await run.wait(6, 9)
            red = await asyncio.to_thread(_status, here.stack)
            pids = [here.stack.pid("api") for _ in range(1)]
            during = [each for each in here.traffic.attempts if each.began > filled + 1]
            _fill(disk / "ballast")
            await run.wait(3, 5)
            pids.append(here.stack.pid("api"))
            run.say("the disk has room again")
            began = loop.time()
            (disk / "ballast").unlink()
            await asyncio.to_thread(here.stack.until, "/health", lambda health: health["status"] == "healthy", 60)
            await here.flows(20)
            green = loop.time() - began
            await here.settle()
            run.least("refused meanwhile", sum(each.status == 503 for each in during), 5)
            run.most("answers of 2xx meanwhile", sum(each.status in WELL for each in during), 0)
            run.most("other answers", sum(each.status not in (503, 507, *WELL) for each in during), 0)
            run.most("p99 until refused", max(each.took for each in during), 2, "s")
            run.most("health while it was full", int(red == "healthy"), 0)
            run.most("API processes", len(set(pids)), 1)
            run.most("green again after", green, 15, "s")


def _fill(ballast: Path) -> None:
    """To the last byte."""
    with ballast.open("ab") as file:
        for size in (1 << 20, 1 << 12, 1):
            with suppress(OSError):
                while True:
                    os.write(file.fileno(), b"\0" * size)


def _status(stack: Stack) -> str:
    with suppress(OSError, ValueError):
        status: str = stack.request("GET", "/health").json["status"]
        return status
    return "no answer"
