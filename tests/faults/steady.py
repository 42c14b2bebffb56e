"""Events at a steady rate from a process of its own, so that what else a test does is not in the times.

`python -m tests.faults.steady URL PER_SECOND SECONDS SEED` prints a JSON list: the seconds that each request took.
"""

from __future__ import annotations

import asyncio
import sys

import msgspec

from tests.traffic import Traffic

CONNECTIONS = 4


async def waits(url: str, per_second: float, seconds: float, seed: str) -> list[float]:
    """As this module prints them."""
    command = [sys.executable, "-m", "tests.faults.steady", url, str(per_second), str(seconds), seed]
    process = await asyncio.create_subprocess_exec(*command, stdout=asyncio.subprocess.PIPE)
    said, _ = await process.communicate()
    assert process.returncode == 0, process.returncode
    return msgspec.json.decode(said, type=list[float])


async def _send(url: str, per_second: float, seconds: float, seed: str) -> list[float]:
    traffic = Traffic(url, CONNECTIONS, per_second, seed)
    sending = asyncio.create_task(traffic.run())
    await asyncio.sleep(seconds)
    traffic.stop()
    await sending
    return traffic.waits


if __name__ == "__main__":
    _, address, rate, duration, chosen = sys.argv
    taken = asyncio.run(_send(address, float(rate), float(duration), chosen))
    sys.stdout.buffer.write(msgspec.json.encode(taken))
