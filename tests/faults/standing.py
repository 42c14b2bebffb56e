"""Where a fault stands that does not end: what each of its tasks waits for."""

from __future__ import annotations

import asyncio
import faulthandler
import sys
from collections import Counter
from collections.abc import Coroutine
from pathlib import Path
from types import FrameType
from typing import Any

from services.asgi import cancel

STDERR = 2
SHOWN = 20
"""Places that are told, those of most tasks first."""


async def in_time(fault: Coroutine[Any, Any, None], seconds: float) -> None:
    """Awaits it; raises AssertionError, which says where it stood, when it has not ended by then.

    What every task waits for is printed then; and what every thread does, where this loop itself stands still.
    """
    faulthandler.dump_traceback_later(seconds + 5, file=STDERR)
    task = asyncio.create_task(fault)
    try:
        await asyncio.wait([task], timeout=seconds)
        if not task.done():
            print(*told(asyncio.all_tasks()), sep="\n", file=sys.stderr, flush=True)
            raise AssertionError(f"not done within {seconds:.0f} s: {place(task)}")
        task.result()
    finally:
        faulthandler.cancel_dump_traceback_later()
        await cancel(task)


def told(tasks: set[asyncio.Task[Any]]) -> list[str]:
    return [f"{count:5} x {where}" for where, count in Counter(map(place, tasks)).most_common(SHOWN)]


def place(task: asyncio.Task[Any]) -> str:
    """What it waits for, from without to within: `kill.py:21 broker > fault.py:158 settle > ...`."""
    found: list[str] = []
    awaited: object = task.get_coro()
    while frame := _frame(awaited):
        found.append(f"{Path(frame.f_code.co_filename).name}:{frame.f_lineno} {frame.f_code.co_name}")
        awaited = getattr(awaited, "cr_await", None) or getattr(awaited, "gi_yieldfrom", None)
    return " > ".join(found)


def _frame(awaited: object) -> FrameType | None:
    found = getattr(awaited, "cr_frame", None) or getattr(awaited, "gi_frame", None)
    return found if isinstance(found, FrameType) else None
