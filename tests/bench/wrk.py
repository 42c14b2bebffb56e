"""wrk: POSTs from many connections as fast as they are answered."""

from __future__ import annotations

import os
import subprocess
import tempfile
from pathlib import Path

import msgspec
from msgspec import Struct

SCRIPT = Path(__file__).parent / "post.lua"


class Answered(Struct):
    """percentiles: of the time to an answer, the first to the 99th, in microseconds."""

    requests: int
    microseconds: int
    refused: int
    broken: int
    percentiles: list[int]

    @property
    def per_second(self) -> float:
        return (self.requests - self.refused) / self.microseconds * 1e6

    @property
    def p99_ms(self) -> float:
        return self.percentiles[98] / 1000


def posts(url: str, body: bytes, media_type: str, connections: int, seconds: float) -> Answered:
    """Each connection sends the next request when the last one is answered."""
    with tempfile.NamedTemporaryFile() as file:
        file.write(body)
        file.flush()
        run = subprocess.run(
            ["wrk", "-t1", f"-c{connections}", f"-d{max(1, round(seconds))}s", "-s", SCRIPT, url],
            env=os.environ | {"BENCH_BODY": file.name, "BENCH_TYPE": media_type},
            capture_output=True,
            text=True,
            check=True,
        )
    said = next(line for line in run.stdout.splitlines() if line.startswith("BENCH "))
    return msgspec.json.decode(said.removeprefix("BENCH "), type=Answered)
