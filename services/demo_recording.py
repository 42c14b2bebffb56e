"""What the recorded session is made of: requests at their times."""

from __future__ import annotations

from collections.abc import Sequence
from random import Random
from typing import Any, NamedTuple
from uuid import UUID


class Step(NamedTuple):
    """One request: `body` is POSTed as JSON to `path`, `at` seconds after the beginning."""

    at: float
    path: str
    body: dict[str, Any]


class Recording:
    """Collects the steps. The same seed gives the same ids and the same pace."""

    def __init__(self, seed: int) -> None:
        self.random = Random(seed)
        self.steps: list[Step] = []

    def add(self, at: float, path: str, body: dict[str, Any]) -> None:
        self.steps.append(Step(round(at, 3), path, body))

    def uuid(self) -> str:
        return str(UUID(int=self.random.getrandbits(128), version=4))

    def hex(self, digits: int) -> str:
        return f"{self.random.getrandbits(4 * digits):0{digits}x}"

    def about(self, seconds: float) -> float:
        return seconds * self.random.uniform(0.85, 1.15)


def todo_list(done: int, items: Sequence[str]) -> list[dict[str, str]]:
    states = ["completed"] * done + ["in_progress"] + ["pending"] * len(items)
    return [{"content": item, "status": state, "activeForm": item} for item, state in zip(items, states, strict=False)]
