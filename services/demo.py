"""`lookout demo`: plays the recorded session into a running Lookout, through the door that real agents use."""

from __future__ import annotations

import json
import os
import secrets
import sys
import time
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

from services.demo_mpm import EVENTS
from services.demo_recording import Recording, Step
from services.demo_session import record
from services.emit import deliver

PATIENCE = 60.0
"""Seconds for which one request is sent again while Lookout is busy."""


def script(seed: int) -> list[Step]:
    """The requests of one play in order. Another seed gives other sessions, calls and agents, and another pace."""
    recording = Recording(seed)
    record(recording)
    return sorted(recording.steps, key=lambda step: step.at)


def request_body(step: Step, now: datetime) -> bytes:
    """What is sent: Claude Code's hooks say no time, claude-mpm's say it twice."""
    body = step.body
    if step.path == EVENTS:
        stamp = {"timestamp": now.isoformat()}
        outer = body["data"]
        body = body | {"data": outer | stamp | {"data": outer["data"] | stamp}}
    return json.dumps(body).encode()


def play(steps: Sequence[Step], url: str, speed: float, headers: Mapping[str, str] | None = None) -> int:
    """Sends each step at its time, `speed` times as fast, and tells how far it is on stderr; returns the exit code.

    Raises EmitError.
    """
    began = time.monotonic()
    print(f"Playing {len(steps)} requests into {url} in {steps[-1].at / speed:.0f} s.", file=sys.stderr)
    progress = Progress(len(steps))
    for number, step in enumerate(steps):
        time.sleep(max(0.0, began + step.at / speed - time.monotonic()))
        deliver(url + step.path, request_body(step, datetime.now(UTC)), PATIENCE, headers)
        progress.sent(number + 1)
    return 0


def to_ingest(url: str, speed: float, key: str) -> int:
    """Plays past the front door, as `services/api/demo.py` has it done.

    Ingest takes the name `localhost` alone in local mode, and the key goes nowhere but to Lookout's own ingest.
    """
    shown = {"Authorization": f"Bearer {key}"} if key else {}
    return play(script(secrets.randbits(32)), url, speed, {"Host": "localhost", **shown})


class Progress:
    """A line on a terminal that is written over; elsewhere a line for every tenth."""

    def __init__(self, total: int) -> None:
        self.total = total
        self.tenth = 0

    def sent(self, number: int) -> None:
        if sys.stderr.isatty():
            print(f"\r{number}/{self.total}", end="\n" if number == self.total else "", file=sys.stderr, flush=True)
        elif number * 10 // self.total > self.tenth:
            self.tenth = number * 10 // self.total
            print(f"{number}/{self.total}", file=sys.stderr)


if __name__ == "__main__":
    to_ingest(sys.argv[1], float(sys.argv[2]), os.environ.get("DEMO_KEY", ""))
