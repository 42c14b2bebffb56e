"""What a hook costs the agent that waits for it: a process of its own, a connection for each, 100 a second.

`python -m tests.bench.hook PORT RATE SECONDS` is that process; it prints how long each took, in ms, as JSON.
"""

from __future__ import annotations

import json
import socket
import subprocess
import sys
import time
from typing import NamedTuple

from services.settings import ROOT
from tests.bench.table import Figure, most, percentile
from tests.stack import Stack, running_stack

RATE = 100.0

EVENT = {
    "session_id": "6f0c9c0e-hook",
    "cwd": "/home/dev/shop",
    "hook_event_name": "PreToolUse",
    "tool_name": "Bash",
    "tool_input": {"command": "pytest -q tests/test_cart.py", "description": "Run the tests of the cart"},
}


class Sizes(NamedTuple):
    seconds: float = 10


FULL = Sizes()
SHORT = Sizes(seconds=1)


def measure(sizes: Sizes) -> list[Figure]:
    with running_stack() as stack:
        return on(stack, sizes)


def on(stack: Stack, sizes: Sizes) -> list[Figure]:
    waits(stack.port, min(2, sizes.seconds))
    took = waits(stack.port, sizes.seconds)
    beside = "claude-mpm's hook: 670 to 860 ms, agents-observe's: 48 ms"
    return [
        most("hook, 100/s, no keep-alive, p50", 5, percentile(took, 50), "ms", note=beside, samples=took),
        most("hook, 100/s, no keep-alive, p99", 25, percentile(took, 99), "ms"),
    ]


def waits(port: int, seconds: float) -> list[float]:
    """How long each of the hooks took that came to a port at the rate of `RATE`, in ms."""
    command = [sys.executable, "-m", "tests.bench.hook", str(port), str(RATE), str(seconds)]
    run = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    took: list[float] = json.loads(run.stdout)
    return took


def hook(port: int, number: int) -> None:
    """Sends one, on a connection of its own, and returns when it has the whole answer."""
    body = json.dumps(EVENT | {"tool_use_id": f"toolu_{time.time_ns()}_{number}"}).encode()
    head = f"POST /hooks/claude-code HTTP/1.1\r\nHost: localhost:{port}\r\nConnection: close\r\n"
    request = f"{head}Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n".encode() + body
    with socket.create_connection(("127.0.0.1", port), timeout=10) as connection:
        connection.sendall(request)
        answer = b""
        while more := connection.recv(4096):
            answer += more
    assert answer.startswith(b"HTTP/1.1 204"), answer


def main() -> None:
    port, rate, seconds = int(sys.argv[1]), float(sys.argv[2]), float(sys.argv[3])
    began = time.monotonic()
    took = []
    for number in range(int(rate * seconds)):
        due = began + number / rate
        time.sleep(max(0.0, due - time.monotonic()))
        hook(port, number)
        # From when it was due: one that is held up holds up those that follow, as it would each of many agents.
        took.append(round((time.monotonic() - due) * 1000, 3))
    print(json.dumps(took))


if __name__ == "__main__":
    main()
