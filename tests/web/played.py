"""A whole Lookout in which a team has worked: the demo has been played, and what real clients sent was posted."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.stack import Stack, running_stack

CAPTURED = Path(__file__).resolve().parents[3] / "shared" / "payloads"
"""Requests captured from real clients, on the machine that has them."""
HOOKS = "/hooks/claude-code"


@contextmanager
def played_stack(speed: str = "300") -> Iterator[Stack]:
    with running_stack() as stack:
        played = stack.cli("demo", "--speed", speed)
        assert played.returncode == 0, played.stderr
        if CAPTURED.exists():
            for path, body in captured():
                assert stack.post(path, body).status < 300, (path, body)
        settled(stack)
        yield stack


def captured() -> list[tuple[str, Any]]:
    """Where each captured request goes that a client sends to Lookout, and its body."""
    requests = [json.loads(line) for line in (CAPTURED / "claude-mpm-http.jsonl").read_text().splitlines()]
    hooks = [json.loads(line) for line in (CAPTURED / "claude-hook-inputs-docs.jsonl").read_text().splitlines()]
    status = json.loads((CAPTURED / "claude-statusline-input.json").read_text())
    return [(each["path"], each["body"]) for each in requests] + [(HOOKS, each) for each in [*hooks, status]]


def settled(stack: Stack) -> None:
    """Waits until all that is in the log has been folded."""
    last = stack.get("/status")["log"]["last"]
    stack.until("/health", lambda health: health["seq"] >= last)
