"""A command in a process of its own, of which nothing is left afterwards."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from typing import Any

END_SECONDS = 60.0
"""In which what is told to end has ended its Lookout and removed its folder."""


@asynccontextmanager
async def apart(command: Sequence[str], **options: Any) -> AsyncIterator[asyncio.subprocess.Process]:
    """Ends it, where it still runs afterwards, with all that it has started; `options` are those of `subprocess`."""
    # A session of its own: Ctrl-C comes to this process, which ends that one.
    process = await asyncio.create_subprocess_exec(
        *command, stdout=asyncio.subprocess.PIPE, start_new_session=True, **options
    )
    try:
        yield process
    finally:
        for number in (signal.SIGINT, signal.SIGKILL):
            if process.returncode is None:
                os.killpg(process.pid, number)
                with suppress(TimeoutError):
                    await asyncio.wait_for(process.wait(), END_SECONDS)
